package io.meridian.proxy.telemetry;

import io.prometheus.client.Collector;
import java.util.List;
import java.util.function.Supplier;

/** How far regions' copies of the data are behind, where that is known. */
final class LagCollector extends Collector {
  private final Supplier<List<RegionLag>> source;

  LagCollector(Supplier<List<RegionLag>> source) {
    this.source = source;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    Family lag =
        Family.gauge(
            "region_lag_seconds",
            "How far the region's copy of the data is behind, as its endpoints say.",
            "region");
    for (RegionLag region : source.get()) {
      lag.add(region.seconds(), region.region());
    }
    return List.of(lag.done());
  }
}
