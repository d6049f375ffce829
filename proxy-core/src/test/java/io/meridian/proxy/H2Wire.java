package io.meridian.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A client that speaks HTTP/2 by hand, frame by frame, so that it can also break its rules. */
final class H2Wire implements AutoCloseable {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int PRIORITY = 2;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;

  static final int END_STREAM = 1;
  static final int ACK = 1;
  static final int END_HEADERS = 4;
  static final int PADDED = 8;

  static final String PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

  private static final int PATIENCE_MILLIS = 20_000;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(false, 1 << 20);
  private final Map<Integer, Answer> answers = new HashMap<>();
  private final Map<Integer, Integer> settings = new HashMap<>();
  private final List<Integer> goAways = new ArrayList<>();
  private boolean opensWindows = true;
  private boolean acknowledged;
  private int goAwayError = -1;
  private int pongs;
  private int next = 1;
  private int windowOfConnection = 65_535;

  /** One frame as it came. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Frame(int type, int flags, int stream, byte[] payload) {
    int number(int at) {
      return ByteBuffer.wrap(payload).getInt(at);
    }
  }

  /** What has come of one stream. */
  static final class Answer {
    final List<Map.Entry<String, String>> fields = new ArrayList<>();
    final List<Map.Entry<String, String>> trailers = new ArrayList<>();
    final List<Integer> informational = new ArrayList<>();
    final ByteArrayOutputStream body = new ByteArrayOutputStream();
    int status;
    boolean ended;
    int reset = -1;
    int windowUpdates;

    String value(String name) {
      List<String> values = values(name);
      return values.isEmpty() ? "" : String.join(" | ", values);
    }

    List<String> values(String name) {
      return fields.stream().filter(f -> f.getKey().equals(name)).map(Map.Entry::getValue).toList();
    }

    String text() {
      return body.toString(StandardCharsets.ISO_8859_1);
    }

    boolean over() {
      return ended || reset >= 0;
    }

    @Override
    public String toString() {
      return "status " + status + ", ended " + ended + ", reset " + reset + ", " + text();
    }
  }

  private H2Wire(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.setTcpNoDelay(true);
    in = new BufferedInputStream(socket.getInputStream());
    out = socket.getOutputStream();
  }

  /** Connects and says nothing. */
  static H2Wire silent(int port) throws IOException {
    return new H2Wire(new Socket(InetAddress.getLoopbackAddress(), port));
  }

  /** Connects, says what it must with these settings (id, value), and hears what the proxy says. */
  static H2Wire connect(int port, int... settings) throws IOException {
    return begin(silent(port), settings);
  }

  /** The same over a socket that is connected. */
  static H2Wire over(Socket socket, int... settings) throws IOException {
    return begin(new H2Wire(socket), settings);
  }

  private static H2Wire begin(H2Wire wire, int... settings) throws IOException {
    wire.raw(PREFACE.getBytes(StandardCharsets.US_ASCII));
    wire.settings(settings);
    while (!wire.acknowledged) {
      wire.read();
    }
    return wire;
  }

  /** Reads on without opening windows. */
  H2Wire keepWindows() {
    opensWindows = false;
    return this;
  }

  /** What the proxy has said. */
  Map<Integer, Integer> theirSettings() {
    return settings;
  }

  /** Last streams that GOAWAY frames have named. */
  List<Integer> goAways() {
    return goAways;
  }

  int goAwayError() {
    return goAwayError;
  }

  int pongs() {
    return pongs;
  }

  /** What the proxy's windows let through on the whole connection so far, less what was sent. */
  int windowOfConnection() {
    return windowOfConnection;
  }

  // ---- out

  H2Wire raw(byte[] bytes) throws IOException {
    out.write(bytes);
    return this;
  }

  static byte[] frame(int type, int flags, int stream, byte[] payload) {
    return ByteBuffer.allocate(9 + payload.length)
        .put((byte) (payload.length >> 16))
        .put((byte) (payload.length >> 8))
        .put((byte) payload.length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  H2Wire send(int type, int flags, int stream, byte[] payload) throws IOException {
    return raw(frame(type, flags, stream, payload));
  }

  H2Wire send(int type, int flags, int stream, int number) throws IOException {
    return send(type, flags, stream, ByteBuffer.allocate(4).putInt(number).array());
  }

  H2Wire settings(int... pairs) throws IOException {
    ByteBuffer payload = ByteBuffer.allocate(pairs.length * 3);
    for (int i = 0; i < pairs.length; i += 2) {
      payload.putShort((short) pairs[i]).putInt(pairs[i + 1]);
    }
    return send(SETTINGS, 0, 0, payload.array());
  }

  H2Wire data(int stream, String bytes, boolean end) throws IOException {
    windowOfConnection -= bytes.length();
    return send(DATA, end ? END_STREAM : 0, stream, bytes.getBytes(StandardCharsets.ISO_8859_1));
  }

  H2Wire reset(int stream, int error) throws IOException {
    return send(RST_STREAM, 0, stream, error);
  }

  H2Wire open(int stream, int increment) throws IOException {
    return send(WINDOW_UPDATE, 0, stream, increment);
  }

  /**
   * Literal fields (RFC 7541, 6.2.2), each as {@code name: value}; the first colon may be one's
   * first.
   */
  static byte[] block(String... fields) {
    ByteBuf block = Unpooled.buffer();
    for (String field : fields) {
      int colon = field.indexOf(": ", 1);
      block.writeByte(0);
      text(block, field.substring(0, colon));
      text(block, field.substring(colon + 2));
    }
    byte[] bytes = new byte[block.readableBytes()];
    block.readBytes(bytes);
    return bytes;
  }

  private static void text(ByteBuf out, String text) {
    int length = text.length();
    if (length < 127) {
      out.writeByte(length);
    } else {
      out.writeByte(127);
      int rest = length - 127;
      for (; rest >= 128; rest >>>= 7) {
        out.writeByte((rest & 127) | 128);
      }
      out.writeByte(rest);
    }
    out.writeCharSequence(text, StandardCharsets.ISO_8859_1);
  }

  /** A request's fields: the usual pseudo-fields and these. */
  static String[] fields(String method, String path, String... further) {
    List<String> all =
        new ArrayList<>(
            List.of(":method: " + method, ":scheme: http", ":path: " + path, ":authority: a.test"));
    all.addAll(List.of(further));
    return all.toArray(String[]::new);
  }

  int nextStream() {
    int stream = next;
    next += 2;
    return stream;
  }

  /** Sends a head of these fields, all of them, on a new stream. */
  int headers(boolean end, String... fields) throws IOException {
    int stream = nextStream();
    send(HEADERS, END_HEADERS | (end ? END_STREAM : 0), stream, block(fields));
    return stream;
  }

  int get(String path, String... further) throws IOException {
    return headers(true, fields("GET", path, further));
  }

  int post(String path, String... further) throws IOException {
    return headers(false, fields("POST", path, further));
  }

  H2Wire trailers(int stream, String... fields) throws IOException {
    return send(HEADERS, END_HEADERS | END_STREAM, stream, block(fields));
  }

  // ---- in

  /** The next frame, not looked at; null at the connection's end. */
  @Nullable Frame next() throws IOException {
    byte[] head = in.readNBytes(9);
    if (head.length < 9) {
      return null;
    }
    ByteBuffer fields = ByteBuffer.wrap(head);
    int length = fields.getInt() >>> 8;
    byte[] payload = in.readNBytes(length);
    return new Frame(head[3], head[4] & 0xff, fields.getInt(5) & 0x7fff_ffff, payload);
  }

  /** Takes in one frame; false at the connection's end, proper or not. */
  boolean read() throws IOException {
    Frame frame;
    try {
      frame = next();
    } catch (java.net.SocketException e) {
      return false;
    }
    if (frame == null) {
      return false;
    }
    Answer answer = answers.computeIfAbsent(frame.stream(), _ -> new Answer());
    switch (frame.type()) {
      case DATA -> {
        answer.body.write(frame.payload());
        answer.ended |= (frame.flags() & END_STREAM) != 0;
        if (opensWindows && frame.payload().length > 0) {
          open(0, frame.payload().length);
          if (!answer.ended) {
            open(frame.stream(), frame.payload().length);
          }
        }
      }
      case HEADERS -> head(frame, answer);
      case RST_STREAM -> answer.reset = frame.number(0);
      case SETTINGS -> settings(frame);
      case PING -> {
        if ((frame.flags() & ACK) != 0) {
          pongs++;
        } else {
          send(PING, ACK, 0, frame.payload());
        }
      }
      case GOAWAY -> {
        goAways.add(frame.number(0));
        goAwayError = frame.number(4);
      }
      case WINDOW_UPDATE -> {
        answer.windowUpdates += frame.number(0);
        windowOfConnection += frame.stream() == 0 ? frame.number(0) : 0;
      }
      default -> throw new AssertionError("frame of type " + frame.type());
    }
    return true;
  }

  private void head(Frame frame, Answer answer) throws IOException {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.write(frame.payload());
    Frame last = frame;
    while ((last.flags() & END_HEADERS) == 0) {
      last = next();
      if (last == null || last.type() != CONTINUATION || last.stream() != frame.stream()) {
        throw new AssertionError("a header block is cut");
      }
      block.write(last.payload());
    }
    Http2Headers headers;
    try {
      headers = decoder.decodeHeaders(frame.stream(), Unpooled.wrappedBuffer(block.toByteArray()));
    } catch (Http2Exception e) {
      throw new AssertionError(e);
    }
    CharSequence status = headers.status();
    if (status != null && status.charAt(0) == '1') {
      answer.informational.add(Integer.parseInt(status.toString()));
      return;
    }
    List<Map.Entry<String, String>> fields = answer.status == 0 ? answer.fields : answer.trailers;
    if (status != null) {
      answer.status = Integer.parseInt(status.toString());
    }
    headers.forEach(
        field -> fields.add(Map.entry(field.getKey().toString(), field.getValue().toString())));
    answer.ended |= (frame.flags() & END_STREAM) != 0;
  }

  private void settings(Frame frame) throws IOException {
    if ((frame.flags() & ACK) != 0) {
      acknowledged = true;
      return;
    }
    ByteBuffer pairs = ByteBuffer.wrap(frame.payload());
    while (pairs.hasRemaining()) {
      settings.put((int) pairs.getShort(), pairs.getInt());
    }
    send(SETTINGS, ACK, 0, new byte[0]);
  }

  /** Reads to the connection's end and answers nothing; whether the last frame was GOAWAY. */
  boolean endsWithGoAway() throws IOException {
    Frame last = null;
    for (Frame frame = next(); frame != null; frame = next()) {
      last = frame;
    }
    return last != null && last.type() == GOAWAY;
  }

  /** What has come of a stream so far. */
  Answer soFar(int stream) {
    return answers.computeIfAbsent(stream, _ -> new Answer());
  }

  /** Reads until a stream is over. */
  Answer answer(int stream) throws IOException {
    Answer answer = soFar(stream);
    while (!answer.over()) {
      if (!read()) {
        throw new AssertionError("the connection ended: " + answer + ", GOAWAY " + goAwayError);
      }
    }
    return answer;
  }

  /** Reads until a stream has its head. */
  Answer head(int stream) throws IOException {
    Answer answer = soFar(stream);
    while (answer.status == 0 && !answer.over()) {
      if (!read()) {
        throw new AssertionError("the connection ended: " + answer + ", GOAWAY " + goAwayError);
      }
    }
    return answer;
  }

  /** Reads until so many bytes of a stream's body are there. */
  String body(int stream, int length) throws IOException {
    Answer answer = soFar(stream);
    while (answer.body.size() < length) {
      if (answer.over() || !read()) {
        throw new AssertionError("no more comes: " + answer);
      }
    }
    return answer.text().substring(0, length);
  }

  /** Reads all that was sent before the proxy answers to a PING. */
  void sync() throws IOException {
    int before = pongs;
    send(PING, 0, 0, new byte[8]);
    while (pongs == before) {
      if (!read()) {
        throw new AssertionError("the connection ended, GOAWAY " + goAwayError);
      }
    }
  }

  /** Reads to the connection's end; the error that GOAWAY named, -1 if none came. */
  int end() throws IOException {
    try {
      while (read()) {
        // on
      }
    } catch (java.net.SocketTimeoutException e) {
      throw new AssertionError("the connection did not end", e);
    }
    return goAwayError;
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
