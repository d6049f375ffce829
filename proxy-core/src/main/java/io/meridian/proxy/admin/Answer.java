package io.meridian.proxy.admin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;

/**
 * What an admin request is answered with.
 *
 * @param allow the methods that the path knows; empty unless the method was another
 */
@SuppressWarnings("ArrayRecordComponent") // written out, never compared
record Answer(HttpResponseStatus status, String contentType, byte[] body, String allow) {
  static final String JSON = "application/json";
  static final String TEXT = "text/plain; charset=utf-8";

  static Answer of(HttpResponseStatus status, String contentType, String body) {
    return new Answer(status, contentType, body.getBytes(UTF_8), "");
  }

  static Answer ok(String contentType, String body) {
    return of(HttpResponseStatus.OK, contentType, body);
  }

  /** With headers that keep a browser from doing anything but showing it. */
  FullHttpResponse response() {
    FullHttpResponse response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(body));
    secure(response.headers())
        .set(HttpHeaderNames.CONTENT_TYPE, contentType)
        .setInt(HttpHeaderNames.CONTENT_LENGTH, body.length);
    if (status.equals(HttpResponseStatus.UNAUTHORIZED)) {
      response.headers().set(HttpHeaderNames.WWW_AUTHENTICATE, "Bearer realm=\"meridian\"");
    }
    if (!allow.isEmpty()) {
      response.headers().set(HttpHeaderNames.ALLOW, allow);
    }
    return response;
  }

  /** Adds what keeps a browser from doing anything with an answer but showing it. */
  static HttpHeaders secure(HttpHeaders headers) {
    return headers
        .set(HttpHeaderNames.CACHE_CONTROL, "no-store")
        .set(
            HttpHeaderNames.CONTENT_SECURITY_POLICY,
            "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
        .set(HttpHeaderNames.X_FRAME_OPTIONS, "DENY")
        .set("x-content-type-options", "nosniff")
        .set("referrer-policy", "no-referrer")
        .set("cross-origin-resource-policy", "same-origin");
  }
}
