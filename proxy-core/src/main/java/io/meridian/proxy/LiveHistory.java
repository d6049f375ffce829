package io.meridian.proxy;

import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.health.HealthView;
import io.meridian.health.RegionHealth;
import io.meridian.proxy.admin.Live;
import io.meridian.proxy.routing.Controls;
import io.meridian.proxy.telemetry.Pulse;
import io.meridian.proxy.telemetry.Telemetry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The numbers of the last quarter of an hour, for pages that are opened later: a ring of fixed size
 * for each region. Any thread.
 */
final class LiveHistory {
  static final long STEP_MILLIS = TimeUnit.SECONDS.toMillis(2);
  private static final int STEPS = 450;
  private static final int COUNTRIES = 40;
  private static final int COUNTRY_STEPS = 30; // a minute

  private static final int REQUESTS = 0;
  private static final int ERRORS = 1;
  private static final int P50 = 2;
  private static final int P99 = 3;
  private static final int ESTIMATE = 4;
  private static final int KINDS = 5;

  private final Telemetry telemetry;
  private final Ring all = new Ring();
  private final Map<String, Ring> regions = new HashMap<>();
  private final Deque<Map<String, Long>> countries = new ArrayDeque<>();
  private @Nullable Pulse last;
  private long epochMillis;
  private int taken;
  private Live.Tick tick =
      new Live.Tick(0, STEP_MILLIS, new Live.Numbers(0, 0, null, null), List.of(), Map.of());

  /** Values of each kind, the newest at {@code taken - 1} modulo its length. */
  private static final class Ring {
    final float[][] values = new float[KINDS][STEPS];

    Ring() {
      for (float[] row : values) {
        Arrays.fill(row, Float.NaN);
      }
    }

    void put(int at, Pulse.Span span, double estimateMillis) {
      values[REQUESTS][at] = (float) span.requests();
      values[ERRORS][at] = (float) span.errors();
      values[P50][at] = (float) span.p50Millis();
      values[P99][at] = (float) span.p99Millis();
      values[ESTIMATE][at] = (float) estimateMillis;
    }

    List<@Nullable Double> list(int kind, int taken) {
      List<@Nullable Double> list = new ArrayList<>();
      for (int i = Math.max(0, taken - STEPS); i < taken; i++) {
        float value = values[kind][i % STEPS];
        list.add(Float.isNaN(value) ? null : Math.round(value * 100) / 100.0);
      }
      return list;
    }

    Live.Series series(int taken) {
      return new Live.Series(
          list(REQUESTS, taken),
          list(ERRORS, taken),
          list(P50, taken),
          list(P99, taken),
          list(ESTIMATE, taken));
    }
  }

  LiveHistory(Telemetry telemetry) {
    this.telemetry = telemetry;
  }

  /** Takes the next step. */
  synchronized void sample(
      MeridianConfig config, HealthView health, Controls controls, long now, long nowEpochMillis) {
    List<String> names = config.regions().stream().map(Region::name).toList();
    regions.keySet().retainAll(names);
    Pulse pulse = telemetry.pulse(names);
    Pulse before = last;
    last = pulse;
    if (before == null) {
      return;
    }
    int at = taken++ % STEPS;
    epochMillis = nowEpochMillis;
    Pulse.Span total = pulse.since(before);
    all.put(at, total, Double.NaN);
    Map<String, RegionHealth> byName = new HashMap<>();
    health.regions().forEach(region -> byName.put(region.name(), region));
    double requests =
        names.stream().mapToDouble(name -> pulse.since(before, name).requests()).sum();
    List<Live.RegionNumbers> numbers = new ArrayList<>();
    for (Region region : config.regions()) {
      Pulse.Span span = pulse.since(before, region.name());
      RegionHealth known = byName.get(region.name());
      double estimate = known == null ? Double.NaN : known.estimateMillis();
      regions.computeIfAbsent(region.name(), _ -> new Ring()).put(at, span, estimate);
      numbers.add(
          new Live.RegionNumbers(
              region.name(),
              numbers(span),
              estimate,
              requests == 0 ? 0 : span.requests() / requests,
              ControlBoard.percent(controls.dial(region, now)),
              region.endpoints().stream()
                  .mapToLong(one -> telemetry.endpoint(region.name(), one.name()).inFlight())
                  .sum()));
    }
    tick = new Live.Tick(nowEpochMillis, STEP_MILLIS, numbers(total), numbers, countries());
  }

  private static Live.Numbers numbers(Pulse.Span span) {
    return new Live.Numbers(
        span.requests(), span.errors(), number(span.p50Millis()), number(span.p99Millis()));
  }

  private static @Nullable Double number(double value) {
    return Double.isNaN(value) ? null : value;
  }

  private Map<String, Long> countries() {
    Map<String, Long> now = telemetry.countries();
    countries.addLast(now);
    if (countries.size() > COUNTRY_STEPS) {
      countries.removeFirst();
    }
    Map<String, Long> before = countries.getFirst();
    Map<String, Long> recent = new LinkedHashMap<>();
    now.entrySet().stream()
        .map(one -> Map.entry(one.getKey(), one.getValue() - before.getOrDefault(one.getKey(), 0L)))
        .filter(one -> one.getValue() > 0)
        .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder()))
        .limit(COUNTRIES)
        .forEach(one -> recent.put(one.getKey(), one.getValue()));
    return recent;
  }

  /** The newest step. */
  synchronized Live.Tick tick() {
    return tick;
  }

  /** All steps that there are. */
  synchronized Live.History history() {
    Map<String, Live.Series> series = new LinkedHashMap<>();
    regions.forEach((name, ring) -> series.put(name, ring.series(taken)));
    return new Live.History(epochMillis, STEP_MILLIS, all.series(taken), series);
  }
}
