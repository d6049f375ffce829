package io.meridian.proxy.upstream;

/**
 * How long an endpoint takes from the end of a request to the first byte of the answer: running
 * mean and variance of its logarithm over about the last fifty answers, and from these a time by
 * which nearly every answer has begun.
 *
 * @see "P. M. West: Updating mean and variance estimates, 1979"
 */
public final class TimeToFirstByte {
  private static final double GAIN = 0.04;
  private static final int ENOUGH = 10;

  /** Standard normal quantile of 99.5 %. */
  private static final double Z = 2.58;

  /** However widely answers vary, later than so many usual ones and a margin is late. */
  private static final long MOST_USUALS = 8;

  private static final long MARGIN_NANOS = 100_000_000;

  private double mean;
  private double variance;
  private int samples;

  /** Folds in one answer. */
  public void add(long nanos) {
    double x = Math.log((double) Math.max(nanos, 1_000));
    if (samples == 0) {
      mean = x;
    }
    samples = Math.min(samples + 1, Integer.MAX_VALUE - 1);
    double gain = Math.max(GAIN, 1.0 / samples);
    if (known()) {
      // What is late must stay late for a while, even if much is: so an outlier counts as just
      // late.
      x = Math.min(x, mean + Z * Math.sqrt(variance) + 0.1);
    }
    double delta = x - mean;
    mean += gain * delta;
    variance = (1 - gain) * (variance + gain * delta * delta);
  }

  /** Whether enough answers were seen to tell what is late. */
  public boolean known() {
    return samples >= ENOUGH;
  }

  /** Nanoseconds after which an answer is late; only if {@link #known}. */
  public long lateNanos() {
    long late = (long) Math.exp(mean + Z * Math.sqrt(variance));
    return Math.min(late, MOST_USUALS * usualNanos() + MARGIN_NANOS);
  }

  /** Nanoseconds of a usual answer; 0 if none was seen. */
  public long usualNanos() {
    return samples == 0 ? 0 : (long) Math.exp(mean);
  }
}
