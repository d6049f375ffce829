package io.meridian.proxy.routing;

/** Decides where a request goes. Pure: same query and snapshot, same answer; allocates nothing. */
public final class Router {
  private Router() {}

  /** Where a request of this route goes now. */
  public static RouteDecision decide(
      CompiledRoute route, RouteQuery query, RoutingSnapshot snapshot) {
    Plan plan = snapshot.plan(route.plan(query));
    return (query.repeatable ? plan.repeatable() : plan.unrepeatable()).draw(query.random);
  }

  /** The plan that {@link #decide} draws from, with every filter's verdict. */
  public static Plan explain(CompiledRoute route, RouteQuery query, RoutingSnapshot snapshot) {
    return snapshot.plan(route.plan(query));
  }
}
