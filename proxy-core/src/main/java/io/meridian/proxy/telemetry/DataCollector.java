package io.meridian.proxy.telemetry;

import io.prometheus.client.Collector;
import java.util.List;

/** What became of requests for the sake of the data that they are about. */
final class DataCollector extends Collector {
  private final Counters counters;

  DataCollector(Counters counters) {
    this.counters = counters;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    Family stale =
        Family.counter(
            "stale_reads_total",
            "Reads of clients that had written, from a region that may lack what they wrote.",
            "route");
    counters.staleReads.forEach((route, count) -> stale.add(count.sum(), route));
    Family replays =
        Family.counter(
            "app_replays_total",
            "Requests that an endpoint sent on to another region, by what became of that.",
            "route",
            "result");
    counters.replays.forEach((key, count) -> replays.add(count.sum(), key.route(), key.result()));
    Family steered =
        Family.counter(
            "steered_total",
            "Clients that were sent to a region's own address, as that is nearer to them.",
            "route",
            "region");
    counters.steered.forEach((key, count) -> steered.add(count.sum(), key.route(), key.region()));
    Family beacons =
        Family.counter(
            "beacon_reports_total",
            "Reports by browsers of their round trips, by what became of them.",
            "result");
    counters.beacons.forEach((result, count) -> beacons.add(count.sum(), result));
    return List.of(stale.done(), replays.done(), steered.done(), beacons.done());
  }
}
