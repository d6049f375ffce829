package io.meridian.proxy.exchange;

import java.util.concurrent.atomic.AtomicLong;

/**
 * A token bucket that is one number: when the next token would be due if they came evenly. A bucket
 * that was left alone until it is full again is no different from a new one. Any thread.
 *
 * @see "ITU-T I.371, annex A: generic cell rate algorithm, virtual scheduling"
 */
final class TokenBucket {
  private final AtomicLong dueNanos;

  /** A full bucket. */
  TokenBucket(long nowNanos) {
    dueNanos = new AtomicLong(nowNanos);
  }

  /**
   * Takes a token; 0 if there was one, else the nanoseconds until there is.
   *
   * @param intervalNanos in which one token comes
   * @param burst tokens that a full bucket holds, from 1
   */
  long take(long nowNanos, long intervalNanos, int burst) {
    while (true) {
      long due = dueNanos.get();
      long from = due - nowNanos > 0 ? due : nowNanos;
      long wait = from - nowNanos - (burst - 1) * intervalNanos;
      if (wait > 0) {
        return wait;
      }
      if (dueNanos.compareAndSet(due, from + intervalNanos)) {
        return 0;
      }
    }
  }
}
