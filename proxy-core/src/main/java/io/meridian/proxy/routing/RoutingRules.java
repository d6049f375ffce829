package io.meridian.proxy.routing;

import io.meridian.config.Fence;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.config.Route;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What of routing depends on the configuration alone: the route table, and the keys of all plans
 * that its routes and fences can ask for. Immutable.
 */
public final class RoutingRules {
  private final MeridianConfig config;
  private final RouteTable routes;
  private final List<PlanKey> keys;

  private RoutingRules(MeridianConfig config, RouteTable routes, List<PlanKey> keys) {
    this.config = config;
    this.routes = routes;
    this.keys = keys;
  }

  /** Compiles a checked configuration. */
  public static RoutingRules compile(MeridianConfig config) {
    Map<PlanKey, Integer> keys = new LinkedHashMap<>();
    List<CompiledRoute> routes = new ArrayList<>();
    for (Route route : config.routes()) {
      List<String> candidates =
          route.regions().isEmpty()
              ? config.regions().stream().map(Region::name).toList()
              : route.regions();
      FenceRule fence = fence(config, route.fence());
      int open = index(keys, new PlanKey(route.policy(), candidates, candidates, null, 503));
      int fenced = open;
      if (fence != null) {
        List<String> allowed = candidates.stream().filter(fence::allows).toList();
        fenced =
            index(
                keys,
                new PlanKey(route.policy(), candidates, allowed, fence.name(), fence.status()));
      }
      routes.add(new CompiledRoute(routes.size(), route, fence, open, fenced));
    }
    return new RoutingRules(config, new RouteTable(routes), List.copyOf(keys.keySet()));
  }

  public MeridianConfig config() {
    return config;
  }

  public RouteTable routes() {
    return routes;
  }

  /** Keys of the plans, by plan index. */
  public List<PlanKey> keys() {
    return keys;
  }

  private static @Nullable FenceRule fence(MeridianConfig config, @Nullable String name) {
    for (Fence fence : config.fences()) {
      if (fence.name().equals(name)) {
        return new FenceRule(fence);
      }
    }
    return null;
  }

  private static int index(Map<PlanKey, Integer> keys, PlanKey key) {
    Integer known = keys.putIfAbsent(key, keys.size());
    return known == null ? keys.size() - 1 : known;
  }
}
