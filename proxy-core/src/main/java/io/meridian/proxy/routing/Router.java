package io.meridian.proxy.routing;

import io.meridian.proxy.routing.Plan.Verdict;
import io.meridian.proxy.routing.RouteDecision.Forward;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Decides where a request goes. Pure: same query and snapshot, same answer. Allocates nothing; a
 * decision that is worked out for one request is valid until the query's next one.
 */
public final class Router {
  private Router() {}

  /** Where a request of this route goes now. */
  public static RouteDecision decide(
      CompiledRoute route, RouteQuery query, RoutingSnapshot snapshot) {
    Plan plan = snapshot.plan(route.plan(query));
    Pins pins = route.pins();
    RouteDecision decision = choose(plan, pins, query);
    Loads loads = query.loads;
    return loads != null && decision instanceof Forward forward
        ? Spill.decide(forward, plan, pins != null, query, loads)
        : decision;
  }

  private static RouteDecision choose(Plan plan, @Nullable Pins pins, RouteQuery query) {
    return pins == null ? plan.draw(query) : pins.decide(plan, query);
  }

  /**
   * What {@link #decide} draws from.
   *
   * @param verdicts of every filter
   * @param shares how often each region comes first when nothing pins the request; what is missing
   *     to 1 is refused
   */
  public record Explanation(List<Verdict> verdicts, Map<String, Double> shares) {}

  /** What {@link #decide} draws from, with every filter's verdict. */
  public static Explanation explain(
      CompiledRoute route, RouteQuery query, RoutingSnapshot snapshot) {
    Plan plan = snapshot.plan(route.plan(query));
    List<Verdict> verdicts = plan.verdicts(query);
    Map<String, Double> shares = plan.shares(query);
    Loads loads = query.loads;
    Pins pins = route.pins();
    if (loads != null && choose(plan, pins, query) instanceof Forward forward) {
      verdicts = new ArrayList<>(verdicts);
      verdicts.addAll(Spill.verdicts(forward, plan, pins != null, query, loads));
    }
    return new Explanation(verdicts, shares);
  }
}
