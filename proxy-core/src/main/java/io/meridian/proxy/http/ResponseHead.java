package io.meridian.proxy.http;

/** A response's head. */
public final class ResponseHead extends Head {
  public ResponseHead(HeadLimits limits) {}

  public int status() {
    throw new UnsupportedOperationException();
  }

  public int reasonStart() {
    throw new UnsupportedOperationException();
  }

  public int reasonLength() {
    throw new UnsupportedOperationException();
  }

  /** 1xx other than 101: another head follows. */
  public boolean informational() {
    throw new UnsupportedOperationException();
  }

  /** 101. */
  public boolean upgraded() {
    throw new UnsupportedOperationException();
  }

  /**
   * The method of the request that this answers, an id of {@link Method}. Survives {@link #clear}.
   */
  public void expectFor(int requestMethod) {
    throw new UnsupportedOperationException();
  }

  public BodyKind body() {
    throw new UnsupportedOperationException();
  }
}
