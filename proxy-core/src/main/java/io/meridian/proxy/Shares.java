package io.meridian.proxy;

import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.proxy.telemetry.Telemetry;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;

/** Who got how much of the traffic over the last seconds. Any thread. */
final class Shares {
  private static final int SECONDS = 5;

  private record Sample(long nanos, Map<String, Long> decided) {}

  private final Telemetry telemetry;
  private final Deque<Sample> samples = new ArrayDeque<>();

  Shares(Telemetry telemetry) {
    this.telemetry = telemetry;
  }

  /** Notes the counts of this moment. */
  synchronized void sample(MeridianConfig config) {
    Map<String, Long> decided = new HashMap<>();
    for (Region region : config.regions()) {
      decided.put(region.name(), telemetry.region(region.name()).decided());
    }
    if (samples.size() > SECONDS) {
      samples.removeFirst();
    }
    samples.addLast(new Sample(System.nanoTime(), decided));
  }

  synchronized double requestsPerSecond() {
    if (samples.size() < 2) {
      return 0;
    }
    double span = (samples.getLast().nanos - samples.getFirst().nanos) / 1e9;
    return total() / span;
  }

  /** Requests a second by region. */
  synchronized Map<String, Double> rates() {
    Map<String, Double> rates = new HashMap<>();
    if (samples.size() > 1) {
      double span = (samples.getLast().nanos - samples.getFirst().nanos) / 1e9;
      samples.getLast().decided.keySet().forEach(name -> rates.put(name, since(name) / span));
    }
    return rates;
  }

  /** Of all requests that were sent to a region at all, 0 to 1. */
  synchronized double of(String region) {
    long total = total();
    return total == 0 ? 0 : (double) since(region) / total;
  }

  private long total() {
    return samples.isEmpty()
        ? 0
        : samples.getLast().decided.keySet().stream().mapToLong(this::since).sum();
  }

  private long since(String region) {
    long now = samples.getLast().decided.getOrDefault(region, 0L);
    return now - samples.getFirst().decided.getOrDefault(region, now);
  }
}
