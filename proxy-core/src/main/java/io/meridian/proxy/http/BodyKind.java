package io.meridian.proxy.http;

/** How the end of a body is found (RFC 9112, 6.3). */
public enum BodyKind {
  NONE,
  LENGTH,
  CHUNKED,
  /** Responses only: the body ends with the connection. */
  UNTIL_CLOSE
}
