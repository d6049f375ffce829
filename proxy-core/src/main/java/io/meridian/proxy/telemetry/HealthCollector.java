package io.meridian.proxy.telemetry;

import io.meridian.health.EndpointHealth;
import io.meridian.health.HealthState;
import io.meridian.health.HealthView;
import io.meridian.health.RegionHealth;
import io.prometheus.client.Collector;
import java.util.List;
import java.util.function.Supplier;

/** The health view as gauges. */
final class HealthCollector extends Collector {
  private final Supplier<HealthView> source;

  HealthCollector(Supplier<HealthView> source) {
    this.source = source;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    HealthView view = source.get();
    Family up =
        Family.gauge("region_up", "1 if the region may be used, 0 if it is ejected.", "region");
    Family state =
        Family.gauge(
            "region_state", "1 for the state that the region is in, else 0.", "region", "state");
    Family share =
        Family.gauge(
            "region_share_ratio",
            "Share of its normal traffic that the region may get: below 1 on probation.",
            "region");
    Family estimate =
        Family.gauge(
            "region_latency_estimate_seconds",
            "Round trip from this edge to the region, best estimate.",
            "region");
    Family endpointState =
        Family.gauge(
            "endpoint_health",
            "1 for the state that the endpoint is in, else 0.",
            "region",
            "endpoint",
            "state");
    for (RegionHealth region : view.regions()) {
      up.add(region.state().usable() ? 1 : 0, region.name());
      share.add(region.share(), region.name());
      estimate.add(region.estimateMillis() / 1000, region.name());
      for (HealthState each : HealthState.values()) {
        state.add(region.state() == each ? 1 : 0, region.name(), Labels.of(each));
        for (EndpointHealth endpoint : region.endpoints()) {
          endpointState.add(
              endpoint.state() == each ? 1 : 0,
              endpoint.region(),
              endpoint.name(),
              Labels.of(each));
        }
      }
    }
    Family self =
        Family.gauge(
            "self_suspect",
            "1 while all regions turned bad together, so that the fault is probably this edge's.");
    self.add(view.selfSuspect() ? 1 : 0);
    return List.of(
        up.done(), state.done(), share.done(), estimate.done(), endpointState.done(), self.done());
  }
}
