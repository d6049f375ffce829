package io.meridian.health;

import java.util.concurrent.TimeUnit;

/** Successes and failures of the last 5 seconds, in slots of half a second. Immutable. */
final class OutcomeWindow {
  static final OutcomeWindow EMPTY = new OutcomeWindow(0, new long[0], new long[0]);

  private static final long SLOT_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final int SLOTS = 10;

  private final long newest; // slot number of index 0; older ones follow
  private final long[] successes;
  private final long[] failures;

  private OutcomeWindow(long newest, long[] successes, long[] failures) {
    this.newest = newest;
    this.successes = successes;
    this.failures = failures;
  }

  OutcomeWindow plus(long moreSuccesses, long moreFailures, long nowNanos) {
    long slot = Math.floorDiv(nowNanos, SLOT_NANOS);
    long[] s = new long[SLOTS];
    long[] f = new long[SLOTS];
    for (int i = 0; i < successes.length; i++) {
      long age = slot - newest + i;
      if (age >= 0 && age < SLOTS) {
        s[(int) age] = successes[i];
        f[(int) age] = failures[i];
      }
    }
    s[0] += moreSuccesses;
    f[0] += moreFailures;
    return new OutcomeWindow(slot, s, f);
  }

  long successes(long nowNanos) {
    return sum(successes, nowNanos);
  }

  long failures(long nowNanos) {
    return sum(failures, nowNanos);
  }

  private long sum(long[] counts, long nowNanos) {
    long shift = Math.floorDiv(nowNanos, SLOT_NANOS) - newest;
    long sum = 0;
    for (int i = 0; i < counts.length && shift + i < SLOTS; i++) {
      sum += counts[i];
    }
    return sum;
  }
}
