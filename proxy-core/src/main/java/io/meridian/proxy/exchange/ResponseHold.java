package io.meridian.proxy.exchange;

import io.meridian.proxy.http.BodyKind;
import io.meridian.proxy.http.ResponseHead;

/**
 * How long a short answer is held back while it is not whole: a cut one can then be fetched again
 * without the client seeing it. Longer ones, and slow ones, are passed on as they come; what is
 * known to be short loses nothing by waiting, as nobody can use the half of it. Reused with its
 * exchange; event loop only.
 */
final class ResponseHold {
  /** Gathered bytes beyond which nothing is held. */
  static final int BYTES = 32 * 1024;

  /** Of an answer whose length is known, since its last byte came, beside a round trip. */
  private static final long KNOWN_NANOS = 100_000_000;

  /** Of an answer that may be a stream of events. */
  private static final long UNKNOWN_NANOS = 10_000_000;

  /** So many such waits at most in all, however the rest trickles in. */
  private static final int WAITS = 3;

  private boolean holding;
  private boolean knownLength;
  private long nanos;
  private long untilNanos;

  /**
   * An answer begins.
   *
   * @param repeatable whether the request could be sent again
   * @param deadlineNanos by when it must have begun for the client
   */
  void begin(
      ResponseHead head,
      boolean repeatable,
      long roundTripNanos,
      long nowNanos,
      long deadlineNanos) {
    holding = repeatable && !head.upgraded() && head.contentLength() <= BYTES;
    knownLength = head.body() == BodyKind.LENGTH;
    nanos = knownLength ? KNOWN_NANOS + roundTripNanos : UNKNOWN_NANOS;
    long most = nowNanos + WAITS * nanos;
    untilNanos = most - deadlineNanos < 0 ? most : deadlineNanos;
  }

  /** Whether nothing of the answer has been let go yet. */
  boolean holding() {
    return holding;
  }

  /** Whether it is known where the answer ends. */
  boolean knownLength() {
    return knownLength;
  }

  /** Until when to wait for more of it. */
  long until(long lastDataNanos) {
    long next = lastDataNanos + nanos;
    return next - untilNanos < 0 ? next : untilNanos;
  }

  /** Whether it has stopped, and not only been slow. */
  boolean stalled(long lastDataNanos, long nowNanos) {
    return nowNanos - lastDataNanos >= nanos;
  }

  void release() {
    holding = false;
  }
}
