package io.meridian.proxy.http;

import java.util.List;

/**
 * The trailer section of a chunked body. Fields that a trailer must not carry (RFC 9110, 6.5.1),
 * since they frame, route, authenticate or control, are not end-to-end here: nothing passes them
 * on.
 */
public final class Trailers extends FieldSection {
  private static final HeadLimits LIMITS = new HeadLimits(16, 8192, 64);

  private static final List<String> FORBIDDEN =
      List.of(
          "accept",
          "accept-encoding",
          "age",
          "authentication-info",
          "cache-control",
          "content-encoding",
          "content-location",
          "content-range",
          "content-type",
          "early-data",
          "expires",
          "if-match",
          "if-modified-since",
          "if-none-match",
          "if-range",
          "if-unmodified-since",
          "location",
          "max-forwards",
          "origin",
          "pragma",
          "range",
          "sec-websocket-accept",
          "sec-websocket-extensions",
          "sec-websocket-protocol",
          "sec-websocket-version",
          "strict-transport-security",
          "vary",
          "warning",
          "www-authenticate");

  public Trailers() {
    super(LIMITS, NAME_START);
  }

  @Override
  Fault startLine(int to) {
    return Fault.REQUEST_LINE;
  }

  @Override
  Fault startLineTooLong() {
    return Fault.HEAD_TOO_LARGE;
  }

  @Override
  boolean aliases() {
    return false;
  }

  @Override
  Fault complete() {
    for (int i = 0; i < fieldCount(); i++) {
      if (fieldId(i) != FieldId.OTHER || forbidden(i)) {
        drop(i);
      }
    }
    return Fault.NONE;
  }

  private boolean forbidden(int field) {
    for (int i = 0; i < FORBIDDEN.size(); i++) {
      if (Chars.is(bytes, nameStart(field), nameLength(field), FORBIDDEN.get(i))) {
        return true;
      }
    }
    return false;
  }
}
