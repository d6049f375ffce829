package io.meridian.proxy.routing;

import io.meridian.proxy.routing.RouteDecision.Forward;
import io.meridian.proxy.routing.RouteDecision.Reason;
import io.meridian.proxy.routing.RouteDecision.Refuse;
import io.meridian.proxy.routing.RouteDecision.Why;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The answer for one {@link PlanKey} under one state of the world: decisions made beforehand, and
 * how often each is taken. Immutable once built. Repeatable requests and others have decisions of
 * their own: those that can't be sent twice avoid regions that are not surely well.
 */
public final class Plan {
  private final PlanKey key;
  private final RoutedRegion[] up; // by index; null: not allowed, off or not up
  private final boolean[] served; // by index: whether it serves the route at all
  private final boolean[] forbidden;
  private final boolean[] off;
  private final boolean[] standsIn; // by index
  private final Refuse refuse;
  private final @Nullable Choice[][] pins; // by careful, then region
  private final @Nullable RouteDecision[] forced;
  private Choice repeatable;
  private Choice unrepeatable;
  private @Nullable NearestOrder nearest;
  private @Nullable Rendezvous rendezvous;
  private List<Verdict> verdicts = List.of();

  /**
   * What a filter said about a region.
   *
   * @param filter its name: {@code fence, controls, health, canary, order, band}
   * @param detail with numbers
   */
  public record Verdict(String region, String filter, boolean kept, String detail) {}

  Plan(PlanKey key, Map<String, RoutedRegion> regions, List<RoutedRegion> up, Refuse refuse) {
    int count = regions.size();
    this.key = key;
    this.refuse = refuse;
    this.up = new RoutedRegion[count];
    this.served = new boolean[count];
    this.forbidden = new boolean[count];
    this.off = new boolean[count];
    this.standsIn = new boolean[count];
    this.pins = new Choice[2][key.pinnable() ? count : 0];
    this.forced = new RouteDecision[key.pinnable() ? count : 0];
    this.repeatable = Choice.only(refuse);
    this.unrepeatable = repeatable;
    for (RoutedRegion region : regions.values()) {
      int i = region.index();
      served[i] = key.candidates().contains(region.name()) || region.name().equals(key.canary());
      forbidden[i] = !key.allows(region.name());
      off[i] = region.dial() == 0;
    }
    for (RoutedRegion region : up) {
      this.up[region.index()] = region;
      if (key.pinnable()) {
        forced[region.index()] = new Forward(new RegionOrder(region), Why.PINNED);
      }
    }
  }

  // ---- while it is built

  void choose(Choice forRepeatable, Choice forOthers) {
    repeatable = forRepeatable;
    unrepeatable = forOthers;
  }

  void choose(boolean careful, Choice choice) {
    if (careful) {
      unrepeatable = choice;
    } else {
      repeatable = choice;
    }
  }

  void pin(RoutedRegion region, Choice forRepeatable, Choice forOthers) {
    pin(false, region, forRepeatable);
    pin(true, region, forOthers);
  }

  void pin(boolean careful, RoutedRegion region, Choice choice) {
    pins[careful ? 1 : 0][region.index()] = choice;
  }

  void standsIn(RoutedRegion region) {
    standsIn[region.index()] = true;
  }

  void nearest(NearestOrder order) {
    nearest = order;
  }

  void rendezvous(Rendezvous hashing) {
    rendezvous = hashing;
  }

  void say(List<Verdict> all) {
    verdicts = List.copyOf(all);
  }

  // ---- for a request

  public PlanKey key() {
    return key;
  }

  /** Whether it is for writes that have a primary. */
  boolean takesWrites() {
    return key.ordering() instanceof Ordering.Listed(Why why, _, _) && why == Why.PRIMARY;
  }

  /** Whether this request's regions are ordered by its client's distance. */
  boolean byDistance(RouteQuery query) {
    NearestOrder order = nearest;
    return order != null && !order.byLatency() && order.fits(query);
  }

  /** Whether they are ordered by the client's own round trips. */
  boolean byClientLatency(RouteQuery query) {
    NearestOrder order = nearest;
    return order != null && order.byLatency() && order.fits(query);
  }

  /** Whether a better region than this one is not well. */
  boolean standsIn(RoutedRegion region, RouteQuery query) {
    NearestOrder order = nearest;
    if (order != null && order.fits(query)) {
      return order.standsIn(region, query);
    }
    return standsIn[region.index()];
  }

  /** Where a request goes that asks for no region. */
  RouteDecision draw(RouteQuery query) {
    NearestOrder order = nearest;
    return order != null && order.fits(query)
        ? order.draw(query)
        : choice(query).draw(query.chance());
  }

  Choice choice(RouteQuery query) {
    return query.repeatable ? repeatable : unrepeatable;
  }

  /** Whether requests may go to this region when they ask for it. */
  boolean has(int region) {
    return region >= 0 && region < forced.length && up[region] != null && !off[region];
  }

  /** To this region, which the plan {@link #has}, and from there to others. */
  RouteDecision pinned(int region, RouteQuery query) {
    NearestOrder order = nearest;
    if (order != null && order.fits(query)) {
      return order.behind(up[region], key.pinWhy(up[region].name()), query);
    }
    Choice choice = pins[query.repeatable ? 0 : 1][region];
    return choice == null ? refuse : choice.draw(query.chance());
  }

  /** To this region or nowhere. */
  RouteDecision forced(int region) {
    if (region < 0 || region >= forced.length || !served[region]) {
      return new Refuse(Reason.FORCED_ELSEWHERE, 503);
    }
    if (forbidden[region]) {
      return new Refuse(Reason.FENCE, key.refusalStatus());
    }
    if (off[region]) {
      return new Refuse(Reason.DIALLED_OFF, 503);
    }
    RouteDecision decision = forced[region];
    return decision == null ? new Refuse(Reason.NO_HEALTHY_REGION, 503) : decision;
  }

  /**
   * The region that a client belongs to by its prefix; -1: none that may have it.
   *
   * @param client hash of its prefix
   */
  int home(long client) {
    RoutedRegion canary = key.canary() == null ? null : canary();
    if (canary != null && Rendezvous.chance(client, "canary") < key.canaryPercent() / 100.0) {
      return canary.index();
    }
    Rendezvous hashing = rendezvous;
    return hashing == null ? -1 : hashing.home(client);
  }

  private @Nullable RoutedRegion canary() {
    for (RoutedRegion region : up) {
      if (region != null && region.dial() > 0 && region.name().equals(key.canary())) {
        return region;
      }
    }
    return null;
  }

  // ---- for people

  /** What each filter said for this request. */
  public List<Verdict> verdicts(RouteQuery query) {
    NearestOrder order = nearest;
    if (order == null || !order.fits(query)) {
      return verdicts;
    }
    List<Verdict> all = new ArrayList<>(verdicts);
    all.removeIf(verdict -> verdict.filter().equals("order") || verdict.filter().equals("band"));
    all.addAll(order.verdicts(query));
    return all;
  }

  /** How often each region comes first; what is missing to 1 is refused. */
  public Map<String, Double> shares(RouteQuery query) {
    NearestOrder order = nearest;
    return order != null && order.fits(query) ? order.shares(query) : choice(query).shares();
  }
}
