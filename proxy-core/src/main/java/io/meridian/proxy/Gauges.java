package io.meridian.proxy;

import io.meridian.proxy.routing.Controls;
import io.meridian.proxy.telemetry.RegionCapacity;
import io.meridian.proxy.telemetry.RegionDial;
import io.meridian.proxy.telemetry.RegionLag;
import io.meridian.proxy.telemetry.Telemetry;
import java.util.List;

/** What a scrape asks of the parts, on the scraper's thread. */
final class Gauges {
  private final Parts parts;

  private Gauges(Parts parts) {
    this.parts = parts;
  }

  static void register(Parts parts, Drain drain) {
    Gauges gauges = new Gauges(parts);
    Telemetry telemetry = parts.telemetry;
    telemetry.health(parts.health::view);
    telemetry.geo(parts.geo::status);
    telemetry.dials(gauges::dials);
    telemetry.cache(parts.cache);
    telemetry.capacity(gauges::capacities);
    telemetry.drills(() -> parts.drills.meters(parts.world.snapshot().config()));
    telemetry.lags(gauges::lags);
    telemetry.draining(drain::begun);
    telemetry.directMemory(parts.memory::used, parts.memory.limit());
    telemetry.accessLogDropped(parts.outputs::dropped);
  }

  private List<RegionDial> dials() {
    Controls current = parts.controls.controls();
    long now = parts.ticker.nanoTime();
    return parts.world.snapshot().config().regions().stream()
        .map(region ->
            new RegionDial(
                region.name(), current.dial(region, now), current.of(region.name()) != null))
        .toList();
  }

  private List<RegionCapacity> capacities() {
    long now = parts.ticker.nanoTime();
    return parts
        .world
        .loads()
        .all()
        .map(load -> new RegionCapacity(load.region(), load.used(now), load.soft(), load.hard()))
        .toList();
  }

  private List<RegionLag> lags() {
    var routing = parts.world.snapshot().routing();
    return routing.regions().stream()
        .map(region ->
            new RegionLag(region.name(), routing.replicas().lagMillis(region.index()) / 1000))
        .filter(lag -> !Double.isNaN(lag.seconds()))
        .toList();
  }
}
