package io.meridian.proxy.telemetry;

import io.prometheus.client.Collector;
import java.util.List;
import java.util.function.Supplier;

/** What regions with a capacity have, and what was moved or refused for it. */
final class CapacityCollector extends Collector {
  private final Supplier<List<RegionCapacity>> source;
  private final Counters counters;

  CapacityCollector(Supplier<List<RegionCapacity>> source, Counters counters) {
    this.source = source;
    this.counters = counters;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    Family limit =
        Family.gauge(
            "region_capacity",
            "What the region can take as this edge counts it, in flight or a second as configured;"
                + " an adaptive limit as it is now.",
            "region",
            "limit");
    Family used =
        Family.gauge(
            "region_capacity_used", "How much of its capacity the region has now.", "region");
    for (RegionCapacity region : source.get()) {
      limit.add(region.soft(), region.region(), "soft");
      limit.add(region.hard(), region.region(), "hard");
      used.add(region.used(), region.region());
    }
    Family spilled =
        Family.counter(
            "capacity_spilled_requests_total",
            "Requests that went to another region because one had enough.",
            "from",
            "to");
    counters.spills.forEach((key, count) -> spilled.add(count.sum(), key.from(), key.to()));
    Family shed =
        Family.counter(
            "capacity_shed_requests_total",
            "Requests that were answered with 503 because the region and all others were full.",
            "region");
    counters.sheds.forEach((region, count) -> shed.add(count.sum(), region));
    return List.of(limit.done(), used.done(), spilled.done(), shed.done());
  }
}
