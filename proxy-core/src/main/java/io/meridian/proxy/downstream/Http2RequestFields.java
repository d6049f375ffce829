package io.meridian.proxy.downstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.util.Base64;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one HEADERS block, checked as they are decoded and written down as HTTP/1.1 has
 * them, so that both versions pass one gate, {@link io.meridian.proxy.http.RequestHead}. What makes
 * a request malformed is found here (RFC 9113, 8.1 to 8.3; RFC 8441, 4); the rest is the gate's
 * affair. Reused for every block of a connection; event loop only.
 */
final class Http2RequestFields extends Http2FieldSink {
  private static final int KEPT = 8 * 1024;
  private static final int MAX_DIGITS = 18;

  private static final byte[] HTTP11 = Hpack.ascii(" HTTP/1.1\r\n");
  private static final byte[] HOST_LINE = Hpack.ascii("host: ");
  private static final byte[] COOKIE_LINE = Hpack.ascii("cookie: ");
  private static final byte[] CRUMB = Hpack.ascii("; ");
  private static final byte[] CHUNKED = Hpack.ascii("transfer-encoding: chunked\r\n");
  private static final byte[] UPGRADE =
      Hpack.ascii("connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: ");
  private static final byte[] VERSION = Hpack.ascii("sec-websocket-version: 13\r\n");
  private static final int CRLF = '\r' << 8 | '\n';
  private static final int SEPARATOR = ':' << 8 | ' ';

  private static final byte[] TRAILERS = Hpack.ascii("trailers");
  private static final byte[] TE = Hpack.ascii("te");
  private static final byte[] HOST = Hpack.ascii("host");
  private static final byte[] COOKIE = Hpack.ascii("cookie");
  private static final byte[] CONNECTION = Hpack.ascii("connection");
  private static final byte[] KEEP_ALIVE = Hpack.ascii("keep-alive");
  private static final byte[] PROXY_CONNECTION = Hpack.ascii("proxy-connection");
  private static final byte[] TRANSFER_ENCODING = Hpack.ascii("transfer-encoding");
  private static final byte[] UPGRADE_NAME = Hpack.ascii("upgrade");
  private static final byte[] CONTENT_LENGTH = Hpack.ascii("content-length");
  private static final byte[] WS_KEY = Hpack.ascii("sec-websocket-key");
  private static final byte[] WS_VERSION = Hpack.ascii("sec-websocket-version");

  private final PseudoFields pseudo = new PseudoFields();
  private final ByteBuf cookie = Unpooled.buffer(64);
  private ByteBuf head = Unpooled.buffer(1024);

  private boolean trailers;
  private boolean started; // the request line is written
  private @Nullable String malformed;
  private boolean hostSeen;
  private boolean webSocket;
  private boolean versionSeen;
  private @Nullable String webSocketKey;
  private long contentLength;

  /**
   * Makes ready for a block.
   *
   * @param behindBody whether it is a trailer section
   */
  void begin(boolean behindBody) {
    trailers = behindBody;
    if (head.capacity() > KEPT) {
      head = Unpooled.buffer(1024);
    }
    head.clear();
    cookie.clear();
    if (cookie.capacity() > KEPT) {
      cookie.capacity(64);
    }
    started = false;
    malformed = null;
    pseudo.clear();
    hostSeen = false;
    webSocket = false;
    versionSeen = false;
    webSocketKey = null;
    contentLength = -1;
  }

  @Override
  public Http2Headers add(CharSequence fieldName, CharSequence fieldValue) {
    if (malformed == null) {
      malformed = take(AsciiString.of(fieldName), AsciiString.of(fieldValue));
    }
    return this;
  }

  /**
   * The end of the block. What is wrong with it; null if nothing is, and then {@link #head} holds
   * it.
   */
  @Nullable String finish(boolean endStream) {
    if (malformed == null && !trailers) {
      if (!started) {
        malformed = start();
      }
      if (malformed == null) {
        malformed = end(endStream);
      }
    }
    if (malformed == null) {
      head.writeShort(CRLF);
    }
    return malformed;
  }

  /** The block in HTTP/1.1's form, with its last empty line; valid until {@link #begin}. */
  ByteBuf head() {
    return head;
  }

  /** The value of Content-Length, -1 if there is none. */
  long contentLength() {
    return contentLength;
  }

  /**
   * What the endpoint is asked for in the name of a client that wants a WebSocket; null if it does
   * not.
   */
  @Nullable String webSocketKey() {
    return webSocketKey;
  }

  private @Nullable String take(AsciiString name, AsciiString value) {
    String wrong = checkValue(value);
    if (wrong != null) {
      return wrong;
    }
    if (name.isEmpty()) {
      return "empty field name";
    }
    if (name.byteAt(0) == ':') {
      return trailers || started ? "pseudo-field out of place" : pseudo.take(name, value);
    }
    for (int i = 0; i < name.length(); i++) {
      if (!PseudoFields.NAME[name.byteAt(i) & 0xff]) {
        return "field name";
      }
    }
    if (!started && !trailers) {
      wrong = start();
      if (wrong != null) {
        return wrong;
      }
    }
    return field(name, value);
  }

  /** No CR, LF or NUL, and no white space around it (RFC 9113, 8.2.1). */
  private static @Nullable String checkValue(AsciiString value) {
    byte[] b = value.array();
    int from = value.arrayOffset();
    int to = from + value.length();
    for (int i = from; i < to; i++) {
      byte c = b[i];
      if (c <= '\r' && (c == '\r' || c == '\n' || c == 0)) {
        return "field value";
      }
    }
    boolean padded = to > from && (blank(b[from]) || blank(b[to - 1]));
    return padded ? "white space around a field value" : null;
  }

  /** All pseudo-fields are there: the request line, and Host from :authority. */
  private @Nullable String start() {
    started = true;
    String wrong = pseudo.check();
    if (wrong != null) {
      return wrong;
    }
    webSocket = pseudo.webSocket();
    write(pseudo.verb());
    head.writeByte(' ');
    write(pseudo.target());
    head.writeBytes(HTTP11);
    AsciiString at = pseudo.authority();
    return at == null ? null : host(at);
  }

  private @Nullable String host(AsciiString at) {
    head.writeBytes(HOST_LINE);
    write(at);
    head.writeShort(CRLF);
    return null;
  }

  private @Nullable String field(AsciiString name, AsciiString value) {
    switch (name.length()) {
      case 2 -> {
        if (PseudoFields.same(name, TE) && !PseudoFields.is(value, TRAILERS)) {
          return "te";
        }
      }
      case 4 -> {
        if (PseudoFields.same(name, HOST) && !trailers) {
          return hostField(value);
        }
      }
      case 6 -> {
        if (PseudoFields.same(name, COOKIE) && !trailers) {
          return crumb(value);
        }
      }
      case 7 -> {
        if (PseudoFields.same(name, UPGRADE_NAME)) {
          return "connection field";
        }
      }
      case 10 -> {
        if (PseudoFields.same(name, CONNECTION) || PseudoFields.same(name, KEEP_ALIVE)) {
          return "connection field";
        }
      }
      case 14 -> {
        if (PseudoFields.same(name, CONTENT_LENGTH) && !trailers) {
          String wrong = length(value);
          if (wrong != null) {
            return wrong;
          }
        }
      }
      case 16 -> {
        if (PseudoFields.same(name, PROXY_CONNECTION)) {
          return "connection field";
        }
      }
      case 17 -> {
        if (PseudoFields.same(name, TRANSFER_ENCODING)) {
          return "connection field";
        }
        if (webSocket && PseudoFields.same(name, WS_KEY)) {
          return null; // has no meaning here (RFC 8441, 5)
        }
      }
      case 21 -> versionSeen |= PseudoFields.same(name, WS_VERSION);
      default -> {
        // passes
      }
    }
    write(name);
    head.writeShort(SEPARATOR);
    write(value);
    head.writeShort(CRLF);
    return null;
  }

  /** Host names what :authority names, if both are there (RFC 9113, 8.3.1). */
  private @Nullable String hostField(AsciiString value) {
    if (hostSeen) {
      return "repeated host";
    }
    hostSeen = true;
    if (pseudo.authority() == null) {
      return host(value);
    }
    return pseudo.names(value) ? null : "host differs";
  }

  private @Nullable String crumb(AsciiString value) {
    if (cookie.isReadable()) {
      cookie.writeBytes(CRUMB);
    }
    cookie.writeBytes(value.array(), value.arrayOffset(), value.length());
    return null;
  }

  private @Nullable String length(AsciiString value) {
    if (contentLength >= 0 || value.isEmpty() || value.length() > MAX_DIGITS) {
      return "content-length";
    }
    long length = 0;
    for (int i = 0; i < value.length(); i++) {
      int digit = value.byteAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return "content-length";
      }
      length = length * 10 + digit;
    }
    contentLength = length;
    return null;
  }

  private @Nullable String end(boolean endStream) {
    if (endStream && contentLength > 0) {
      return "content-length without content";
    }
    if (cookie.isReadable()) {
      head.writeBytes(COOKIE_LINE).writeBytes(cookie).writeShort(CRLF);
    }
    if (webSocket) {
      byte[] nonce = new byte[16];
      ThreadLocalRandom.current().nextBytes(nonce);
      String key = Base64.getEncoder().encodeToString(nonce);
      webSocketKey = key;
      head.writeBytes(UPGRADE).writeBytes(Hpack.ascii(key)).writeShort(CRLF);
      if (!versionSeen) {
        head.writeBytes(VERSION);
      }
    } else if (!endStream && contentLength < 0) {
      head.writeBytes(CHUNKED); // in this form only: the length is not known
    }
    return null;
  }

  private void write(AsciiString text) {
    head.writeBytes(text.array(), text.arrayOffset(), text.length());
  }

  private static boolean blank(byte c) {
    return c == ' ' || c == '\t';
  }
}
