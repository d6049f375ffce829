package io.meridian.proxy.exchange;

/**
 * How long a short answer is held back while it is not whole: a cut one can then be fetched again
 * without the client seeing it. Longer ones, and slow ones, are passed on as they come.
 */
final class ResponseHold {
  /** Gathered bytes beyond which nothing is held. */
  static final int BYTES = 32 * 1024;

  /** Since the last byte came. */
  static final long NANOS = 10_000_000;

  private ResponseHold() {}
}
