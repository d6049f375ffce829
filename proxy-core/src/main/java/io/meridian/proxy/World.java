package io.meridian.proxy;

import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.config.Route;
import io.meridian.health.HealthView;
import io.meridian.proxy.exchange.DrilledWorld;
import io.meridian.proxy.exchange.ListenerSlots;
import io.meridian.proxy.exchange.RateLimits;
import io.meridian.proxy.exchange.RegionLoad;
import io.meridian.proxy.exchange.RegionLoads;
import io.meridian.proxy.exchange.ReplicaBoard;
import io.meridian.proxy.exchange.Snapshot;
import io.meridian.proxy.routing.ClientEstimates;
import io.meridian.proxy.routing.CompiledRoute;
import io.meridian.proxy.routing.Controls;
import io.meridian.proxy.routing.Drill;
import io.meridian.proxy.routing.Ranking;
import io.meridian.proxy.routing.Replicas;
import io.meridian.proxy.routing.RoutedRegion;
import io.meridian.proxy.routing.RoutingRules;
import io.meridian.proxy.routing.RoutingSnapshot;
import io.meridian.proxy.telemetry.DrillMeters;
import io.meridian.proxy.telemetry.RegionMeters;
import io.meridian.proxy.telemetry.RouteMeters;
import io.meridian.proxy.telemetry.Telemetry;
import io.meridian.proxy.tls.UpstreamTlsFiles;
import io.netty.util.concurrent.Ticker;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The one writer of the snapshot: folds configuration and health into it whenever either changes.
 * Reads are one volatile read from any thread; writes come from one thread, the control loop.
 */
final class World {
  private final Telemetry telemetry;
  private final UpstreamTlsFiles tls;
  private final Ticker ticker;
  private final Targets targets;
  private final Ranking ranking;
  private final ListenerSlots slots = new ListenerSlots();
  private RoutingRules rules;
  private Controls controls = Controls.NONE;
  private RouteMeters[][] routeMeters = {};
  private RouteMeters[] noRouteMeters = {};
  private RegionMeters[] regionMeters = {};
  private RateLimits rates;
  private final RegionLoads regionLoads = new RegionLoads();
  private @Nullable RegionLoad @Nullable [] loads;
  private @Nullable Drill drill;
  private @Nullable DrillMeters drillMeters;
  private @Nullable Ranking drillRanking;
  private @Nullable RoutingSnapshot withoutDrilled;
  private @Nullable ReplicaBoard board;
  private Replicas replicas = Replicas.NONE;
  private List<String> clientRegions = List.of();
  private ClientEstimates clients = ClientEstimates.NONE;
  private volatile @Nullable Snapshot snapshot;

  /**
   * @param keys what the files hold that routes name
   */
  World(
      Telemetry telemetry,
      UpstreamTlsFiles tls,
      MeridianConfig config,
      Map<Path, byte[]> keys,
      HealthView health,
      Ticker ticker) {
    this.tls = tls;
    this.telemetry = telemetry;
    this.ticker = ticker;
    this.targets = new Targets(telemetry);
    this.ranking = new Ranking(targets::id);
    this.rules = RoutingRules.compile(config, keys);
    this.rates = RateLimits.of(config, rules.routes().routes(), null, ticker);
    resolve(config);
    update(health, ticker.nanoTime());
  }

  /** The listeners' numbers, by which snapshots have their meters. */
  ListenerSlots slots() {
    return slots;
  }

  /** The newest snapshot. */
  Snapshot snapshot() {
    Snapshot current = snapshot;
    if (current == null) {
      throw new IllegalStateException("no snapshot yet");
    }
    return current;
  }

  /** Applies another configuration. */
  void configure(MeridianConfig config, Map<Path, byte[]> keys, HealthView health, long nowNanos) {
    rules = RoutingRules.compile(config, keys);
    rates = RateLimits.of(config, rules.routes().routes(), rates, ticker);
    resolve(config);
    replicas = Replicas.NONE;
    controls = controls.retain(config.regions());
    update(health, nowNanos);
    telemetry.retain(config);
  }

  /** What of routing depends on the configuration alone. Control loop only. */
  RoutingRules rules() {
    return rules;
  }

  /** Applies other controls, or the same at a later time. */
  void control(Controls wanted, HealthView health, long nowNanos) {
    controls = wanted;
    update(health, nowNanos);
  }

  /** Endpoints whose TLS files have changed are spoken to by the new ones. */
  void relink(HealthView health, long nowNanos) {
    targets.add(rules.config(), tls);
    update(health, nowNanos);
  }

  /** Begins a drill, or ends the one that there is. */
  void drill(
      @Nullable Drill begun, @Nullable DrillMeters meters, HealthView health, long nowNanos) {
    drill = begun;
    drillMeters = meters;
    drillRanking = begun == null ? null : new Ranking(targets::id);
    update(health, nowNanos);
  }

  /** Routing as it is for clients that the drill takes in; null: there is none. */
  private @Nullable RoutingSnapshot withoutDrilled(HealthView health, long nowNanos) {
    Drill now = drill;
    Ranking ranked = drillRanking;
    return now == null || ranked == null
        ? null
        : ranked.next(rules, DrillBoard.without(health, now.region()), controls, nowNanos);
  }

  private @Nullable DrilledWorld drilled(RoutingSnapshot routing) {
    Drill now = drill;
    DrillMeters meters = drillMeters;
    RoutingSnapshot without = withoutDrilled;
    if (now == null || meters == null || without == null) {
      return null;
    }
    for (RoutedRegion region : routing.regions()) {
      if (region.name().equals(now.region())) {
        return new DrilledWorld(now, region.index(), without.with(replicas).with(clients), meters);
      }
    }
    return null; // the region is no longer configured
  }

  /** Applies another view of health. */
  void update(HealthView health, long nowNanos) {
    RoutingSnapshot routing = ranking.next(rules, health, controls, nowNanos);
    withoutDrilled = withoutDrilled(health, nowNanos);
    ReplicaBoard words = board;
    replicas = words == null ? Replicas.NONE : words.fold(routing, nowNanos);
    publish(routing.with(replicas).with(clients));
  }

  /**
   * Looks what endpoints have said of their data since the last time.
   *
   * @return which regions have crossed a route's bound
   */
  List<ReplicaBoard.Crossing> foldReplicas(long nowNanos) {
    ReplicaBoard words = board;
    if (words == null) {
      return List.of();
    }
    RoutingSnapshot routing = snapshot().routing();
    Replicas before = replicas;
    Replicas now = words.fold(routing, nowNanos);
    if (now.same(before)) {
      return List.of();
    }
    replicas = now;
    publish(routing.with(now));
    return ReplicaBoard.crossings(routing, before, now);
  }

  /** Notes what the answer to a probe says of an endpoint's data. Control loop only. */
  void probed(
      String region, String endpoint, UnaryOperator<@Nullable String> fields, long nowNanos) {
    ReplicaBoard words = board;
    if (words != null && targets.knows(region, endpoint)) {
      words.probed(targets.id(region, endpoint), fields, nowNanos);
    }
  }

  private void publish(RoutingSnapshot routing) {
    snapshot =
        new Snapshot(
            rules.config(),
            routing,
            targets.all(),
            routeMeters,
            noRouteMeters,
            regionMeters,
            rates,
            board,
            loads,
            drilled(routing));
  }

  /** The loads of regions that have a capacity. Any thread. */
  RegionLoads loads() {
    return regionLoads;
  }

  private void resolve(MeridianConfig config) {
    loads = regionLoads.configure(config);
    targets.add(config, tls);
    board = ReplicaBoard.of(config.health().replica(), targets.all().length, board);
    List<String> regions = config.regions().stream().map(Region::name).toList();
    if (config.routes().stream().noneMatch(Route::beacon)) {
      clients = ClientEstimates.NONE;
    } else if (!regions.equals(clientRegions) || !config.edge().equals(clients.edge())) {
      // by index: those of other regions are of no use, nor is the way to another place
      clients = new ClientEstimates(regions.size(), config.edge());
    }
    clientRegions = regions;
    List<CompiledRoute> routes = rules.routes().routes();
    config.listeners().forEach(listener -> slots.of(listener.name()));
    List<String> listeners = slots.names();
    routeMeters = new RouteMeters[listeners.size()][routes.size()];
    noRouteMeters = new RouteMeters[listeners.size()];
    for (int i = 0; i < listeners.size(); i++) {
      String listener = listeners.get(i);
      noRouteMeters[i] = telemetry.route(listener, Telemetry.NO_ROUTE);
      for (CompiledRoute route : routes) {
        routeMeters[i][route.index()] = telemetry.route(listener, route.name());
      }
    }
    regionMeters =
        config.regions().stream()
            .map(region -> telemetry.region(region.name()))
            .toArray(RegionMeters[]::new);
  }
}
