package io.meridian.proxy.routing;

/**
 * How loaded regions are at one moment, and what they can take, by region index. Requests in flight
 * or requests a second: the rules are the same. Reusable; one request's.
 */
public final class Loads {
  private double[] used = new double[0];
  private double[] soft = new double[0];
  private double[] hard = new double[0];
  private double[] lossMillis = new double[0];
  private int full = -1;

  /** Begins anew: no region has a capacity. */
  public void clear(int regions) {
    if (used.length < regions) {
      used = new double[regions];
      soft = new double[regions];
      hard = new double[regions];
      lossMillis = new double[regions];
    }
    for (int i = 0; i < regions; i++) {
      used[i] = 0;
      soft[i] = Double.MAX_VALUE;
      hard[i] = Double.MAX_VALUE;
    }
    full = -1;
  }

  /**
   * What is known of one region.
   *
   * @param load that it has
   * @param softLimit from which on requests leave it
   * @param hardLimit at which it gets no more
   * @param loss that a request may suffer by leaving halfway between the two, in milliseconds
   */
  public void set(int region, double load, double softLimit, double hardLimit, double loss) {
    used[region] = load;
    soft[region] = softLimit;
    hard[region] = hardLimit;
    lossMillis[region] = loss;
  }

  /** Index of the region whose capacity the last decision met; -1: of none. */
  public int full() {
    return full;
  }

  void full(int region) {
    full = region;
  }

  boolean limited(int region) {
    return hard[region] != Double.MAX_VALUE;
  }

  boolean belowSoft(int region) {
    return used[region] < soft[region];
  }

  boolean belowHard(int region) {
    return used[region] < hard[region];
  }

  /**
   * The most that a request may lose by leaving this region, which is at its soft limit or beyond:
   * 0 at the soft limit, without bound towards the hard one.
   */
  double bearableMillis(int region) {
    double pressure = pressure(region);
    return pressure >= 1 ? Double.MAX_VALUE : lossMillis[region] * pressure / (1 - pressure);
  }

  /** Where between its soft limit, 0, and its hard one, 1, the region is. */
  private double pressure(int region) {
    double room = hard[region] - soft[region];
    return room <= 0 ? 1 : Math.clamp((used[region] - soft[region]) / room, 0, 1);
  }

  String text(int region) {
    return String.format(
        java.util.Locale.ROOT,
        "load %.0f, soft limit %.0f, hard limit %.0f",
        used[region],
        soft[region],
        hard[region]);
  }
}
