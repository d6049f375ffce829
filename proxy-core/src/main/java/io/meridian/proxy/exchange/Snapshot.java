package io.meridian.proxy.exchange;

import io.meridian.config.MeridianConfig;
import io.meridian.proxy.routing.CompiledRoute;
import io.meridian.proxy.routing.Loads;
import io.meridian.proxy.routing.RoutingSnapshot;
import io.meridian.proxy.telemetry.Counters;
import io.meridian.proxy.telemetry.RegionMeters;
import io.meridian.proxy.telemetry.RouteMeters;
import io.meridian.proxy.upstream.Target;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * All that a request reads: configuration, routing, and the handles that go with them. Immutable,
 * replaced as a whole, read once when a request arrives and again for each decision.
 */
public final class Snapshot {
  private final MeridianConfig config;
  private final RoutingSnapshot routing;
  private final Target[] targets;
  private final RouteMeters[][] routeMeters;
  private final RouteMeters[] noRouteMeters;
  private final RegionMeters[] regionMeters;
  private final RateLimits rates;
  private final @Nullable DrilledWorld drilled;
  private final @Nullable ReplicaBoard replicas;
  private final @Nullable RegionLoad @Nullable [] loads;
  private final Via via;
  private final BitSet retryOn = new BitSet(600);

  /**
   * @param targets by endpoint id
   * @param routeMeters by listener index, then by route index
   * @param noRouteMeters by listener index: for requests that no route matches
   * @param regionMeters by region index
   * @param replicas where endpoints' words of their data go; null: they have none
   * @param loads by region index, null where there is no capacity; null: there is none at all
   */
  public Snapshot(
      MeridianConfig config,
      RoutingSnapshot routing,
      Target[] targets,
      RouteMeters[][] routeMeters,
      RouteMeters[] noRouteMeters,
      RegionMeters[] regionMeters,
      RateLimits rates,
      @Nullable ReplicaBoard replicas,
      @Nullable RegionLoad @Nullable [] loads) {
    this(
        config,
        routing,
        targets,
        routeMeters,
        noRouteMeters,
        regionMeters,
        rates,
        replicas,
        loads,
        null);
  }

  /**
   * As the other constructor.
   *
   * @param drilled what the clients see that a drill takes in; null: none is under way
   */
  public Snapshot(
      MeridianConfig config,
      RoutingSnapshot routing,
      Target[] targets,
      RouteMeters[][] routeMeters,
      RouteMeters[] noRouteMeters,
      RegionMeters[] regionMeters,
      RateLimits rates,
      @Nullable ReplicaBoard replicas,
      @Nullable RegionLoad @Nullable [] loads,
      @Nullable DrilledWorld drilled) {
    this.drilled = drilled;
    this.config = config;
    this.via = new Via(config.edge().name());
    this.routing = routing;
    this.targets = targets;
    this.routeMeters = routeMeters;
    this.noRouteMeters = noRouteMeters;
    this.regionMeters = regionMeters;
    this.rates = rates;
    this.replicas = replicas;
    this.loads = loads;
    config.failover().retryOn().forEach(retryOn::set);
  }

  public MeridianConfig config() {
    return config;
  }

  /** Whether a response with this status counts as a failure of its endpoint. */
  boolean failure(int status) {
    return retryOn.get(status);
  }

  RateLimits rates() {
    return rates;
  }

  /** Null: endpoints say nothing of their data. */
  @Nullable ReplicaBoard replicas() {
    return replicas;
  }

  @Nullable RegionLoad @Nullable [] loads() {
    return loads;
  }

  /**
   * How loaded regions are.
   *
   * @param room to put it in, if there is one
   * @return null: no region has a capacity
   */
  @Nullable Loads loads(@Nullable Loads room, long nowNanos) {
    if (loads == null) {
      return null;
    }
    Loads into = room == null ? new Loads() : room;
    RegionLoads.read(loads, nowNanos, into);
    return into;
  }

  /** As above, for an explanation. */
  public @Nullable Loads loads(long nowNanos) {
    return loads(null, nowNanos);
  }

  void spilled(int from, int to, Counters counters) {
    RegionLoad load = loads == null ? null : loads[from];
    if (load != null) {
      load.spilled();
      counters.spilled(load.region(), routing.regions().get(to).name());
    }
  }

  void shed(int region, Counters counters) {
    RegionLoad load = loads == null || region < 0 ? null : loads[region];
    if (load != null) {
      load.shed();
      counters.shed(load.region());
    }
  }

  /** How this edge is called in Via. */
  Via via() {
    return via;
  }

  public RoutingSnapshot routing() {
    return routing;
  }

  /** What decisions for this client are made from. */
  public RoutingSnapshot routingFor(byte[] address) {
    return drilled == null ? routing : drilled.routing(address, routing);
  }

  /** What the clients see that a drill takes in; null: none is under way. */
  public @Nullable DrilledWorld drilled() {
    return drilled;
  }

  public Target target(int endpointId) {
    return targets[endpointId];
  }

  /** How many endpoints have ever been configured: their ids are less. */
  public int endpoints() {
    return targets.length;
  }

  RouteMeters meters(int listener, CompiledRoute route) {
    return routeMeters[listener][route.index()];
  }

  RouteMeters noRouteMeters(int listener) {
    return noRouteMeters[listener];
  }

  RegionMeters regionMeters(int region) {
    return regionMeters[region];
  }
}
