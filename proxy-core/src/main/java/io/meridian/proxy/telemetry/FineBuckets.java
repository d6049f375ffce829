package io.meridian.proxy.telemetry;

/**
 * A histogram of durations whose buckets are an eighth of a power of two wide, so that quantiles
 * are right within 7 %: from 1 µs to 4 minutes. For what is measured now and then, not always.
 */
final class FineBuckets {
  private static final int PER_OCTAVE = 8;
  private static final int OCTAVES = 26;

  /** Slots that it takes in a row of {@link Cells}. */
  static final int SLOTS = PER_OCTAVE * OCTAVES;

  private FineBuckets() {}

  /** The slot of a duration. */
  static int slot(long nanos) {
    long micros = Math.max(0, nanos / 1000);
    if (micros < PER_OCTAVE) {
      return (int) micros;
    }
    int exponent = 63 - Long.numberOfLeadingZeros(micros);
    int within = (int) (micros >>> (exponent - 3)) & (PER_OCTAVE - 1);
    return Math.min(SLOTS - 1, (exponent - 2) * PER_OCTAVE + within);
  }

  /** The least duration of a slot, in microseconds. */
  static long micros(int slot) {
    if (slot < PER_OCTAVE) {
      return slot;
    }
    int exponent = slot / PER_OCTAVE + 2;
    return (long) (PER_OCTAVE + slot % PER_OCTAVE) << (exponent - 3);
  }

  /**
   * The duration that this part of all stays within, in milliseconds: the middle of its slot.
   *
   * @param ratio 0 to 1
   * @return NaN if nothing was counted
   */
  static double quantileMillis(long[] counts, double ratio) {
    long total = 0;
    for (long count : counts) {
      total += count;
    }
    long wanted = Math.max(1, (long) Math.ceil(total * ratio));
    long seen = 0;
    for (int i = 0; i < counts.length && total > 0; i++) {
      seen += counts[i];
      if (seen >= wanted) {
        return (micros(i) + micros(i + 1)) / 2000.0;
      }
    }
    return Double.NaN;
  }
}
