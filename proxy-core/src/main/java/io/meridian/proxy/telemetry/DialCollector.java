package io.meridian.proxy.telemetry;

import io.prometheus.client.Collector;
import java.util.List;
import java.util.function.Supplier;

/** What operators let regions have. */
final class DialCollector extends Collector {
  private final Supplier<List<RegionDial>> source;

  DialCollector(Supplier<List<RegionDial>> source) {
    this.source = source;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    Family dial =
        Family.gauge(
            "region_dial_ratio",
            "Share of its normal traffic that the operator lets the region have.",
            "region");
    Family controlled =
        Family.gauge(
            "region_controlled",
            "1 while the region is held to something by the API, else 0.",
            "region");
    for (RegionDial region : source.get()) {
      dial.add(region.ratio(), region.region());
      controlled.add(region.controlled() ? 1 : 0, region.region());
    }
    return List.of(dial.done(), controlled.done());
  }
}
