package io.meridian.proxy.routing;

/**
 * How often each region of an order comes first. A region takes of what it is offered what its dial
 * and its share after an outage let it; the next is offered the rest. Where weights divide, each
 * region that has one is offered its part first. What nobody takes goes to a region that comes back
 * slowly, then to one for emergencies; else it is left over. Reusable; one thread.
 */
final class Division {
  private static final double NOTHING = 1e-9;

  private double[] weights = new double[0]; // negative: not among those that weights divide
  private double[] chances = new double[0];
  private double[] most = new double[0]; // that a region's dial lets it have
  private double left;

  /** Begins anew, for so many regions; no weight divides. */
  void begin(int count) {
    if (weights.length < count) {
      weights = new double[count];
      chances = new double[count];
      most = new double[count];
    }
    for (int i = 0; i < count; i++) {
      weights[i] = -1;
    }
  }

  /** Puts the region at this place among those that weights divide. */
  void weigh(int i, double weight) {
    weights[i] = weight;
  }

  /**
   * @param ordered regions that are up, as they are tried
   */
  void divide(RoutedRegion[] ordered, int count) {
    left = 1;
    int members = 0;
    double total = 0;
    for (int i = 0; i < count; i++) {
      chances[i] = 0;
      most[i] = 0;
      members += weights[i] < 0 ? 0 : 1;
      total += Math.max(0, weights[i]);
    }
    boolean divided = members > 1 && total > 0;
    if (divided) {
      byWeight(ordered, count, total);
    }
    for (int i = 0; i < count; i++) {
      if (!divided || weights[i] <= 0) {
        offer(i, ordered[i], left);
      }
    }
    for (int i = 0; i < count && left > NOTHING; i++) { // those that come back slowly
      if (ordered[i].share() < 1) {
        take(i, ordered[i].dial() == 1 ? left : Math.min(left, most[i] - chances[i]));
      }
    }
    for (int i = 0; i < count && left > NOTHING; i++) {
      if (ordered[i].emergency()) {
        take(i, left);
      }
    }
    left = left > NOTHING ? left : 0;
  }

  private void byWeight(RoutedRegion[] ordered, int count, double total) {
    double full = 0;
    for (int i = 0; i < count; i++) {
      if (weights[i] >= 0) {
        offer(i, ordered[i], weights[i] / total);
        full += ordered[i].portion() == 1 ? weights[i] : 0;
      }
    }
    double rest = left;
    for (int i = 0; i < count && full > 0; i++) {
      if (weights[i] >= 0 && ordered[i].portion() == 1) {
        take(i, rest * weights[i] / full);
      }
    }
  }

  private void offer(int i, RoutedRegion region, double amount) {
    most[i] = amount * region.dial();
    take(i, amount * region.portion());
  }

  private void take(int i, double amount) {
    chances[i] += amount;
    left -= amount;
  }

  /** The share of a region as leader. */
  double chance(int i) {
    return chances[i] > NOTHING ? chances[i] : 0;
  }

  /** What nobody takes. */
  double left() {
    return left;
  }
}
