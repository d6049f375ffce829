package io.meridian.proxy.http2;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;

/**
 * A request's head, as the proxy has written it for HTTP/1.1, in the fields of HTTP/2. Pure.
 *
 * @see "RFC 9113, 8.3.1; RFC 8441, 5 for WebSocket"
 */
public final class RequestFields {
  private static final AsciiString HOST = AsciiString.cached("host");
  private static final AsciiString KEY = AsciiString.cached("sec-websocket-key");
  private static final AsciiString TE = AsciiString.cached("te");
  private static final AsciiString TRAILERS = AsciiString.cached("trailers");
  private static final AsciiString CONNECT = AsciiString.cached("CONNECT");
  private static final AsciiString PROTOCOL = AsciiString.cached(":protocol");
  private static final AsciiString WEBSOCKET = AsciiString.cached("websocket");
  private static final AsciiString AUTHORIZATION = AsciiString.cached("authorization");
  private static final AsciiString PROXY_AUTHORIZATION = AsciiString.cached("proxy-authorization");
  private static final AsciiString COOKIE = AsciiString.cached("cookie");

  private RequestFields() {}

  /**
   * The fields of a request.
   *
   * @param head text of the proxy's own, with an array; it may be overwritten afterwards
   * @param scheme of the connection
   * @param trailers whether the client takes trailers ({@code te: trailers})
   * @param webSocket whether it asks for WebSocket: an extended CONNECT then
   */
  public static Http2Headers of(ByteBuf head, String scheme, boolean trailers, boolean webSocket) {
    byte[] b = head.array();
    int from = head.arrayOffset() + head.readerIndex();
    int to = from + head.readableBytes();
    int afterMethod = Sections.indexOf(b, ' ', from, to);
    int afterTarget = Sections.indexOf(b, ' ', afterMethod + 1, to);
    int lines = Sections.indexOf(b, '\n', afterTarget, to) + 1;
    DefaultHttp2Headers fields = new DefaultHttp2Headers(false, 32);
    fields.method(webSocket ? CONNECT : new AsciiString(b, from, afterMethod - from, true));
    if (webSocket) {
      fields.set(PROTOCOL, WEBSOCKET);
    }
    fields.scheme(AsciiString.of(scheme));
    fields.path(new AsciiString(b, afterMethod + 1, afterTarget - afterMethod - 1, true));
    Sections.read(
        b,
        lines,
        to,
        (name, value) -> {
          if (HOST.contentEquals(name)) {
            if (!value.isEmpty()) {
              fields.authority(value);
            }
          } else if (!Sections.connectionSpecific(name)
              && !(webSocket && KEY.contentEquals(name))) {
            fields.add(name, value);
          }
        });
    if (trailers) {
      fields.set(TE, TRAILERS);
    }
    return fields;
  }

  /** The fields of a trailer section. */
  public static Http2Headers trailers(ByteBuf section) {
    DefaultHttp2Headers fields = new DefaultHttp2Headers(false, 8);
    int from = section.arrayOffset() + section.readerIndex();
    Sections.read(section.array(), from, from + section.readableBytes(), fields::add);
    return fields;
  }

  /**
   * Whether a field must not enter the table that requests of several clients share (RFC 7541,
   * 7.1).
   */
  public static boolean secret(CharSequence name, CharSequence value) {
    return AUTHORIZATION.contentEquals(name)
        || PROXY_AUTHORIZATION.contentEquals(name)
        || COOKIE.contentEquals(name);
  }
}
