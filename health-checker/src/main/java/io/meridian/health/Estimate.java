package io.meridian.health;

/**
 * What is believed about one round trip: a normal distribution of ln(milliseconds). Immutable; made
 * by {@link LatencyEstimator}.
 *
 * @param logMean mean of ln(ms)
 * @param logVariance variance of ln(ms) as of the last sample
 * @param prior what was believed before any sample
 * @param samples how many samples it holds; 0: only the prior
 * @param lastNanos ticker time of the last sample; meaningless while there is none
 * @param run samples in a row that lie far above (positive) or far below (negative) the mean
 * @param runLogSum sum of ln(ms) over that run
 * @param steadyLogMean the mean when the run began
 * @param steadyLogVariance the variance when the run began
 */
public record Estimate(
    double logMean,
    double logVariance,
    Prior prior,
    long samples,
    long lastNanos,
    int run,
    double runLogSum,
    double steadyLogMean,
    double steadyLogVariance) {

  /** Nothing but the prior. */
  public static Estimate of(Prior prior) {
    double m = prior.logMean();
    double v = prior.logVariance();
    return new Estimate(m, v, prior, 0, 0, 0, 0, m, v);
  }

  /** Median of the round trip, in milliseconds. */
  public double millis() {
    return Math.exp(logMean);
  }

  /** Standard deviation of ln(ms) now: old knowledge fades to the prior's. */
  public double logDeviation(long nowNanos) {
    return Math.sqrt(LatencyEstimator.logVariance(this, nowNanos));
  }
}
