package io.meridian.proxy.exchange;

/**
 * Whether an event loop is late for good: three times in a row, since one pause alone is over when
 * it is seen, and to turn requests away then would help nobody. For one thread.
 */
final class Lateness {
  private static final int IN_A_ROW = 3;

  private int late;

  /**
   * The loop did something that was due so long ago.
   *
   * @param boundNanos 0: never too late
   */
  void sample(long lateNanos, long boundNanos) {
    late = boundNanos > 0 && lateNanos > boundNanos ? Math.min(IN_A_ROW, late + 1) : 0;
  }

  boolean overloaded() {
    return late >= IN_A_ROW;
  }
}
