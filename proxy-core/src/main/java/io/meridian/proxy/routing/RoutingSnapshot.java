package io.meridian.proxy.routing;

import java.util.List;

/**
 * All that routing depends on at one instant: configuration, health, estimates, operators'
 * controls. Immutable; replaced as a whole by one volatile write, read once for each decision.
 */
public final class RoutingSnapshot {
  private final long version;
  private final RouteTable routes;
  private final List<RoutedRegion> regions;
  private final Controls controls;
  private final Plan[] plans;
  private final Replicas replicas;
  private final ClientEstimates clients;

  RoutingSnapshot(
      long version,
      RouteTable routes,
      List<RoutedRegion> regions,
      Controls controls,
      Plan[] plans) {
    this(version, routes, regions, controls, plans, Replicas.NONE, ClientEstimates.NONE);
  }

  private RoutingSnapshot(
      long version,
      RouteTable routes,
      List<RoutedRegion> regions,
      Controls controls,
      Plan[] plans,
      Replicas replicas,
      ClientEstimates clients) {
    this.replicas = replicas;
    this.clients = clients;
    this.version = version;
    this.routes = routes;
    this.regions = List.copyOf(regions);
    this.controls = controls;
    this.plans = plans;
  }

  /** The same with other words of how fresh the regions' data is. */
  public RoutingSnapshot with(Replicas newer) {
    return new RoutingSnapshot(version, routes, regions, controls, plans, newer, clients);
  }

  /** The same with what is known of round trips from clients. */
  public RoutingSnapshot with(ClientEstimates known) {
    return new RoutingSnapshot(version, routes, regions, controls, plans, replicas, known);
  }

  /** What is known of round trips from clients; it learns on. */
  public ClientEstimates clients() {
    return clients;
  }

  /** How fresh the regions' data is. */
  public Replicas replicas() {
    return replicas;
  }

  public long version() {
    return version;
  }

  public RouteTable routes() {
    return routes;
  }

  /** In the configuration's order. */
  public List<RoutedRegion> regions() {
    return regions;
  }

  /** What operators hold regions to; {@link RoutedRegion#dial} shows the effect. */
  public Controls controls() {
    return controls;
  }

  Plan plan(int index) {
    return plans[index];
  }
}
