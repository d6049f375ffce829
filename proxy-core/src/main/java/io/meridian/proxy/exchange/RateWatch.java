package io.meridian.proxy.exchange;

/**
 * Whether something moves fast enough, judged window by window: what was fast once earns no right
 * to be slow later. It knows no clock; counts only grow. For one thread.
 */
public final class RateWatch {
  private long startNanos;
  private long startCount;

  /** A window begins. */
  public void start(long nowNanos, long count) {
    startNanos = nowNanos;
    startCount = count;
  }

  /** When the window ends. */
  public long dueNanos(long windowNanos) {
    return startNanos + windowNanos;
  }

  /**
   * Whether a window is full in which too little moved; if enough has, the next one begins.
   *
   * @param perSecond what must move in a second on average; 0: anything at all
   */
  public boolean tooSlow(long nowNanos, long count, long perSecond, long windowNanos) {
    long passed = nowNanos - startNanos;
    if (passed < windowNanos) {
      return false;
    }
    double least = Math.max(1, perSecond * (passed / 1e9));
    if (count - startCount < least) {
      return true;
    }
    start(nowNanos, count);
    return false;
  }
}
