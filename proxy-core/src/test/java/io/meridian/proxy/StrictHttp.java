package io.meridian.proxy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads HTTP/1.1 by the letter of RFC 9112 and takes nothing that two readers could take in two
 * ways. It shares nothing with the proxy's own parsers, so that it can judge what the proxy writes.
 */
public final class StrictHttp {
  private static final String TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
  private static final Pattern REQUEST_LINE =
      Pattern.compile(TOKEN + " (/[^\\x00-\\x20#\\x7f]*|\\*) HTTP/1\\.1");
  private static final Pattern STATUS_LINE =
      Pattern.compile("HTTP/1\\.1 [1-9]\\d\\d [\\t\\x20-\\x7e\\x80-\\xff]*");
  private static final Pattern FIELD_LINE =
      Pattern.compile(
          TOKEN + ":([\\t ]*[\\x21-\\x7e\\x80-\\xff][\\t\\x20-\\x7e\\x80-\\xff]*)?[ ]?");
  private static final Pattern LENGTH = Pattern.compile("0|[1-9]\\d{0,17}");
  private static final Pattern CHUNK_SIZE = Pattern.compile("[0-9a-f]{1,8}");
  private static final Pattern HOST =
      Pattern.compile("([0-9a-z\\-._~]+|\\[[0-9a-f:.]+])(:\\d{1,5})?|");

  private final InputStream in;

  /** Bytes that are not what they must be. */
  public static final class Violation extends IOException {
    Violation(String what) {
      super(what);
    }
  }

  /** A message as it was read. */
  public record Message(String start, List<String> fields, String body, List<String> trailers) {
    public List<String> values(String name) {
      String prefix = name.toLowerCase(Locale.ROOT) + ":";
      return fields.stream()
          .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
          .map(line -> line.substring(prefix.length()).strip())
          .toList();
    }

    public String value(String name) {
      return String.join(", ", values(name));
    }

    public String method() {
      return start.substring(0, start.indexOf(' '));
    }

    public String target() {
      return start.substring(start.indexOf(' ') + 1, start.lastIndexOf(' '));
    }

    public int status() {
      return Integer.parseInt(start.substring(9, 12));
    }
  }

  public StrictHttp(InputStream in) {
    this.in = in;
  }

  public StrictHttp(byte[] bytes) {
    this(new ByteArrayInputStream(bytes));
  }

  /** The next request, whole; null if the input ends before it. */
  public @Nullable Message request() throws IOException {
    String start = line(true);
    if (start == null) {
      return null;
    }
    require(REQUEST_LINE.matcher(start).matches(), "request line", start);
    List<String> fields = fields();
    Message head = new Message(start, fields, "", List.of());
    require(head.values("Host").size() == 1, "one Host", fields);
    require(HOST.matcher(head.value("Host")).matches(), "a plain Host", fields);
    return body(head, "");
  }

  /** The next response, informational ones too, to a request of that method. */
  public Message response(String requestMethod) throws IOException {
    String start = line(false);
    require(STATUS_LINE.matcher(start).matches(), "status line", start);
    Message head = new Message(start, fields(), "", List.of());
    int status = head.status();
    boolean none = requestMethod.equals("HEAD") || status < 200 || status == 204 || status == 304;
    return none ? framed(head) : body(head, "to the end");
  }

  /** Whether nothing more comes. */
  public boolean ended() throws IOException {
    return in.read() < 0;
  }

  private static Message framed(Message head) throws IOException {
    List<String> lengths = head.values("Content-Length");
    List<String> codings = head.values("Transfer-Encoding");
    require(lengths.size() + codings.size() <= 1, "one framing", head.fields());
    require(
        lengths.isEmpty() || LENGTH.matcher(lengths.getFirst()).matches(),
        "a plain length",
        lengths);
    require(codings.isEmpty() || codings.getFirst().equals("chunked"), "plain chunked", codings);
    return head;
  }

  private Message body(Message head, String otherwise) throws IOException {
    framed(head);
    if (!head.values("Transfer-Encoding").isEmpty()) {
      StringBuilder body = new StringBuilder();
      String size = line(false);
      while (!size.equals("0")) {
        require(CHUNK_SIZE.matcher(size).matches(), "chunk size", size);
        body.append(read(Integer.parseInt(size, 16)));
        String end = line(false);
        require(end.isEmpty(), "chunk end", end);
        size = line(false);
      }
      return new Message(head.start(), head.fields(), body.toString(), fields());
    }
    List<String> length = head.values("Content-Length");
    if (!length.isEmpty()) {
      String body = read(Integer.parseInt(length.getFirst()));
      return new Message(head.start(), head.fields(), body, List.of());
    }
    if (otherwise.isEmpty()) {
      return head;
    }
    String body = new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
    return new Message(head.start(), head.fields(), body, List.of());
  }

  private List<String> fields() throws IOException {
    List<String> fields = new ArrayList<>();
    for (String line = line(false); !line.isEmpty(); line = line(false)) {
      require(FIELD_LINE.matcher(line).matches(), "field line", line);
      fields.add(line);
    }
    return fields;
  }

  private String read(int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("body: " + bytes.length + " of " + length);
    }
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  @SuppressWarnings("NullAway") // null only where it may end
  private String line(boolean mayEnd) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int c = in.read();
    if (c < 0 && mayEnd) {
      return null;
    }
    while (c != '\r') {
      if (c < 0) {
        throw new EOFException("within a line: " + line);
      }
      require(c == '\t' || (c >= ' ' && c != 0x7f), "no control in a line", line + " " + c);
      line.write(c);
      c = in.read();
    }
    int next = in.read();
    if (next < 0) {
      throw new EOFException("within a line end: " + line);
    }
    require(next == '\n', "LF behind CR", line);
    return line.toString(StandardCharsets.ISO_8859_1);
  }

  private static void require(boolean holds, String what, Object found) throws Violation {
    if (!holds) {
      throw new Violation("expected: " + what + ", found: " + found);
    }
  }
}
