package io.meridian.proxy.exchange;

import io.meridian.proxy.http.Method;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.routing.CompiledRoute;
import io.meridian.proxy.routing.RoutedRegion;
import io.meridian.proxy.routing.Steering;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** Sends a client to the same place over TLS, or at a region's own address. */
final class Redirect {
  private static final int STANDARD_PORT = 443;

  private Redirect() {}

  /**
   * The answer: 301 to GET and HEAD, which old clients know, else 308, which keeps the method and
   * the body (RFC 9110, 15.4). Host and target have passed the parser, so neither can end the
   * field.
   */
  static ErrorAnswer toHttps(RequestHead head, int port) {
    if (head.hostLength() == 0) {
      return new ErrorAnswer(400, "no host to redirect to", "http_request_error", "", 0, true);
    }
    StringBuilder location = new StringBuilder("https://");
    location.append(text(head, head.hostStart(), head.hostLength()));
    if (port != STANDARD_PORT) {
      location.append(':').append(port);
    }
    String target = text(head, head.targetStart(), head.targetLength());
    if (target.startsWith("/")) {
      location.append(target); // the asterisk form has no place to go to but the host
    }
    boolean old = head.method() == Method.GET || head.method() == Method.HEAD;
    return new ErrorAnswer(
        old ? 301 : 308, "use https", null, "", 0, head.hasBody(), location.toString(), "");
  }

  /** The answer that sends it to a region which is nearer to it. */
  static ErrorAnswer toRegion(CompiledRoute route, RoutedRegion to, RequestHead head, boolean tls) {
    Steering steering = Objects.requireNonNull(route.steering(), "the route steers nobody");
    return new ErrorAnswer(
        steering.status(),
        "nearer to you",
        null,
        "",
        0,
        false,
        steering.location(to, head),
        steering.setCookie(tls));
  }

  private static String text(RequestHead head, int start, int length) {
    return new String(head.bytes(), start, length, StandardCharsets.US_ASCII);
  }
}
