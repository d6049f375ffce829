package io.meridian.proxy.routing;

/**
 * Round trips from one group of clients, to each of a few places: the mean of ln(ms), a weight that
 * halves every hour, and what is told of it. What is told follows the mean by the two speeds of the
 * switch rule, so that the scatter of reports changes no order: at once as long as little is known;
 * then if it is off by 10 % and 5 ms in three reports in a row and stood for 30 s, or by 30 % and
 * 25 ms and stood for 10 s. Any thread.
 *
 * @see io.meridian.health.SwitchRule
 */
final class GroupEstimates {
  private static final long HEARD_SECONDS = 10;
  private static final double HALF_LIFE_SECONDS = 3600;
  private static final double LEAST_WEIGHT = 0.05;

  /** Wary groups do not believe more than twice or less than half of what they know. */
  private static final double STEP = Math.log(2);

  private static final double WARY_FROM = 4;
  private static final double SETTLED = 3; // reports
  private static final int REPORTS = 3;
  private static final long DWELL_SECONDS = 30;
  private static final long FAST_DWELL_SECONDS = 10;

  private final float[] mean;
  private final float[] weight;
  private final int[] atSeconds;
  private final float[] told;
  private final int[] toldSeconds;
  private final byte[] off; // reports in a row after which what is told was off
  private long heardSeconds = Long.MIN_VALUE / 2;

  GroupEstimates(int places) {
    mean = new float[places];
    weight = new float[places];
    atSeconds = new int[places];
    told = new float[places];
    toldSeconds = new int[places];
    off = new byte[places];
  }

  /** Whether it is time to hear this group again. */
  synchronized boolean hear(long nowSeconds) {
    if (nowSeconds - heardSeconds < HEARD_SECONDS) {
      return false;
    }
    heardSeconds = nowSeconds;
    return true;
  }

  /**
   * One report.
   *
   * @param most weight that all reports together may have
   * @param wary whether a single report may move the mean by little only
   */
  synchronized void add(int place, double logMillis, double most, boolean wary, long nowSeconds) {
    double before = weight(place, nowSeconds);
    double heard = logMillis;
    if (wary && before > WARY_FROM) {
      heard = Math.clamp(logMillis, mean[place] - STEP, mean[place] + STEP);
    }
    double after = Math.min(before + 1, most);
    mean[place] = (float) (before == 0 ? heard : mean[place] + (heard - mean[place]) / after);
    weight[place] = (float) after;
    atSeconds[place] = (int) nowSeconds;
    if (before < SETTLED || isTime(place, nowSeconds)) {
      told[place] = mean[place];
      toldSeconds[place] = (int) nowSeconds;
      off[place] = 0;
    }
  }

  /** Whether what is told has been off for long enough, or by enough. */
  private boolean isTime(int place, long nowSeconds) {
    double was = Math.exp(told[place]);
    double is = Math.exp(mean[place]);
    double gap = Math.abs(was - is);
    double slower = Math.max(was, is);
    int stood = (int) nowSeconds - toldSeconds[place];
    off[place] =
        gap > Math.max(5, 0.1 * slower) ? (byte) Math.min(off[place] + 1, REPORTS) : (byte) 0;
    return (gap > 25 && gap > 0.3 * slower && stood >= FAST_DWELL_SECONDS)
        || (off[place] >= REPORTS && stood >= DWELL_SECONDS);
  }

  private double weight(int place, long nowSeconds) {
    double age = Math.max(0, (int) nowSeconds - atSeconds[place]) / HALF_LIFE_SECONDS;
    double left = weight[place] * Math.pow(0.5, age);
    return left < LEAST_WEIGHT ? 0 : left;
  }

  /** Whether there is a word of its own about this place. */
  synchronized boolean knows(int place, long nowSeconds) {
    return weight(place, nowSeconds) > 0;
  }

  /** The wider group's word, as far as this one has none of its own. */
  synchronized double blend(int place, double wider, double doubt, long nowSeconds) {
    double own = weight(place, nowSeconds);
    return (own * told[place] + doubt * wider) / (own + doubt);
  }
}
