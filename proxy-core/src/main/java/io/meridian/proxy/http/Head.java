package io.meridian.proxy.http;

/** The head of a message. Reusable, one thread. */
public abstract sealed class Head extends FieldSection permits RequestHead, ResponseHead {
  Head() {}

  /** -1: absent. */
  public long contentLength() {
    throw new UnsupportedOperationException();
  }

  public boolean chunked() {
    throw new UnsupportedOperationException();
  }

  /** From version and Connection. */
  public boolean keepAlive() {
    throw new UnsupportedOperationException();
  }

  public int minorVersion() {
    throw new UnsupportedOperationException();
  }
}
