package io.meridian.proxy.telemetry;

import io.meridian.geo.GeoService.DatabaseStatus;
import io.prometheus.client.Collector;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;

/** The databases that are loaded: how old, how large, how often replaced. */
final class GeoCollector extends Collector {
  private final Supplier<List<DatabaseStatus>> source;
  private final InstantSource clock;

  GeoCollector(Supplier<List<DatabaseStatus>> source, InstantSource clock) {
    this.source = source;
    this.clock = clock;
  }

  @Override
  public List<MetricFamilySamples> collect() {
    Family built =
        Family.gauge(
            "geo_db_build_timestamp_seconds", "When the database in use was made.", "database");
    Family age = Family.gauge("geo_db_age_seconds", "How old the database in use is.", "database");
    Family networks =
        Family.gauge("geo_db_networks", "Networks that the database in use lists.", "database");
    Family reloads =
        Family.counter(
            "geo_db_reloads_total",
            "Database files that replaced the one in use, or were refused.",
            "database",
            "result");
    for (DatabaseStatus status : source.get()) {
      built.add(status.buildEpochSeconds(), status.kind());
      age.add(clock.instant().getEpochSecond() - status.buildEpochSeconds(), status.kind());
      networks.add(status.networks(), status.kind());
      reloads.add(status.reloads(), status.kind(), "success");
      reloads.add(status.refused(), status.kind(), "failure");
    }
    return List.of(built.done(), age.done(), networks.done(), reloads.done());
  }
}
