package io.meridian.proxy.http;

/** A request's head, checked as a whole and with its target normalised. */
public final class RequestHead extends Head {
  public RequestHead(HeadLimits limits) {}

  /** An id of {@link Method}. */
  public int method() {
    throw new UnsupportedOperationException();
  }

  public int methodStart() {
    throw new UnsupportedOperationException();
  }

  public int methodLength() {
    throw new UnsupportedOperationException();
  }

  /** Origin-form path and query as to be forwarded, or {@code *}. */
  public int targetStart() {
    throw new UnsupportedOperationException();
  }

  public int targetLength() {
    throw new UnsupportedOperationException();
  }

  public int pathStart() {
    throw new UnsupportedOperationException();
  }

  public int pathLength() {
    throw new UnsupportedOperationException();
  }

  /**
   * Effective host without port and trailing dot, in lower case; length 0 if HTTP/1.0 gave none.
   */
  public int hostStart() {
    throw new UnsupportedOperationException();
  }

  public int hostLength() {
    throw new UnsupportedOperationException();
  }

  /** Effective host and port, from the absolute-form target or else Host. */
  public int authorityStart() {
    throw new UnsupportedOperationException();
  }

  public int authorityLength() {
    throw new UnsupportedOperationException();
  }

  public boolean expectContinue() {
    throw new UnsupportedOperationException();
  }

  /** A WebSocket upgrade: GET, HTTP/1.1, no body, both fields. */
  public boolean upgrade() {
    throw new UnsupportedOperationException();
  }

  public boolean hasBody() {
    throw new UnsupportedOperationException();
  }

  public BodyKind body() {
    throw new UnsupportedOperationException();
  }

  public boolean safe() {
    return Method.safe(method());
  }

  public boolean idempotent() {
    return Method.idempotent(method());
  }
}
