package io.meridian.proxy.exchange;

import io.meridian.proxy.upstream.TimeToFirstByte;

/** When an answer that has not begun is late, against what its endpoint usually takes. */
final class Overdue {
  /** A timer that fires this much late speaks of this process, not of the endpoint. */
  static final long OWN_STALL_NANOS = 15_000_000;

  /** What answers that may wait in our sockets are given after a stall of ours. */
  static final long GRACE_NANOS = 10_000_000;

  private static final long MARGIN_NANOS = 10_000_000;
  private static final long UNKNOWN_NANOS = 200_000_000;

  private Overdue() {}

  /** Nanoseconds after the request was sent. */
  static long after(Attempt attempt) {
    TimeToFirstByte usual = attempt.pool().firstByte();
    long roundTrip = attempt.region().estimateNanos();
    if (!usual.known()) {
      return 2 * roundTrip + UNKNOWN_NANOS;
    }
    long late = Math.max(usual.lateNanos(), usual.usualNanos() * 5 / 4);
    return Math.max(late, roundTrip) + MARGIN_NANOS;
  }
}
