package io.meridian.proxy.routing;

import io.meridian.proxy.routing.RouteDecision.Forward;
import io.meridian.proxy.routing.RouteDecision.Refuse;
import io.meridian.proxy.routing.RouteDecision.Why;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/**
 * How often each region of an order leads, by {@link Division}, and who stands behind it: regions
 * that are dialled down as often as their dials let them.
 */
@SuppressWarnings("ReferenceEquality") // there is one object for each region of a snapshot
final class Lots {
  /** Of so many dialled regions behind a leader all combinations are made. */
  private static final int COMBINED = 4;

  private final RoutedRegion[] ordered;
  private final Division division = new Division();

  /**
   * @param ordered regions that are up, as they are tried
   * @param group the first of them, among which weights divide; fewer than two: none
   */
  Lots(
      List<RoutedRegion> ordered, List<RoutedRegion> group, ToDoubleFunction<RoutedRegion> weight) {
    this.ordered = ordered.toArray(RoutedRegion[]::new);
    division.begin(this.ordered.length);
    for (RoutedRegion region : group) {
      division.weigh(ordered.indexOf(region), weight.applyAsDouble(region));
    }
    division.divide(this.ordered, this.ordered.length);
  }

  /** The share of a region as leader. */
  double chance(int i) {
    return division.chance(i);
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
    for (int i = 0; i < ordered.length; i++) {
      if (chance(i) > 0) {
        RoutedRegion lead = ordered[i];
        behind(lead, behind.apply(lead), scale * chance(i), why.apply(lead), draws);
      }
    }
    draws.add(refuse, scale * division.left());
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
