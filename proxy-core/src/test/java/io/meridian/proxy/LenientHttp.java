package io.meridian.proxy;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads HTTP/1 as the most forgiving of servers do: bare line ends, folded lines, blanks and
 * controls around names, underscores for hyphens, codings that only contain "chunked", lengths with
 * anything around their digits, chunk sizes in any dress, and the last of two fields counts.
 */
final class LenientHttp {
  private static final Pattern DIGITS = Pattern.compile("\\d+");
  private static final Pattern SIZE = Pattern.compile("^\\W*(?:0[xX])?([0-9a-fA-F]+)");

  private final InputStream in;

  record Message(String method, String target, Map<String, String> fields, String body) {
    String value(String name) {
      return fields.getOrDefault(name, "");
    }
  }

  LenientHttp(InputStream in) {
    this.in = in;
  }

  /** The next request, as far as it came; null at the end. */
  @Nullable Message request() throws IOException {
    String start = line();
    while (start != null && start.isBlank()) {
      start = line();
    }
    if (start == null) {
      return null;
    }
    String[] words = start.strip().split("\\s+", -1);
    Map<String, String> fields = fields();
    String body = "";
    if (fields.getOrDefault("transfer-encoding", "").toLowerCase(Locale.ROOT).contains("chunked")) {
      body = chunks();
    } else {
      Matcher length = DIGITS.matcher(fields.getOrDefault("content-length", ""));
      body = length.find() ? read(Integer.parseInt(length.group())) : "";
    }
    return new Message(words[0], words.length > 1 ? words[1] : "", fields, body);
  }

  private Map<String, String> fields() throws IOException {
    Map<String, String> fields = new HashMap<>();
    String last = "";
    for (String line = whole(line()); !line.isEmpty(); line = whole(line())) {
      int colon = line.indexOf(':');
      if (line.startsWith(" ") || line.startsWith("\t")) {
        fields.merge(last, line.strip(), (a, b) -> a + " " + b);
      } else if (colon > 0) {
        last = line.substring(0, colon).replaceAll("[\\x00-\\x20\\x7f-\\xff]", "");
        last = last.replace('_', '-').toLowerCase(Locale.ROOT);
        fields.put(last, line.substring(colon + 1).strip());
      }
    }
    return fields;
  }

  private String chunks() throws IOException {
    StringBuilder body = new StringBuilder();
    while (true) {
      String line = line();
      Matcher size = SIZE.matcher(whole(line));
      int length = size.find() ? Integer.parseInt(size.group(1), 16) : 0;
      if (length == 0) {
        fields();
        return body.toString();
      }
      body.append(read(length));
      line();
    }
  }

  private static String whole(@Nullable String line) throws EOFException {
    if (line == null) {
      throw new EOFException("line");
    }
    return line;
  }

  private String read(int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("body");
    }
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** Up to LF, or a CR that no LF follows. */
  private @Nullable String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int c = in.read();
    if (c < 0) {
      return null;
    }
    while (c >= 0 && c != '\n') {
      if (c == '\r') {
        in.mark(1);
        if (in.read() != '\n') {
          in.reset();
        }
        break;
      }
      line.write(c);
      c = in.read();
    }
    return line.toString(StandardCharsets.ISO_8859_1);
  }
}
