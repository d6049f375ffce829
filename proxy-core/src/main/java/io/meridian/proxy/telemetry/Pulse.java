package io.meridian.proxy.telemetry;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What traffic had come to at one instant: two of them tell what happened between. Any thread;
 * immutable once taken.
 */
public final class Pulse {
  private final long nanos;
  private final Totals all;
  private final Map<String, Totals> regions = new HashMap<>();

  /** Counts since the start of the process. */
  private static final class Totals {
    long requests;
    long errors;
    final long[] times = new long[Buckets.LATENCY.slots()];
  }

  /**
   * What happened in a span of time.
   *
   * @param requests a second
   * @param errors a second: of a region, tries that failed there; of all, answers of class 5xx
   * @param p50Millis of a region, time to the first byte; of all, time to the answer's end; NaN
   *     without samples. Interpolated within the buckets of the metrics.
   */
  public record Span(double requests, double errors, double p50Millis, double p99Millis) {}

  private Pulse(long nanos, Totals all) {
    this.nanos = nanos;
    this.all = all;
  }

  /**
   * Takes one.
   *
   * @param names of regions
   */
  static Pulse take(
      Iterable<RouteMeters> routes,
      Iterable<EndpointMeters> endpoints,
      Map<String, RegionMeters> decisions,
      List<String> names,
      long nowNanos) {
    Totals all = new Totals();
    for (RouteMeters route : routes) {
      Buckets.LATENCY.fold(route.cells, RouteMeters.DURATION, all.times);
      all.errors += route.serverErrors();
    }
    for (int i = 0; i <= Buckets.LATENCY.size(); i++) {
      all.requests += all.times[i];
    }
    Pulse pulse = new Pulse(nowNanos, all);
    for (String name : names) {
      Totals totals = new Totals();
      RegionMeters decided = decisions.get(name);
      totals.requests = decided == null ? 0 : decided.decided();
      pulse.regions.put(name, totals);
    }
    for (EndpointMeters endpoint : endpoints) {
      Totals totals = pulse.regions.get(endpoint.region);
      if (totals != null) {
        Buckets.LATENCY.fold(endpoint.cells, EndpointMeters.TTFB, totals.times);
        totals.errors += endpoint.failures();
      }
    }
    return pulse;
  }

  /** What happened to all requests since then. */
  public Span since(Pulse before) {
    return span(all, before.all, before.nanos);
  }

  /** What happened to a region since then; nothing if it was not there. */
  public Span since(Pulse before, String region) {
    Totals now = regions.get(region);
    Totals then = before.regions.get(region);
    return now == null || then == null
        ? new Span(0, 0, Double.NaN, Double.NaN)
        : span(now, then, before.nanos);
  }

  private Span span(Totals now, Totals then, long thenNanos) {
    double seconds = Math.max(1e-3, (nanos - thenNanos) / 1e9);
    long[] times = now.times.clone();
    for (int i = 0; i < times.length; i++) {
      times[i] -= then.times[i];
    }
    return new Span(
        (now.requests - then.requests) / seconds,
        (now.errors - then.errors) / seconds,
        Buckets.LATENCY.quantileMillis(times, 0.5),
        Buckets.LATENCY.quantileMillis(times, 0.99));
  }
}
