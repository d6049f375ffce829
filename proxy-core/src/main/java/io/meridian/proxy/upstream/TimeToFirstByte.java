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

  private double mean;
  private double variance;
  private int samples;

  /** Folds in one answer. */
  public void add(long nanos) {
    double x = Math.log(Math.max(nanos, 1_000));
    if (samples == 0) {
      mean = x;
    }
    samples = Math.min(samples + 1, Integer.MAX_VALUE - 1);
    double gain = Math.max(GAIN, 1.0 / samples);
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
    return (long) Math.exp(mean + Z * Math.sqrt(variance));
  }

  /** Nanoseconds of a usual answer; 0 if none was seen. */
  public long usualNanos() {
    return samples == 0 ? 0 : (long) Math.exp(mean);
  }
}
