package io.meridian.proxy.exchange;

/**
 * A limit of requests in flight that follows the answers' times: it shrinks while they take longer
 * than they used to, since requests queue somewhere then, and else grows by what may queue. One
 * thread.
 *
 * <p>Each step: {@code gradient = clamp(1.5 * usual / now, 0.5, 1)}, {@code limit = 0.8 * limit +
 * 0.2 * (gradient * limit + 4)}, from a tenth of the configured limit to all of it; {@code usual}
 * is an average over 600 steps that falls faster while it is more than twice as long as now. A
 * limit that is not half used stays, since its answers say nothing about it.
 *
 * @see "Netflix concurrency-limits, Gradient2Limit"
 */
final class Gradient {
  private static final double TOLERANCE = 1.5;
  private static final double SMOOTHING = 0.2;
  private static final double QUEUE = 4;
  private static final int WARM_UP = 10;
  private static final int WINDOW = 600;
  private static final int MIN_SAMPLES = 10;

  private final double most;
  private final double least;
  private double limit;
  private double usual;
  private int steps;
  private double sum;
  private int samples;

  Gradient(double most) {
    this.most = most;
    this.least = Math.max(1, most / 10);
    this.limit = most;
  }

  /**
   * Takes a measurement in; a step is made when there are enough.
   *
   * @param millis mean of so many samples
   * @param inFlight at this moment
   * @return the limit from now on
   */
  double next(double millis, int count, double inFlight) {
    sum += millis * count;
    samples += count;
    if (samples < MIN_SAMPLES) {
      return limit;
    }
    double now = sum / samples;
    sum = 0;
    samples = 0;
    steps++;
    usual += (now - usual) * (steps <= WARM_UP ? 1.0 / steps : 2.0 / (WINDOW + 1));
    if (usual > 2 * now) {
      usual *= 0.95;
    }
    if (inFlight >= limit / 2) {
      double gradient = Math.clamp(TOLERANCE * usual / now, 0.5, 1);
      double wanted = gradient * limit + QUEUE;
      limit = Math.clamp(limit * (1 - SMOOTHING) + wanted * SMOOTHING, least, most);
    }
    return limit;
  }
}
