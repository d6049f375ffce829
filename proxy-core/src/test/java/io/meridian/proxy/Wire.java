package io.meridian.proxy;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** One plain socket that speaks HTTP/1.1 by hand, from either end. */
final class Wire implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 20_000;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final @Nullable Origin origin;

  /**
   * A message as it was read.
   *
   * @param start its first line
   * @param fields its field lines
   * @param trailers those behind a chunked body
   */
  record Message(String start, List<String> fields, String body, List<String> trailers) {
    int status() {
      return Integer.parseInt(start.substring(9, 12));
    }

    /** Values of a field, in order. */
    List<String> values(String name) {
      String prefix = name.toLowerCase(Locale.ROOT) + ":";
      return fields.stream()
          .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(prefix))
          .map(line -> line.substring(prefix.length()).strip())
          .toList();
    }

    /** The only value of a field; empty if there is none. */
    String value(String name) {
      List<String> values = values(name);
      if (values.size() > 1) {
        throw new AssertionError(name + " is there " + values.size() + " times: " + values);
      }
      return values.isEmpty() ? "" : values.getFirst();
    }

    boolean has(String name) {
      return !values(name).isEmpty();
    }

    String method() {
      return start.substring(0, start.indexOf(' '));
    }

    String target() {
      return start.substring(start.indexOf(' ') + 1, start.lastIndexOf(' '));
    }
  }

  Wire(Socket socket, @Nullable Origin origin) throws IOException {
    this.socket = socket;
    this.origin = origin;
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.setTcpNoDelay(true);
    in = new BufferedInputStream(socket.getInputStream());
    out = socket.getOutputStream();
  }

  /** A client's connection to a port on loopback. */
  static Wire connect(int port) throws IOException {
    return new Wire(new Socket(InetAddress.getLoopbackAddress(), port), null);
  }

  /** As {@link #connect}, with a receive buffer that is soon full. */
  static Wire connectNarrow(int port) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4096);
    socket.connect(new java.net.InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    return new Wire(socket, null);
  }

  Socket socket() {
    return socket;
  }

  // ---- out

  Wire send(String text) throws IOException {
    return send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  Wire send(byte[] bytes) throws IOException {
    out.write(bytes);
    if (origin != null) {
      origin.bytesWritten.addAndGet(bytes.length);
    }
    return this;
  }

  /** A GET with these further field lines, each with its line end. */
  Wire get(String target, String fields) throws IOException {
    return send("GET " + target + " HTTP/1.1\r\nHost: a.test\r\n" + fields + "\r\n");
  }

  Wire get(String target) throws IOException {
    return get(target, "");
  }

  Wire post(String target, String body) throws IOException {
    return send(
        "POST "
            + target
            + " HTTP/1.1\r\nHost: a.test\r\nContent-Length: "
            + body.length()
            + "\r\n\r\n"
            + body);
  }

  /** Answers 200 with a body of known length, as the request's method wants it. */
  void ok(Message request, String body) throws IOException {
    String head = "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n";
    send(request.method().equals("HEAD") ? head : head + body);
  }

  void status(int code) throws IOException {
    send("HTTP/1.1 " + code + " So\r\nContent-Length: 4\r\n\r\nso.\n");
  }

  /** Closes so that the other side sees a reset. */
  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  /** Closes before the test is over. */
  void leave() throws IOException {
    socket.close();
  }

  void endOutput() throws IOException {
    socket.shutdownOutput();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }

  // ---- in

  /** The next request with its body; null if the connection ends before it. */
  @Nullable Message request() throws IOException {
    Message head = requestHead();
    return head == null ? null : withBody(head, false, false);
  }

  /** The head alone. */
  @Nullable Message requestHead() throws IOException {
    in.mark(1);
    try {
      if (in.read() < 0) {
        return null;
      }
    } catch (IOException e) {
      return null; // cut: no request either
    }
    in.reset();
    return head();
  }

  /** The next final response to a GET, with its body. */
  Message response() throws IOException {
    return withBody(head(), true, false);
  }

  /** The next response, to a HEAD. */
  Message responseToHead() throws IOException {
    return withBody(head(), true, true);
  }

  /** Start line and fields; the body is left where it is. */
  Message head() throws IOException {
    String start = line();
    List<String> fields = new ArrayList<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      fields.add(line);
    }
    return new Message(start, fields, "", List.of());
  }

  /** The same message with the body that its framing announces. */
  Message withBody(Message head, boolean response, boolean none) throws IOException {
    boolean bodiless =
        none || (response && (head.status() < 200 || head.status() == 204 || head.status() == 304));
    if (bodiless) {
      return head;
    }
    if (head.has("Transfer-Encoding")) {
      StringBuilder body = new StringBuilder();
      for (int size = chunkSize(); size > 0; size = chunkSize()) {
        body.append(read(size));
        expect("");
      }
      List<String> trailers = new ArrayList<>();
      for (String line = line(); !line.isEmpty(); line = line()) {
        trailers.add(line);
      }
      return new Message(head.start(), head.fields(), body.toString(), trailers);
    }
    if (head.has("Content-Length")) {
      String body = read(Integer.parseInt(head.value("Content-Length")));
      return new Message(head.start(), head.fields(), body, List.of());
    }
    return response ? new Message(head.start(), head.fields(), readToEnd(), List.of()) : head;
  }

  private int chunkSize() throws IOException {
    return Integer.parseInt(line().replaceFirst(";.*", ""), 16);
  }

  private void expect(String line) throws IOException {
    String found = line();
    if (!found.equals(line)) {
      throw new IOException("line \"" + found + "\" (expected: \"" + line + "\")");
    }
  }

  String line() throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    while (true) {
      int b = in.read();
      if (b < 0) {
        throw new EOFException("the connection ended within a line: " + line);
      }
      if (b == '\n') {
        String text = line.toString(StandardCharsets.ISO_8859_1);
        if (!text.endsWith("\r")) {
          throw new IOException("a line ends without CR: " + text);
        }
        return text.substring(0, text.length() - 1);
      }
      line.write(b);
    }
  }

  /** Exactly so many bytes. */
  String read(int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("the connection ended after " + bytes.length + " of " + length);
    }
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /** All up to a proper end. */
  String readToEnd() throws IOException {
    return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  /** Reads until the other side ends the connection, properly or not. */
  void awaitEnd() {
    byte[] drop = new byte[8192];
    try {
      while (in.read(drop) >= 0) {
        // on
      }
    } catch (IOException e) {
      if (e instanceof java.net.SocketTimeoutException) {
        throw new AssertionError("the connection did not end", e);
      }
    }
  }

  /** Whether the other side ends the connection, with nothing more said. */
  boolean ends() throws IOException {
    try {
      return in.read() < 0;
    } catch (java.net.SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }
}
