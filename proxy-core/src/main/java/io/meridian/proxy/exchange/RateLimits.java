package io.meridian.proxy.exchange;

import io.meridian.config.ClientLimits;
import io.meridian.config.MeridianConfig;
import io.meridian.config.RateLimit;
import io.meridian.proxy.routing.CompiledRoute;
import io.netty.util.concurrent.Ticker;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** All rate limits of one configuration. What they count goes on where they stay the same. */
public final class RateLimits {
  private static final String GLOBAL = "";

  private final Map<String, RequestRate> byName;
  private final @Nullable RequestRate global;
  private final @Nullable RequestRate[] routes;

  private RateLimits(Map<String, RequestRate> byName, @Nullable RequestRate[] routes) {
    this.byName = byName;
    this.global = byName.get(GLOBAL);
    this.routes = routes;
  }

  /**
   * @param before those until now, whose counts go on; null: none
   * @param routes in the order of their indices
   */
  public static RateLimits of(
      MeridianConfig config,
      List<CompiledRoute> routes,
      @Nullable RateLimits before,
      Ticker ticker) {
    Map<String, RequestRate> byName = new HashMap<>();
    Map<String, RequestRate> old = before == null ? Map.of() : before.byName;
    ClientLimits tables = config.limits().client();
    add(byName, GLOBAL, tables.rateLimit(), tables, old, ticker);
    @Nullable RequestRate[] byIndex = new @Nullable RequestRate[routes.size()];
    for (CompiledRoute route : routes) {
      add(byName, route.name(), route.config().rateLimit(), tables, old, ticker);
      byIndex[route.index()] = byName.get(route.name());
    }
    return new RateLimits(byName, byIndex);
  }

  private static void add(
      Map<String, RequestRate> to,
      String name,
      @Nullable RateLimit limit,
      ClientLimits tables,
      Map<String, RequestRate> old,
      Ticker ticker) {
    if (limit != null) {
      RequestRate known = old.get(name);
      to.put(
          name,
          known != null && known.sameAs(limit, tables)
              ? known
              : new RequestRate(limit, tables, ticker));
    }
  }

  /** Whether nothing is limited. */
  boolean none() {
    return byName.isEmpty();
  }

  /** Lets a request in; 0 if it may, else the nanoseconds to wait. */
  long admit(CompiledRoute route, byte[] client, long nowNanos) {
    RequestRate ofAll = global;
    long wait = ofAll == null ? 0 : ofAll.admit(client, nowNanos);
    RequestRate ofRoute = routes[route.index()];
    return wait > 0 || ofRoute == null ? wait : ofRoute.admit(client, nowNanos);
  }
}
