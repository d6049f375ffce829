package io.meridian.proxy.telemetry;

import io.prometheus.client.Collector;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.LongAdder;

/** What regions and endpoints did: attempts, times, connections, decisions, failovers. */
final class UpstreamCollector extends Collector {
  private final Collection<EndpointMeters> endpoints;
  private final Collection<RegionMeters> regions;
  private final Counters counters;

  /** The collections are live: what they hold at the time of a scrape is shown. */
  UpstreamCollector(
      Collection<EndpointMeters> endpoints, Collection<RegionMeters> regions, Counters counters) {
    this.endpoints = endpoints;
    this.regions = regions;
    this.counters = counters;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    return List.of(
        attempts(),
        times(
            "upstream_ttfb_seconds",
            "From the last byte of a request head sent to the first byte of the response.",
            EndpointMeters.TTFB),
        times(
            "upstream_connect_seconds",
            "Time to establish a connection, without TLS.",
            EndpointMeters.CONNECT),
        inFlight(),
        poolConnections(),
        opened(),
        decisions(),
        failovers(),
        ejections(),
        wouldEject(),
        fenceBlocked(),
        controls(),
        winners(
            "connect_races_total",
            "Connects to two regions at a time, by which was ready first.",
            counters.racesWonByPrimary,
            counters.racesWonByBackup),
        winners(
            "hedges_total",
            "Requests sent to two regions at a time, by which answered first.",
            counters.hedgesWonByPrimary,
            counters.hedgesWonByBackup));
  }

  private MetricFamilySamples attempts() {
    Family family =
        Family.counter(
            "upstream_attempts_total",
            "Attempts at an endpoint, by how they ended.",
            "region",
            "endpoint",
            "outcome");
    for (EndpointMeters endpoint : endpoints) {
      for (int i = 0; i < AttemptOutcome.count(); i++) {
        long count = endpoint.cells.sum(EndpointMeters.OUTCOMES + i);
        if (count > 0) {
          family.add(count, endpoint.region, endpoint.endpoint, AttemptOutcome.of(i).label());
        }
      }
    }
    return family.done();
  }

  private MetricFamilySamples times(String name, String help, int first) {
    Family family = Family.histogram(name, help, "region", "endpoint");
    for (EndpointMeters endpoint : endpoints) {
      long[] slots = new long[Buckets.LATENCY.slots()];
      Buckets.LATENCY.fold(endpoint.cells, first, slots);
      family.add(Buckets.LATENCY, slots, endpoint.region, endpoint.endpoint);
    }
    return family.done();
  }

  private MetricFamilySamples inFlight() {
    Family family =
        Family.gauge(
            "upstream_requests_in_flight",
            "Requests under way at an endpoint.",
            "region",
            "endpoint");
    for (EndpointMeters endpoint : endpoints) {
      family.add(endpoint.inFlight(), endpoint.region, endpoint.endpoint);
    }
    return family.done();
  }

  private MetricFamilySamples poolConnections() {
    TreeMap<String, long[]> byRegion = new TreeMap<>();
    for (EndpointMeters endpoint : endpoints) {
      long[] openAndIdle = byRegion.computeIfAbsent(endpoint.region, _ -> new long[2]);
      openAndIdle[0] +=
          endpoint.cells.sum(EndpointMeters.OPENED) - endpoint.cells.sum(EndpointMeters.CLOSED);
      openAndIdle[1] += endpoint.cells.sum(EndpointMeters.IDLE);
    }
    Family family =
        Family.gauge("pool_connections", "Connections to a region's endpoints.", "region", "state");
    byRegion.forEach((region, openAndIdle) -> {
      family.add(openAndIdle[1], region, "idle");
      family.add(Math.max(0, openAndIdle[0] - openAndIdle[1]), region, "busy");
    });
    return family.done();
  }

  private MetricFamilySamples opened() {
    Family family =
        Family.counter(
            "upstream_connections_opened_total",
            "Connections established to an endpoint.",
            "region",
            "endpoint");
    for (EndpointMeters endpoint : endpoints) {
      family.add(endpoint.cells.sum(EndpointMeters.OPENED), endpoint.region, endpoint.endpoint);
    }
    return family.done();
  }

  private MetricFamilySamples decisions() {
    Family family =
        Family.counter(
            "routing_decisions_total",
            "Requests by the region that they were first sent to, and why.",
            "region",
            "reason");
    for (RegionMeters region : regions) {
      for (int i = 0; i < DecisionReason.count(); i++) {
        long count = region.cells.sum(i);
        if (count > 0) {
          family.add(count, region.region, DecisionReason.of(i).label());
        }
      }
    }
    return family.done();
  }

  private MetricFamilySamples failovers() {
    Family family =
        Family.counter(
            "failovers_total",
            "Requests that moved on to another region, by what went wrong in the first.",
            "from",
            "to",
            "reason");
    counters.failovers.forEach(
        (key, count) -> family.add(count.sum(), key.from(), key.to(), key.reason()));
    return family.done();
  }

  private MetricFamilySamples ejections() {
    Family family =
        Family.counter(
            "ejections_total",
            "Times that a region, or an endpoint in it, was taken out for bad health.",
            "region",
            "kind");
    counters.ejections.forEach((key, count) -> family.add(count.sum(), key.region(), key.kind()));
    return family.done();
  }

  private MetricFamilySamples wouldEject() {
    Family family =
        Family.counter(
            "would_eject_total",
            "Times that an endpoint of the region would have been taken out, but for"
                + " health.report_only.",
            "region");
    counters.wouldEject.forEach((region, count) -> family.add(count.sum(), region));
    return family.done();
  }

  private MetricFamilySamples fenceBlocked() {
    Family family =
        Family.counter(
            "fence_blocked_total",
            "Requests refused, as no region that the fence allows was left.",
            "fence");
    for (Map.Entry<String, LongAdder> entry : counters.fenceBlocked.entrySet()) {
      family.add(entry.getValue().sum(), entry.getKey());
    }
    return family.done();
  }

  private MetricFamilySamples controls() {
    Family family =
        Family.counter(
            "control_changes_total",
            "What operators asked of regions by the API, by what became of it.",
            "action",
            "result");
    counters.controls.forEach((key, count) -> family.add(count.sum(), key.action(), key.result()));
    return family.done();
  }

  private static MetricFamilySamples winners(
      String name, String help, LongAdder primary, LongAdder backup) {
    return Family.counter(name, help, "winner")
        .add(primary.sum(), "primary")
        .add(backup.sum(), "backup")
        .done();
  }
}
