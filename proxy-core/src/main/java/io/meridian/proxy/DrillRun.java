package io.meridian.proxy;

import io.meridian.config.DrillRules;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.proxy.admin.DrillReport;
import io.meridian.proxy.admin.DrillReport.Receiver;
import io.meridian.proxy.admin.DrillReport.Requests;
import io.meridian.proxy.admin.DrillRequest;
import io.meridian.proxy.routing.Drill;
import io.meridian.proxy.telemetry.DrillMeters;
import io.meridian.proxy.telemetry.DrillMeters.Counts;
import io.meridian.proxy.telemetry.DrillMeters.Group;
import io.meridian.proxy.telemetry.Telemetry;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One drill while it is under way: what it does to requests and to those who get them. Any thread.
 */
final class DrillRun {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final int WINDOW_SECONDS = 10;

  final DrillRequest request;
  final Drill drill;
  final DrillMeters meters;
  final String id;
  final long startNanos;
  final long endNanos;
  final long startEpochMillis;

  private final Telemetry telemetry;
  private final List<String> regions;
  private final Map<String, Load> loads = new HashMap<>();
  private final Deque<Counts> window = new ArrayDeque<>();
  private long windowNanos;
  private double effectMillis;

  /** What one region carries. */
  private static final class Load {
    long before;
    long peak;
    double rateBefore;
    double ratePeak;
    long decided;
  }

  /**
   * @param rates requests a second of each in the seconds before
   */
  DrillRun(
      DrillRequest request,
      Drill drill,
      DrillMeters meters,
      String id,
      MeridianConfig config,
      Map<String, Double> rates,
      Telemetry telemetry,
      long nowNanos,
      long nowEpochMillis) {
    this.request = request;
    this.drill = drill;
    this.meters = meters;
    this.id = id;
    this.telemetry = telemetry;
    this.regions = config.regions().stream().map(Region::name).toList();
    this.startNanos = nowNanos;
    this.endNanos = nowNanos + request.time().toNanos();
    this.startEpochMillis = nowEpochMillis;
    this.windowNanos = nowNanos;
    window.add(Counts.NONE);
    for (Region region : config.regions()) {
      Load load = new Load();
      load.before = inFlight(region);
      load.peak = load.before;
      load.rateBefore = rates.getOrDefault(region.name(), 0.0);
      load.decided = telemetry.region(region.name()).decided();
      loads.put(region.name(), load);
    }
  }

  private long inFlight(Region region) {
    return region.endpoints().stream()
        .mapToLong(endpoint -> telemetry.endpoint(region.name(), endpoint.name()).inFlight())
        .sum();
  }

  /** Requests go elsewhere from now on. */
  synchronized void inForce(long nowNanos) {
    effectMillis = (nowNanos - startNanos) / 1e6;
  }

  /** Looks at all that it counts. */
  synchronized void look(MeridianConfig config, long nowNanos) {
    Counts moved = meters.counts(Group.MOVED);
    boolean second = nowNanos - windowNanos >= SECOND;
    double seconds = (nowNanos - windowNanos) / 1e9;
    for (Region region : config.regions()) {
      Load load = loads.computeIfAbsent(region.name(), _ -> new Load());
      load.peak = Math.max(load.peak, inFlight(region));
      if (second) {
        long decided = telemetry.region(region.name()).decided();
        load.ratePeak = Math.max(load.ratePeak, (decided - load.decided) / seconds);
        load.decided = decided;
      }
    }
    if (second) {
      windowNanos = nowNanos;
      window.addLast(moved);
      if (window.size() > WINDOW_SECONDS) {
        window.removeFirst();
      }
    }
  }

  /** Which guard is broken, in a few words; null: none is. */
  synchronized @Nullable String broken(DrillRules rules) {
    Counts recent = meters.counts(Group.MOVED).since(window.getFirst());
    if (recent.ended() < rules.minRequests()) {
      return null;
    }
    if (recent.errors() * 100 > recent.ended() * (long) rules.maxErrors()) {
      return "errors: "
          + recent.errors()
          + " of "
          + recent.ended()
          + " moved requests failed in 10 s (max_errors: "
          + rules.maxErrors()
          + "%)";
    }
    double p95 = recent.quantileMillis(0.95);
    if (p95 > rules.maxP95().toMillis()) {
      return "p95: "
          + Math.round(p95)
          + " ms of the moved requests in 10 s (max_p95: "
          + rules.maxP95().toMillis()
          + " ms)";
    }
    return null;
  }

  boolean moved() {
    return meters.counts(Group.MOVED).begun() > 0;
  }

  /**
   * What has come of it.
   *
   * @param endedEpochMillis null: it goes on
   */
  synchronized DrillReport report(
      DrillRules rules, String outcome, String why, @Nullable Long endedEpochMillis, long now) {
    Counts moved = meters.counts(Group.MOVED);
    Counts usual = meters.counts(Group.USUAL);
    List<Receiver> receivers = new ArrayList<>();
    for (int i = 0; i < regions.size(); i++) {
      Load load = loads.get(regions.get(i));
      long received = meters.received(i);
      if (received > 0 && load != null) {
        receivers.add(
            new Receiver(
                regions.get(i), received, load.before, load.peak, load.rateBefore, load.ratePeak));
      }
    }
    return new DrillReport(
        id,
        request.region(),
        request.percent(),
        request.by(),
        request.reason(),
        startEpochMillis,
        endedEpochMillis,
        request.time().toMillis() / 1e3,
        endedEpochMillis == null ? Math.max(0, (endNanos - now) / 1e9) : 0,
        outcome,
        why,
        effectMillis,
        number(meters.firstMillis(Group.MOVED, startNanos)),
        requests(moved),
        requests(usual),
        number(moved.quantileMillis(0.5) - usual.quantileMillis(0.5)),
        number(moved.quantileMillis(0.95) - usual.quantileMillis(0.95)),
        receivers,
        new DrillReport.Guards(rules.maxErrors(), rules.maxP95().toMillis(), rules.minRequests()));
  }

  private static Requests requests(Counts counts) {
    return new Requests(
        counts.begun(),
        counts.errors(),
        counts.errorRatio(),
        number(counts.quantileMillis(0.5)),
        number(counts.quantileMillis(0.95)));
  }

  private static @Nullable Double number(double value) {
    return Double.isNaN(value) ? null : value;
  }
}
