package io.meridian.proxy.telemetry;

/**
 * The sum of ln(ms) of many round trips and their number, in one {@code long}, so that a reader on
 * another thread never sees the one without the other: number in the low 24 bits, sum in the 40
 * above, as a multiple of 1/4096 with 8 added to each sample to keep it positive (it holds 0.4 µs
 * to 1 h). Both wrap; the difference of two readings is exact while fewer than 2^23 samples lie
 * between.
 */
final class RoundTrips {
  private static final int COUNT_BITS = 24;
  private static final double SCALE = 4096;
  private static final double OFFSET = 8;
  private static final double LN_NANOS_PER_MILLI = Math.log(1e6);

  private RoundTrips() {}

  /** What one round trip adds. */
  static long sample(long nanos) {
    double shifted = Math.log((double) Math.max(nanos, 400)) - LN_NANOS_PER_MILLI + OFFSET;
    return (Math.round(shifted * SCALE) << COUNT_BITS) + 1;
  }

  static int count(long difference) {
    return (int) (difference & ((1 << COUNT_BITS) - 1));
  }

  static double logSum(long difference) {
    return (difference >>> COUNT_BITS) / SCALE - OFFSET * count(difference);
  }
}
