package io.meridian.proxy.exchange;

/**
 * How many retries and hedges one event loop may add to its requests: each request earns a fraction
 * of one, time earns a few a second, and what is saved is bounded. One thread.
 *
 * @see "Finagle, RetryBudget"
 */
public final class RetryBudget {
  /** Saved up at most, so that a burst of failures after calm times is absorbed. */
  private static final double CAP = 100;

  private double perRequest;
  private double perNano;
  private double tokens;
  private long lastNanos;

  /**
   * @param percent of requests that may be retried or hedged
   * @param floorPerSecond always allowed
   */
  public RetryBudget(int percent, double floorPerSecond, long nowNanos) {
    configure(percent, floorPerSecond);
    lastNanos = nowNanos;
    tokens = Math.max(10, floorPerSecond * 10);
  }

  public final void configure(int percent, double floorPerSecond) {
    perRequest = percent / 100.0;
    perNano = floorPerSecond / 1e9;
  }

  /** A request has come. */
  public void earn() {
    tokens = Math.min(CAP, tokens + perRequest);
  }

  /** Spends one; false if there is none. */
  public boolean spend(long nowNanos) {
    tokens = Math.min(CAP, tokens + (nowNanos - lastNanos) * perNano);
    lastNanos = nowNanos;
    if (tokens < 1) {
      return false;
    }
    tokens--;
    return true;
  }

  /** What is left. */
  public double left() {
    return tokens;
  }
}
