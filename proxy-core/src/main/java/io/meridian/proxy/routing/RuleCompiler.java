package io.meridian.proxy.routing;

import io.meridian.config.Group;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.config.Route;
import io.meridian.proxy.routing.CompiledRoute.Plans;
import io.meridian.proxy.routing.Ordering.Fastest;
import io.meridian.proxy.routing.Ordering.Grouped;
import io.meridian.proxy.routing.Ordering.Listed;
import io.meridian.proxy.routing.Ordering.Nearest;
import io.meridian.proxy.routing.Ordering.Weighted;
import io.meridian.proxy.routing.RouteDecision.Why;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Makes {@link RoutingRules}: for each route the keys of all plans that it can ask for. */
final class RuleCompiler {
  private final MeridianConfig config;
  private final Map<Path, byte[]> keys;
  private final List<String> names;
  private final Map<PlanKey, Integer> plans = new LinkedHashMap<>();
  private final Map<String, FenceRule> fences = new LinkedHashMap<>();
  private final Map<List<FenceRule>, Map<String, String>> forbidden = new HashMap<>();

  RuleCompiler(MeridianConfig config, Map<Path, byte[]> keys) {
    this.config = config;
    this.keys = keys;
    this.names = config.regions().stream().map(Region::name).toList();
    config.fences().forEach(fence -> fences.put(fence.name(), new FenceRule(fence)));
  }

  RoutingRules compile() {
    List<CompiledRoute> routes = new ArrayList<>();
    for (Route route : config.routes()) {
      routes.add(compile(routes.size(), route));
    }
    return new RoutingRules(config, new RouteTable(routes), List.copyOf(plans.keySet()));
  }

  private CompiledRoute compile(int index, Route route) {
    List<FenceRule> bound =
        route.fence().isEmpty()
            ? List.of()
            : fences.values().stream().filter(f -> route.fence().contains(f.name())).toList();
    GeolocationRules geolocation =
        route.policy() == Route.Policy.GEOLOCATION ? new GeolocationRules(route) : null;
    List<List<Integer>> byFences = new ArrayList<>();
    for (int applied = 0; applied < 1 << bound.size(); applied++) {
      byFences.add(plans(route, geolocation, applied(bound, applied)));
    }
    boolean writes = route.policy() == Route.Policy.FOLLOW_THE_SUN;
    Pins pins = Pins.needed(route) ? new Pins(route, key(route), names) : null;
    String position = config.health().replica().positionHeader();
    return new CompiledRoute(
        index,
        route,
        bound,
        new Plans(byFences, geolocation, writes),
        pins,
        DataFilter.of(index, route, keys, names, position),
        Steering.of(route, config),
        secret(route));
  }

  private byte @Nullable [] key(Route route) {
    Route.Affinity affinity = route.affinity();
    Path file = affinity == null ? null : affinity.keyFile();
    return file == null ? null : keys.get(file);
  }

  private byte @Nullable [] secret(Route route) {
    Path file = route.explainTokenFile();
    return file == null ? null : keys.get(file);
  }

  private static List<FenceRule> applied(List<FenceRule> fences, int bits) {
    List<FenceRule> applied = new ArrayList<>();
    for (int i = 0; i < fences.size(); i++) {
      if ((bits >> i & 1) == 1) {
        applied.add(fences.get(i));
      }
    }
    return applied;
  }

  /** One for each class of requests. */
  private List<Integer> plans(
      Route route, @Nullable GeolocationRules geolocation, List<FenceRule> fences) {
    List<String> regions = route.regions().isEmpty() ? names : route.regions();
    Fastest fromEdge = new Fastest(route.band().toNanos() / 1e6, route.bandRatio() / 100.0);
    Ordering fastest =
        route.latencyFrom() == Route.LatencyFrom.CLIENT ? new Nearest(true, fromEdge) : fromEdge;
    return switch (route.policy()) {
      case LATENCY -> List.of(plan(route, fastest, regions, fences));
      case GEO -> List.of(plan(route, new Nearest(false, fromEdge), regions, fences));
      case PRIORITY -> {
        boolean manual = route.promotion() == Route.Promotion.MANUAL;
        yield List.of(plan(route, new Listed(Why.PRIORITY, "as listed", manual), regions, fences));
      }
      case GROUPS ->
          List.of(
              plan(
                  route,
                  member(String.valueOf(route.group())) instanceof Member.Group root
                      ? new Grouped(root, fromEdge)
                      : new Listed(Why.PRIORITY, "as listed"),
                  regions,
                  fences));
      case WEIGHTED -> {
        Map<String, Integer> weights = new LinkedHashMap<>();
        route.weights().forEach(weight -> weights.put(weight.region(), weight.weight()));
        yield List.of(plan(route, new Weighted(weights), regions, fences));
      }
      case FOLLOW_THE_SUN ->
          List.of(
              plan(route, fastest, regions, fences),
              plan(route, new Listed(Why.PRIMARY, "primary"), route.primary(), fences));
      case GEOLOCATION -> {
        List<Integer> all = new ArrayList<>();
        if (geolocation != null) {
          for (GeolocationRules.Place place : geolocation.places()) {
            Listed listed = new Listed(Why.GEOLOCATION, place.rule());
            all.add(plan(route, listed, place.regions(), fences));
          }
        }
        yield all;
      }
    };
  }

  /** The group of this name with all in it; else the region. */
  private Member member(String name) {
    for (Group group : config.groups()) {
      if (group.name().equals(name)) {
        return new Member.Group(
            name,
            group.policy(),
            group.members().stream().map(this::member).toList(),
            group.minHealthy(),
            group.weight());
      }
    }
    return new Member.Leaf(name);
  }

  private Map<String, String> forbidden(List<FenceRule> fences) {
    Map<String, String> byRegion = new LinkedHashMap<>();
    for (FenceRule fence : fences) {
      for (String region : names) {
        if (!fence.allows(region)) {
          byRegion.putIfAbsent(region, fence.name());
        }
      }
    }
    return byRegion;
  }

  private int plan(
      Route route, Ordering ordering, List<String> candidates, List<FenceRule> fences) {
    int status = fences.stream().anyMatch(fence -> fence.status() == 451) ? 451 : 503;
    Route.Canary canary = route.canary();
    boolean tried =
        canary != null && !(ordering instanceof Listed(Why why, _, _) && why == Why.PRIMARY);
    PlanKey key =
        new PlanKey(
            ordering,
            candidates,
            forbidden.computeIfAbsent(fences, this::forbidden),
            status,
            tried && canary != null ? canary.region() : null,
            tried && canary != null ? canary.percent() : 0,
            Pins.needed(route) || route.data() != null);
    Integer known = plans.putIfAbsent(key, plans.size());
    return known == null ? plans.size() - 1 : known;
  }
}
