package io.meridian.proxy.routing;

import io.meridian.proxy.routing.RouteDecision.Forward;
import io.meridian.proxy.routing.RouteDecision.Refuse;
import io.meridian.proxy.routing.RouteDecision.Why;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * Works out how often each region of an order leads, and who stands behind it. A region takes of
 * what it is offered what its dial and its share after an outage let it, as leader and in failover
 * alike; the next is offered the rest. What nobody takes goes to a region that comes back slowly,
 * then to one for emergencies; else it is refused.
 */
@SuppressWarnings("ReferenceEquality") // there is one object for each region of a snapshot
final class Lots {
  /** Of so many dialled regions behind a leader all combinations are made. */
  private static final int COMBINED = 4;

  private static final double NOTHING = 1e-9;

  private final List<RoutedRegion> ordered;
  private final double[] chance;
  private final double[] most; // that a region's dial lets it have
  private double left = 1;

  /**
   * @param ordered regions that are up, as they are tried
   * @param group the first of them, among which weights divide; fewer than two: none
   */
  Lots(
      List<RoutedRegion> ordered, List<RoutedRegion> group, ToDoubleFunction<RoutedRegion> weight) {
    this.ordered = ordered;
    this.chance = new double[ordered.size()];
    this.most = new double[ordered.size()];
    double total = group.stream().mapToDouble(weight).sum();
    boolean divided = group.size() > 1 && total > 0;
    if (divided) {
      divide(group, weight, total);
    }
    for (int i = 0; i < chance.length; i++) {
      RoutedRegion region = ordered.get(i);
      if (!divided || !group.contains(region) || weight.applyAsDouble(region) == 0) {
        offer(i, left);
      }
    }
    for (int i = 0; i < chance.length && left > NOTHING; i++) { // those that come back slowly
      RoutedRegion region = ordered.get(i);
      if (region.share() < 1) {
        take(i, region.dial() == 1 ? left : Math.min(left, most[i] - chance[i]));
      }
    }
    for (int i = 0; i < chance.length && left > NOTHING; i++) {
      if (ordered.get(i).emergency()) {
        take(i, left);
      }
    }
  }

  private void divide(
      List<RoutedRegion> group, ToDoubleFunction<RoutedRegion> weight, double total) {
    double full = 0;
    for (RoutedRegion region : group) {
      offer(ordered.indexOf(region), weight.applyAsDouble(region) / total);
      full += region.portion() == 1 ? weight.applyAsDouble(region) : 0;
    }
    double rest = left;
    for (RoutedRegion region : group) {
      if (full > 0 && region.portion() == 1) {
        take(ordered.indexOf(region), rest * weight.applyAsDouble(region) / full);
      }
    }
  }

  private void offer(int i, double amount) {
    most[i] = amount * ordered.get(i).dial();
    take(i, amount * ordered.get(i).portion());
  }

  private void take(int i, double amount) {
    chance[i] += amount;
    left -= amount;
  }

  /** The share of a region as leader. */
  double chance(int i) {
    return chance[i];
  }

  /**
   * @param behind who stands behind a leader, in which order
   * @param refuse what becomes of requests that nobody takes
   */
  void addTo(
      Draws draws,
      double scale,
      Function<RoutedRegion, Why> why,
      Function<RoutedRegion, List<RoutedRegion>> behind,
      Refuse refuse) {
    for (int i = 0; i < chance.length; i++) {
      if (chance[i] > NOTHING) {
        RoutedRegion lead = ordered.get(i);
        behind(lead, behind.apply(lead), scale * chance[i], why.apply(lead), draws);
      }
    }
    if (left > NOTHING) {
      draws.add(refuse, scale * left);
    }
  }

  /** All orders with this leader: regions that are dialled down are behind it only so often. */
  static void behind(
      RoutedRegion lead, List<RoutedRegion> ordered, double chance, Why why, Draws draws) {
    List<RoutedRegion> dialled = new ArrayList<>();
    for (RoutedRegion region : ordered) {
      if (region != lead && region.dial() > 0 && region.dial() < 1 && dialled.size() < COMBINED) {
        dialled.add(region);
      }
    }
    for (int mask = 0; mask < 1 << dialled.size(); mask++) {
      double part = chance;
      for (int i = 0; i < dialled.size(); i++) {
        double dial = dialled.get(i).dial();
        part *= (mask >> i & 1) == 1 ? dial : 1 - dial;
      }
      List<RoutedRegion> order = new ArrayList<>(List.of(lead));
      List<RoutedRegion> last = new ArrayList<>();
      for (RoutedRegion region : ordered) {
        int i = dialled.indexOf(region);
        boolean admitted = region.dial() == 1 || (i >= 0 && (mask >> i & 1) == 1);
        if (region != lead && admitted) {
          order.add(region);
        } else if (region != lead && region.emergency()) {
          last.add(region);
        }
      }
      order.addAll(last);
      draws.add(new Forward(new RegionOrder(order.toArray(RoutedRegion[]::new)), why), part);
    }
  }

  /** Collects decisions with their chances. */
  static final class Draws {
    private final List<RouteDecision> decisions = new ArrayList<>();
    private final List<Double> cumulative = new ArrayList<>();
    private double sum;

    void add(RouteDecision decision, double chance) {
      if (chance > 0) {
        sum += chance;
        decisions.add(decision);
        cumulative.add(sum);
      }
    }

    Choice choice() {
      return new Choice(
          decisions.toArray(RouteDecision[]::new),
          cumulative.stream().mapToDouble(Double::doubleValue).toArray());
    }
  }
}
