package io.meridian.health;

/**
 * Folds round trips into an {@link Estimate}: an exponentially weighted mean and variance of ln(ms)
 * for samples at irregular times, on top of a prior. Nothing is clipped: on a log scale a spike
 * weighs little by itself. The mean alone would follow a real shift only within its time constant,
 * so samples in a row that lie far off on one side start the estimate anew at their own mean.
 *
 * @see "A. Eckner, Algorithms for Unevenly Spaced Time Series: Moving Averages"
 */
public final class LatencyEstimator {
  /** Time constant of the mean. */
  static final double TAU_NANOS = 15e9;

  /** Variance of one sample of ln(ms): gives the first sample a gain of 0.83 over geography. */
  static final double SAMPLE_VARIANCE = 0.0223;

  /** Samples in a row, far off on one side, that prove a shift. */
  static final int SHIFT_RUN = 3;

  private static final double SHIFT_DEVIATIONS = 3;
  private static final double SHIFT_LOG = 0.25;
  private static final double SHIFT_MILLIS = 2;
  private static final double MIN_MILLIS = 0.01;

  private LatencyEstimator() {}

  /**
   * Folds in one round trip.
   *
   * @param millis milliseconds, not negative
   */
  public static Estimate sample(Estimate e, double millis, long nowNanos) {
    if (!(millis >= 0)) {
      throw new IllegalArgumentException("millis: " + millis + " (expected: 0 or more)");
    }
    double x = Math.log(Math.max(millis, MIN_MILLIS));
    int side = isFar(e, x, nowNanos) ? (x > e.steadyLogMean() ? 1 : -1) : 0;
    boolean runs = side != 0 && side == Integer.signum(e.run());
    int run = runs ? e.run() + side : side;
    double sum = side == 0 ? 0 : runs ? e.runLogSum() + x : x;
    if (Math.abs(run) >= SHIFT_RUN) {
      double variance = Math.max(SAMPLE_VARIANCE, e.logVariance() / 2);
      return new Estimate(
          sum / SHIFT_RUN,
          variance,
          e.prior(),
          e.samples() + 1,
          nowNanos,
          0,
          0,
          sum / SHIFT_RUN,
          variance);
    }
    return fold(e, x, gain(e, nowNanos), e.samples() + 1, nowNanos, run, sum);
  }

  /**
   * A failure: slower than what is believed, never faster. It has the weight of the time since the
   * last sample, so that many at once weigh no more than one.
   *
   * @param millis how long the failed attempt took
   */
  public static Estimate penalty(Estimate e, double millis, long nowNanos) {
    if (e.samples() == 0) {
      return e;
    }
    double x = Math.max(e.logMean() + Math.log(2), Math.log(Math.max(millis, MIN_MILLIS)));
    return fold(e, x, byTime(e, nowNanos), e.samples(), nowNanos, e.run(), e.runLogSum());
  }

  private static Estimate fold(
      Estimate e, double x, double w, long samples, long nowNanos, int run, double runLogSum) {
    double d = x - e.logMean();
    double mean = e.logMean() + w * d;
    double variance = (1 - w) * (logVariance(e, nowNanos) + w * d * d);
    boolean begins = run != 0 && e.run() == 0;
    return new Estimate(
        mean,
        variance,
        e.prior(),
        samples,
        nowNanos,
        run,
        runLogSum,
        run == 0 ? mean : begins ? e.logMean() : e.steadyLogMean(),
        run == 0 ? variance : begins ? e.logVariance() : e.steadyLogVariance());
  }

  /** Whether a sample of ln(ms) is so far off that it may be a shift. */
  static boolean isFar(Estimate e, double x, long nowNanos) {
    if (e.samples() < SHIFT_RUN) {
      return false;
    }
    double variance = e.run() == 0 ? logVariance(e, nowNanos) : e.steadyLogVariance();
    double far = Math.max(SHIFT_LOG, SHIFT_DEVIATIONS * Math.sqrt(variance));
    return Math.abs(x - e.steadyLogMean()) > far
        && Math.abs(Math.exp(x) - Math.exp(e.steadyLogMean())) > SHIFT_MILLIS;
  }

  /**
   * The first samples share their weight evenly with each other, and the prior has the weight that
   * its variance earns; later the time since the last sample decides.
   */
  private static double gain(Estimate e, long nowNanos) {
    double even = 1 / (e.samples() + 1 + SAMPLE_VARIANCE / e.prior().logVariance());
    if (e.samples() == 0) {
      return even;
    }
    return Math.max(byTime(e, nowNanos), even);
  }

  private static double byTime(Estimate e, long nowNanos) {
    return -Math.expm1(-Math.max(0, nowNanos - e.lastNanos()) / TAU_NANOS);
  }

  /** As of the last sample for 3 time constants, then back to the prior's within some more. */
  static double logVariance(Estimate e, long nowNanos) {
    double idle = e.samples() == 0 ? 0 : nowNanos - e.lastNanos() - 3 * TAU_NANOS;
    if (idle <= 0) {
      return e.logVariance();
    }
    double prior = Math.max(e.prior().logVariance(), e.logVariance());
    return prior + (e.logVariance() - prior) * Math.exp(-idle / TAU_NANOS);
  }
}
