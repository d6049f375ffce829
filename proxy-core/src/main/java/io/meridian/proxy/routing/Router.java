package io.meridian.proxy.routing;

import io.meridian.proxy.routing.Plan.Verdict;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Decides where a request goes. Pure: same query and snapshot, same answer. Allocates nothing; a
 * decision that is worked out for one request is valid until the query's next one.
 */
public final class Router {
  private Router() {}

  /** Where a request of this route goes now. */
  public static RouteDecision decide(
      CompiledRoute route, RouteQuery query, RoutingSnapshot snapshot) {
    if (route.needsClients()) {
      snapshot.clients().fill(query, snapshot.regions());
    }
    Plan plan = snapshot.plan(route.plan(query));
    Pins pins = route.pins();
    query.pin = RouteQuery.Pin.NONE;
    RouteDecision decision = pins == null ? plan.draw(query) : pins.decide(plan, query);
    DataFilter data = route.data();
    return data == null ? decision : data.refine(decision, plan, query, snapshot.replicas());
  }

  /** Where a request goes that an endpoint has sent on: within the same fences and dials. */
  public static RouteDecision replay(
      CompiledRoute route, RouteQuery query, RoutingSnapshot snapshot, AppDirective to) {
    DataFilter data = route.data();
    RouteDecision usual = decide(route, query, snapshot);
    if (data == null) {
      return usual; // a reload has taken the right to do so
    }
    Plan plan = snapshot.plan(route.plan(query));
    return data.replayed(plan, query, usual, to);
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
    DataFilter data = route.data();
    if (data != null) {
      verdicts = new ArrayList<>(verdicts);
      verdicts.addAll(data.verdicts(snapshot, query));
    }
    return new Explanation(verdicts, plan.shares(query));
  }
}
