package io.meridian.proxy;

import io.meridian.config.DrillRules;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.health.EndpointHealth;
import io.meridian.health.HealthState;
import io.meridian.health.HealthView;
import io.meridian.health.RegionHealth;
import io.meridian.proxy.admin.ControlRefused;
import io.meridian.proxy.admin.DrillReport;
import io.meridian.proxy.admin.DrillRequest;
import io.meridian.proxy.admin.DrillStatus;
import io.meridian.proxy.admin.Event;
import io.meridian.proxy.routing.Drill;
import io.meridian.proxy.routing.RoutingRules;
import io.meridian.proxy.telemetry.DrillMeters;
import io.meridian.proxy.telemetry.RegionDrill;
import io.meridian.proxy.telemetry.Telemetry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The drill that is under way, at most one, and those before it. A drill fails a region for a part
 * of the clients; it ends by itself, in time or when a guard breaks. Written on the control loop
 * only.
 */
final class DrillBoard {
  private static final Logger AUDIT = LoggerFactory.getLogger("io.meridian.audit");
  private static final int KEPT = 50;
  private static final Duration LAST_WRITE = Duration.ofMillis(800);
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private final InstantSource clock;
  private final Telemetry telemetry;
  private final int loops;
  private final Consumer<Event> onEvent;
  private final DrillReports files = new DrillReports();
  private final Map<String, Long> lastSuccess = new ConcurrentHashMap<>(); // epoch milliseconds
  private @Nullable Thread writer; // control loop only
  private volatile @Nullable DrillRun run;
  private volatile List<DrillReport> reports = List.of();

  /**
   * @param loops event loops that carry traffic
   */
  DrillBoard(InstantSource clock, Telemetry telemetry, int loops, Consumer<Event> onEvent) {
    this.clock = clock;
    this.telemetry = telemetry;
    this.loops = loops;
    this.onEvent = onEvent;
  }

  /** Remembers what the directory knows of drills before; once, at the start. */
  void restore(MeridianConfig config) {
    Path directory = config.admin().controls().drill().reports();
    if (directory != null) {
      List<DrillReport> read = files.read(directory);
      for (DrillReport report : read) {
        remember(report);
      }
      reports = List.copyOf(read.subList(0, Math.min(KEPT, read.size())));
    }
  }

  private void remember(DrillReport report) {
    Long ended = report.endedEpochMillis();
    if (report.outcome().equals(DrillReport.COMPLETED)
        && ended != null
        && report.moved().requests() > 0) {
      lastSuccess.merge(report.region(), ended, Math::max);
    }
  }

  /** The drill that is under way; null: none is. Any thread. */
  @Nullable DrillRun run() {
    return run;
  }

  /**
   * Begins a drill, or refuses it.
   *
   * @param rates requests a second of each region in the seconds before
   * @throws IllegalArgumentException if there is no such region
   */
  DrillRun start(
      DrillRequest request,
      RoutingRules routing,
      HealthView health,
      ControlBoard board,
      Map<String, Double> rates,
      long nowNanos)
      throws ControlRefused {
    MeridianConfig config = routing.config();
    Region region = ControlBoard.find(config, request.region());
    try {
      check(request, region, routing, health, board, nowNanos);
    } catch (ControlRefused e) {
      telemetry.counters().control("drill", "refused");
      AUDIT.warn(
          "audit: drill {} refused by rule {}: {}; asked for by {}: {}",
          region.name(),
          e.rule(),
          e.getMessage(),
          request.by(),
          request.reason());
      throw e;
    }
    long millis = clock.millis();
    DrillRun made =
        new DrillRun(
            request,
            new Drill(region.name(), request.percent() / 100.0, millis * 0x9e3779b97f4a7c15L),
            new DrillMeters(loops, config.regions().size()),
            region.name() + "-" + TIME.format(Instant.ofEpochMilli(millis)),
            config,
            rates,
            telemetry,
            nowNanos,
            millis);
    run = made;
    telemetry.counters().control("drill", "applied");
    board.taken(nowNanos);
    tell(
        region.name(),
        "in use",
        "failed for " + request.percent() + " % of clients",
        "drill by "
            + request.by()
            + ", for "
            + request.time().toSeconds()
            + " s: "
            + request.reason());
    return made;
  }

  private void check(
      DrillRequest request,
      Region region,
      RoutingRules routing,
      HealthView health,
      ControlBoard board,
      long nowNanos)
      throws ControlRefused {
    if (run != null) {
      throw new ControlRefused("one_drill", "a drill is under way; stop it first, or wait");
    }
    Duration most = routing.config().admin().controls().maxTtl();
    if (request.time().compareTo(most) > 0 || request.time().isZero()) {
      throw new ControlRefused(
          "max_ttl",
          "for: "
              + request.time().toSeconds()
              + " s (expected: 1 s to "
              + most.toSeconds()
              + " s)");
    }
    SafetyRules rules = new SafetyRules(routing, health, board.controls());
    if (rules.target(region) == 0) {
      throw new ControlRefused("no_traffic", region.name() + " is switched off: it has no traffic");
    }
    if (!usable(health, region.name())) {
      throw new ControlRefused("not_well", region.name() + " is not up as it is");
    }
    rules.check(region, 0, board.sinceTaken(nowNanos));
  }

  private static boolean usable(HealthView health, String region) {
    return health.regions().stream()
        .anyMatch(one -> one.name().equals(region) && one.state().usable());
  }

  /** Ends the drill that is under way; null: there is none. */
  @Nullable DrillReport stop(MeridianConfig config, String why, long nowNanos) {
    return end(config, DrillReport.STOPPED, why, nowNanos);
  }

  /**
   * Lets time pass.
   *
   * @param health as it is, drill or not
   * @return whether a drill has ended
   */
  boolean tick(RoutingRules routing, HealthView health, ControlBoard board, long nowNanos) {
    DrillRun now = run;
    if (now == null) {
      return false;
    }
    MeridianConfig config = routing.config();
    now.look(config, nowNanos);
    String broken = broken(now, routing, health, board);
    if (broken != null) {
      end(config, DrillReport.ABORTED, broken, nowNanos);
    } else if (nowNanos - now.endNanos >= 0) {
      String why = now.moved() ? "its time is over" : "its time is over; no request was moved";
      end(config, DrillReport.COMPLETED, why, nowNanos);
    }
    return run == null;
  }

  private static @Nullable String broken(
      DrillRun now, RoutingRules routing, HealthView health, ControlBoard board) {
    MeridianConfig config = routing.config();
    String name = now.drill.region();
    Region region = ControlBoard.find(config.regions(), name);
    if (region == null) {
      return "the region is no longer configured";
    }
    if (!usable(health, name)) {
      return "the region itself has gone bad";
    }
    try {
      new SafetyRules(routing, health, board.controls()).check(region, 0, Long.MAX_VALUE);
    } catch (ControlRefused e) {
      return "rule " + e.rule() + ": " + e.getMessage();
    }
    return now.broken(config.admin().controls().drill());
  }

  private @Nullable DrillReport end(
      MeridianConfig config, String outcome, String why, long nowNanos) {
    DrillRun over = run;
    if (over == null) {
      return null;
    }
    over.look(config, nowNanos);
    DrillRules rules = config.admin().controls().drill();
    DrillReport report = over.report(rules, outcome, why, clock.millis(), nowNanos);
    run = null;
    List<DrillReport> kept = new ArrayList<>(List.of(report));
    kept.addAll(reports.subList(0, Math.min(KEPT - 1, reports.size())));
    reports = List.copyOf(kept);
    remember(report);
    Path directory = rules.reports();
    if (directory != null) {
      // A file system may be slow, and probes run here.
      writer = Thread.ofVirtual().start(() -> files.write(directory, report));
    }
    telemetry.counters().control("drill", outcome);
    tell(
        report.region(),
        "failed for " + report.sharePercent() + " % of clients",
        "in use",
        "drill "
            + outcome
            + ": "
            + why
            + "; "
            + report.moved().requests()
            + " requests moved, "
            + report.moved().errors()
            + " failed");
    return report;
  }

  /** Ends what is under way, as the process ends, and sees that its report is written. */
  void close(MeridianConfig config, long nowNanos) {
    stop(config, "the process ends", nowNanos);
    Thread writing = writer;
    if (writing != null) {
      try {
        writing.join(LAST_WRITE);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private void tell(String region, String from, String to, String cause) {
    AUDIT.info("audit: {} {} -> {}: {}", region, from, to, cause);
    onEvent.accept(
        new Event(clock.millis(), EventLog.Kind.DRILL.label(), region, "", from, to, cause));
  }

  /** What there is to show; any thread. */
  DrillStatus status(MeridianConfig config, long nowNanos) {
    DrillRun now = run;
    return new DrillStatus(
        now == null
            ? null
            : now.report(
                config.admin().controls().drill(), DrillReport.RUNNING, "", null, nowNanos),
        reports,
        config.regions().stream()
            .map(region -> new DrillStatus.Practised(region.name(), lastSuccess.get(region.name())))
            .toList());
  }

  /** For the metrics; any thread. */
  List<RegionDrill> meters(MeridianConfig config) {
    DrillRun now = run;
    return config.regions().stream()
        .map(region ->
            new RegionDrill(
                region.name(),
                now != null && now.drill.region().equals(region.name()),
                lastSuccess.getOrDefault(region.name(), 0L) / 1e3))
        .toList();
  }

  /** The same health, but this region is not up. */
  static HealthView without(HealthView health, String region) {
    List<RegionHealth> regions = new ArrayList<>();
    for (RegionHealth one : health.regions()) {
      regions.add(one.name().equals(region) ? failed(one) : one);
    }
    return new HealthView(health.version(), regions, health.selfSuspect(), health.firstRoundDone());
  }

  private static RegionHealth failed(RegionHealth region) {
    List<EndpointHealth> endpoints =
        region.endpoints().stream()
            .map(endpoint ->
                new EndpointHealth(
                    endpoint.region(),
                    endpoint.name(),
                    HealthState.EJECTED,
                    0,
                    endpoint.estimateMillis(),
                    endpoint.sinceNanos(),
                    "drill"))
            .toList();
    return new RegionHealth(
        region.name(),
        HealthState.EJECTED,
        0,
        region.estimateMillis(),
        region.logDeviation(),
        region.samples(),
        region.sinceNanos(),
        "drill",
        endpoints);
  }
}
