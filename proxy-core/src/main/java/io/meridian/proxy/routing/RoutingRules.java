package io.meridian.proxy.routing;

import io.meridian.config.MeridianConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * What of routing depends on the configuration alone: the route table, and the keys of all plans
 * that its routes and fences can ask for. Immutable.
 */
public final class RoutingRules {
  private final MeridianConfig config;
  private final RouteTable routes;
  private final List<PlanKey> keys;

  RoutingRules(MeridianConfig config, RouteTable routes, List<PlanKey> keys) {
    this.config = config;
    this.routes = routes;
    this.keys = keys;
  }

  /** Compiles a checked configuration whose routes name no files. */
  public static RoutingRules compile(MeridianConfig config) {
    return compile(config, Map.of());
  }

  /**
   * Compiles a checked configuration.
   *
   * @param keys what the files hold that routes name; a cookie without its key is not looked at,
   *     and without its token nobody is told
   */
  public static RoutingRules compile(MeridianConfig config, Map<Path, byte[]> keys) {
    return new RuleCompiler(config, keys).compile();
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
}
