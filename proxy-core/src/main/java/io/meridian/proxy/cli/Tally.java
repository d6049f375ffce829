package io.meridian.proxy.cli;

import io.meridian.proxy.exchange.Replay.Outcome;
import io.meridian.proxy.routing.RoutedRegion;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Counts what became of replayed requests under one configuration. */
final class Tally {
  /** Minutes that are told apart at most: two months. */
  private static final int MINUTES = 90_000;

  private final Map<String, Region> regions = new LinkedHashMap<>();
  private final Map<String, Long> refused = new TreeMap<>();
  private final Map<String, Long> fences = new TreeMap<>();
  private final Map<String, Map<String, Integer>> minutes = new LinkedHashMap<>();
  private String minute = "";
  private Map<String, Integer> present = new LinkedHashMap<>();
  private long requests;

  /** Of one region. */
  static final class Region {
    private final double millis;
    private long requests;
    private double sum;
    private int busiest;

    Region(double millis) {
      this.millis = millis;
    }
  }

  /**
   * What came out for one region.
   *
   * @param share of all requests
   * @param millis round trip, as the routes' {@code latency_from} counts
   * @param busiestPerSecond requests a second in its busiest minute; 0 if the log has no times
   */
  record Line(String region, long requests, double share, double millis, double busiestPerSecond) {}

  Tally(List<RoutedRegion> all) {
    all.forEach(region -> regions.put(region.name(), new Region(region.estimateMillis())));
  }

  void count(LoggedRequest request, Outcome outcome) {
    requests++;
    RoutedRegion to = outcome.region();
    if (to == null) {
      refused.merge(outcome.refused(), 1L, Long::sum);
      String fence = outcome.fence();
      if (fence != null) {
        fences.merge(fence, 1L, Long::sum);
      }
      return;
    }
    Region region = region(to.name());
    region.requests++;
    region.sum += outcome.millis();
    if (!request.minute().isEmpty()) {
      if (!request.minute().equals(minute)) {
        minute = request.minute();
        present =
            minutes.size() < MINUTES
                ? minutes.computeIfAbsent(minute, _ -> new LinkedHashMap<>())
                : minutes.getOrDefault(minute, new LinkedHashMap<>());
      }
      region.busiest = Math.max(region.busiest, present.merge(to.name(), 1, Integer::sum));
    }
  }

  private Region region(String name) {
    Region region = regions.get(name);
    if (region == null) {
      throw new IllegalStateException("no region " + name);
    }
    return region;
  }

  long requests() {
    return requests;
  }

  List<Line> lines() {
    return regions.entrySet().stream()
        .map(entry -> {
          Region region = entry.getValue();
          return new Line(
              entry.getKey(),
              region.requests,
              share(region.requests),
              region.requests == 0 ? region.millis : region.sum / region.requests,
              region.busiest / 60.0);
        })
        .toList();
  }

  double share(long count) {
    return requests == 0 ? 0 : (double) count / requests;
  }

  /** Mean round trip of the requests that were forwarded; 0 if none was. */
  double meanMillis() {
    long forwarded = 0;
    double sum = 0;
    for (Region region : regions.values()) {
      forwarded += region.requests;
      sum += region.sum;
    }
    return forwarded == 0 ? 0 : sum / forwarded;
  }

  /** Requests that went nowhere, by reason. */
  Map<String, Long> refused() {
    return refused;
  }

  /** Those of them that a fence bound, by fence. */
  Map<String, Long> fences() {
    return fences;
  }
}
