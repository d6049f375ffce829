package io.meridian.proxy.telemetry;

import io.prometheus.client.Collector;
import java.util.List;
import java.util.function.Supplier;

/** When which region's failover was practised. */
final class DrillCollector extends Collector {
  private final Supplier<List<RegionDrill>> source;

  DrillCollector(Supplier<List<RegionDrill>> source) {
    this.source = source;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    Family active =
        Family.gauge(
            "drill_active", "1 while a drill fails the region on purpose, else 0.", "region");
    Family last =
        Family.gauge(
            "drill_last_success_timestamp_seconds",
            "When a drill of the region last ran its whole time within its guards; 0: never.",
            "region");
    for (RegionDrill region : source.get()) {
      active.add(region.active() ? 1 : 0, region.region());
      last.add(region.lastSuccessEpochSeconds(), region.region());
    }
    return List.of(active.done(), last.done());
  }
}
