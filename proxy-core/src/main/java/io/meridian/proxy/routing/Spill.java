package io.meridian.proxy.routing;

import io.meridian.config.Coordinates;
import io.meridian.geo.GreatCircle;
import io.meridian.geo.Location;
import io.meridian.health.HealthState;
import io.meridian.proxy.routing.Plan.Verdict;
import io.meridian.proxy.routing.RouteDecision.Forward;
import io.meridian.proxy.routing.RouteDecision.Reason;
import io.meridian.proxy.routing.RouteDecision.Refuse;
import io.meridian.proxy.routing.RouteDecision.Why;
import io.meridian.proxy.routing.RouteQuery.Pin;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Moves requests from regions that have enough: the last filter of a decision. It only rearranges
 * what fences, controls and health have left.
 *
 * <p>Between the soft and the hard limit of its first region a request moves if what it loses, the
 * receiver's round trip less this one's, is no more than {@link Loads#bearableMillis}: those that
 * lose least go first. The receiver is the first region of the order that is surely well and below
 * its own soft limit, or, for requests that come from a region that failed, below its hard one. At
 * the hard limit every request moves, in the end to regions whose data suits it less and to those
 * for emergencies; those that found no receiver are refused. Clients that belong to a region, and
 * requests that ask for one, leave it at the hard limit only; writes that have a primary never do.
 */
final class Spill {
  private static final Refuse FULL = new Refuse(Reason.CAPACITY, 503);

  /** A round trip for so many kilometres: light in glass, there and back. */
  private static final double KM_PER_MILLI = 100;

  private Spill() {}

  /**
   * @param data of the route; null: it does not look at data
   */
  static RouteDecision decide(
      Forward decided,
      Plan plan,
      @Nullable DataFilter data,
      RouteQuery query,
      Loads loads,
      RoutingSnapshot snapshot) {
    RegionOrder order = decided.order();
    int lead = order.first().index();
    loads.full(-1);
    if (loads.belowSoft(lead)) {
      return decided;
    }
    boolean full = !loads.belowHard(lead);
    boolean primary = plan.takesWrites();
    boolean held = primary || query.pin != Pin.NONE;
    if (!full && held) {
      return decided;
    }
    loads.full(lead);
    boolean reserve = decided.why() == Why.FAILOVER || plan.standsIn(order.first(), query);
    int to = primary ? -1 : receiver(order, reserve, false, query, loads, data, snapshot);
    if (full && to < 0 && !primary) {
      to = receiver(order, reserve, true, query, loads, null, snapshot);
    }
    if (to < 0) {
      return full ? FULL : decided;
    }
    double loss = lossMillis(order.first(), order.get(to), plan, query);
    return full || loss <= loads.bearableMillis(lead) ? moved(order, to, query) : decided;
  }

  /** Place of the first region with room; -1: there is none. */
  private static int receiver(
      RegionOrder order,
      boolean reserve,
      boolean emergency,
      RouteQuery query,
      Loads loads,
      @Nullable DataFilter data,
      RoutingSnapshot snapshot) {
    for (int i = 1; i < order.size(); i++) {
      RoutedRegion region = order.get(i);
      boolean room = reserve ? loads.belowHard(region.index()) : loads.belowSoft(region.index());
      boolean suits = data == null || data.suits(region, query, snapshot.replicas());
      if (room && suits && takes(region, emergency, query)) {
        return i;
      }
    }
    return -1;
  }

  /** Whether it is well enough for requests that need not come; one that comes back, by share. */
  private static boolean takes(RoutedRegion region, boolean emergency, RouteQuery query) {
    if (region.state() != HealthState.HEALTHY && region.state() != HealthState.PROBATION) {
      return false;
    }
    if (region.emergency() && region.dial() < 1 && !emergency) {
      return false;
    }
    long bits = Rendezvous.mix(query.random + region.index());
    return region.share() >= 1 || (bits >>> 11) * 0x1p-53 < region.share();
  }

  private static double lossMillis(
      RoutedRegion from, RoutedRegion to, Plan plan, RouteQuery query) {
    if (plan.byDistance(query)) {
      return Math.max(0, kilometres(to, query.location) - kilometres(from, query.location))
          / KM_PER_MILLI;
    }
    if (plan.byClientLatency(query)) {
      return Math.max(0, query.clientMillis[to.index()] - query.clientMillis[from.index()]);
    }
    return Math.max(0, to.estimateMillis() - from.estimateMillis());
  }

  private static double kilometres(RoutedRegion region, Location client) {
    Coordinates at = region.location();
    return at == null
        ? 0
        : GreatCircle.kilometres(
            client.latitude(), client.longitude(), at.latitude(), at.longitude());
  }

  /** The same order with this place first. */
  private static RouteDecision moved(RegionOrder order, int to, RouteQuery query) {
    int count = order.size();
    RoutedRegion[] regions = query.regions(count);
    RoutedRegion lead = order.get(to);
    for (int i = count - 1, at = count - 1; i >= 0; i--) {
      if (i != to) {
        regions[at--] = order.get(i);
      }
    }
    regions[0] = lead;
    return query.forward(count, Why.SPILL);
  }

  /** What there is to say of the regions of this order as it was before. */
  static List<Verdict> verdicts(
      Forward decided,
      Plan plan,
      @Nullable DataFilter data,
      RouteQuery query,
      Loads loads,
      RoutingSnapshot snapshot) {
    RegionOrder order = decided.order();
    List<RoutedRegion> regions = new ArrayList<>();
    for (int i = 0; i < order.size(); i++) {
      regions.add(order.get(i));
    }
    RouteDecision after = decide(decided, plan, data, query, loads, snapshot);
    RoutedRegion taker = after instanceof Forward forward ? forward.order().first() : null;
    List<Verdict> verdicts = new ArrayList<>();
    for (RoutedRegion region : regions) {
      int i = region.index();
      if (!loads.limited(i)) {
        continue;
      }
      String detail = loads.text(i);
      boolean left = region.equals(regions.getFirst()) && !region.equals(taker);
      if (left && taker != null) {
        detail +=
            String.format(
                Locale.ROOT,
                ": moved to %s, which loses %.1f ms",
                taker.name(),
                lossMillis(region, taker, plan, query));
      }
      if (region.equals(regions.getFirst()) && !loads.belowSoft(i) && loads.belowHard(i)) {
        detail +=
            String.format(Locale.ROOT, ", of %.1f ms that may be lost", loads.bearableMillis(i));
      }
      verdicts.add(new Verdict(region.name(), "capacity", !left && loads.belowHard(i), detail));
    }
    return verdicts;
  }
}
