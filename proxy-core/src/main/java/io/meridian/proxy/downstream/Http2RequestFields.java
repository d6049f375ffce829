package io.meridian.proxy.downstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.EmptyHeaders;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Iterator;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * The fields of one HEADERS block, checked as they are decoded and written down as HTTP/1.1 has
 * them, so that both versions pass one gate, {@link io.meridian.proxy.http.RequestHead}. What makes
 * a request malformed is found here (RFC 9113, 8.1 to 8.3; RFC 8441, 4); the rest is the gate's
 * affair. Reused for every block of a connection; event loop only.
 */
final class Http2RequestFields extends EmptyHeaders<CharSequence, CharSequence, Http2Headers>
    implements Http2Headers {
  private static final int KEPT = 8 * 1024;
  private static final int MAX_DIGITS = 18;

  private static final byte[] HTTP11 = ascii(" HTTP/1.1\r\n");
  private static final byte[] HOST_LINE = ascii("host: ");
  private static final byte[] COOKIE_LINE = ascii("cookie: ");
  private static final byte[] CRUMB = ascii("; ");
  private static final byte[] CHUNKED = ascii("transfer-encoding: chunked\r\n");
  private static final byte[] GET = ascii("GET");
  private static final byte[] UPGRADE =
      ascii("connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: ");
  private static final byte[] VERSION = ascii("sec-websocket-version: 13\r\n");
  private static final int CRLF = '\r' << 8 | '\n';
  private static final int SEPARATOR = ':' << 8 | ' ';

  private static final byte[] CONNECT = ascii("CONNECT");
  private static final byte[] OPTIONS = ascii("OPTIONS");
  private static final byte[] HTTP = ascii("http");
  private static final byte[] HTTPS = ascii("https");
  private static final byte[] WEBSOCKET = ascii("websocket");
  private static final byte[] TRAILERS = ascii("trailers");
  private static final byte[] TE = ascii("te");
  private static final byte[] HOST = ascii("host");
  private static final byte[] COOKIE = ascii("cookie");
  private static final byte[] CONNECTION = ascii("connection");
  private static final byte[] KEEP_ALIVE = ascii("keep-alive");
  private static final byte[] PROXY_CONNECTION = ascii("proxy-connection");
  private static final byte[] TRANSFER_ENCODING = ascii("transfer-encoding");
  private static final byte[] UPGRADE_NAME = ascii("upgrade");
  private static final byte[] CONTENT_LENGTH = ascii("content-length");
  private static final byte[] WS_KEY = ascii("sec-websocket-key");
  private static final byte[] WS_VERSION = ascii("sec-websocket-version");

  /** Token characters (RFC 9110, 5.6.2) but upper case (RFC 9113, 8.2.1). */
  private static final boolean[] NAME = new boolean[256];

  static {
    for (int c = 0; c < 128; c++) {
      boolean alphanumeric = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
      NAME[c] = alphanumeric || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
    }
  }

  private final ByteBuf cookie = Unpooled.buffer(64);
  private ByteBuf head = Unpooled.buffer(1024);

  private boolean trailers;
  private boolean started; // the request line is written
  private @Nullable String malformed;
  private @Nullable AsciiString method;
  private @Nullable AsciiString scheme;
  private @Nullable AsciiString path;
  private @Nullable AsciiString authority;
  private @Nullable AsciiString protocol;
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
    method = null;
    scheme = null;
    path = null;
    authority = null;
    protocol = null;
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
      return trailers || started ? "pseudo-field out of place" : pseudo(name, value);
    }
    for (int i = 0; i < name.length(); i++) {
      if (!NAME[name.byteAt(i) & 0xff]) {
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

  private @Nullable String pseudo(AsciiString name, AsciiString value) {
    boolean again;
    switch (name.toString()) {
      case ":method" -> {
        again = method != null;
        method = value;
      }
      case ":scheme" -> {
        again = scheme != null;
        scheme = value;
      }
      case ":path" -> {
        again = path != null;
        path = value;
      }
      case ":authority" -> {
        again = authority != null;
        authority = value;
      }
      case ":protocol" -> {
        again = protocol != null;
        protocol = value;
      }
      default -> {
        return "unknown pseudo-field";
      }
    }
    return again ? "repeated pseudo-field" : null;
  }

  /** All pseudo-fields are there: the request line, and Host from :authority. */
  private @Nullable String start() {
    started = true;
    AsciiString verb = method;
    if (verb == null || verb.isEmpty() || !token(verb)) {
      return ":method";
    }
    AsciiString at = authority;
    if (at != null && (at.isEmpty() || at.indexOf("@", 0) >= 0)) {
      return ":authority";
    }
    AsciiString target = path;
    if (same(verb, CONNECT)) {
      if (at == null) {
        return "CONNECT without :authority";
      }
      if (protocol == null) {
        if (scheme != null || target != null) {
          return "CONNECT with :scheme or :path";
        }
        // The gate knows no tunnels: 501.
        requestLine(CONNECT, AsciiString.of("/"));
        return host(at);
      }
    } else if (protocol != null) {
      return ":protocol without CONNECT";
    }
    if (scheme == null || !(is(scheme, HTTP) || is(scheme, HTTPS))) {
      return ":scheme";
    }
    if (target == null || target.isEmpty()) {
      return ":path";
    }
    boolean asterisk = target.length() == 1 && target.byteAt(0) == '*' && same(verb, OPTIONS);
    if (target.byteAt(0) != '/' && !asterisk) {
      return ":path";
    }
    webSocket = protocol != null && is(protocol, WEBSOCKET);
    requestLine(webSocket ? GET : verb.toByteArray(), target);
    return at == null ? null : host(at);
  }

  private void requestLine(byte[] verb, AsciiString target) {
    head.writeBytes(verb).writeByte(' ');
    write(target);
    head.writeBytes(HTTP11);
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
        if (same(name, TE) && !is(value, TRAILERS)) {
          return "te";
        }
      }
      case 4 -> {
        if (same(name, HOST) && !trailers) {
          return hostField(value);
        }
      }
      case 6 -> {
        if (same(name, COOKIE) && !trailers) {
          return crumb(value);
        }
      }
      case 7 -> {
        if (same(name, UPGRADE_NAME)) {
          return "connection field";
        }
      }
      case 10 -> {
        if (same(name, CONNECTION) || same(name, KEEP_ALIVE)) {
          return "connection field";
        }
      }
      case 14 -> {
        if (same(name, CONTENT_LENGTH) && !trailers) {
          String wrong = length(value);
          if (wrong != null) {
            return wrong;
          }
        }
      }
      case 16 -> {
        if (same(name, PROXY_CONNECTION)) {
          return "connection field";
        }
      }
      case 17 -> {
        if (same(name, TRANSFER_ENCODING)) {
          return "connection field";
        }
        if (webSocket && same(name, WS_KEY)) {
          return null; // has no meaning here (RFC 8441, 5)
        }
      }
      case 21 -> versionSeen |= same(name, WS_VERSION);
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
    AsciiString at = authority;
    if (at == null) {
      return host(value);
    }
    return withoutPort(at).contentEqualsIgnoreCase(withoutPort(value)) ? null : "host differs";
  }

  /** Without a port that says nothing. */
  private AsciiString withoutPort(AsciiString value) {
    boolean tls = scheme != null && is(scheme, HTTPS);
    String port = tls ? ":443" : ":80";
    boolean said = value.endsWith(port);
    return said ? value.subSequence(0, value.length() - port.length(), false) : value;
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
      head.writeBytes(UPGRADE).writeBytes(ascii(key)).writeShort(CRLF);
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

  private static boolean token(AsciiString text) {
    for (int i = 0; i < text.length(); i++) {
      byte c = text.byteAt(i);
      if (!NAME[c & 0xff] && !(c >= 'A' && c <= 'Z')) {
        return false;
      }
    }
    return true;
  }

  private static boolean blank(byte c) {
    return c == ' ' || c == '\t';
  }

  private static boolean same(AsciiString text, byte[] other) {
    int from = text.arrayOffset();
    return Arrays.equals(text.array(), from, from + text.length(), other, 0, other.length);
  }

  /** As {@link #same}, in whatever case; the other is in lower case. */
  private static boolean is(AsciiString text, byte[] lower) {
    if (text.length() != lower.length) {
      return false;
    }
    for (int i = 0; i < lower.length; i++) {
      byte c = text.byteAt(i);
      if ((c >= 'A' && c <= 'Z' ? c | 0x20 : c) != lower[i]) {
        return false;
      }
    }
    return true;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  // ---- the rest of the type: nobody asks these of a block that was written down

  @Override
  public Iterator<CharSequence> valueIterator(CharSequence name) {
    return super.valueIterator(name);
  }

  @Override
  public Http2Headers method(CharSequence value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Http2Headers scheme(CharSequence value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Http2Headers authority(CharSequence value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Http2Headers path(CharSequence value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Http2Headers status(CharSequence value) {
    throw new UnsupportedOperationException();
  }

  @Override
  public @Nullable CharSequence method() {
    return method;
  }

  @Override
  public @Nullable CharSequence scheme() {
    return scheme;
  }

  @Override
  public @Nullable CharSequence authority() {
    return authority;
  }

  @Override
  public @Nullable CharSequence path() {
    return path;
  }

  @Override
  public @Nullable CharSequence status() {
    return null;
  }

  @Override
  public boolean contains(CharSequence name, CharSequence value, boolean caseInsensitive) {
    return false;
  }
}
