package io.meridian.proxy;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import io.meridian.config.Coordinates;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.geo.GeoService.DatabaseStatus;
import io.meridian.health.EndpointHealth;
import io.meridian.health.HealthView;
import io.meridian.health.RegionHealth;
import io.meridian.proxy.admin.AdminApi;
import io.meridian.proxy.admin.CacheStatus;
import io.meridian.proxy.admin.ControlRefused;
import io.meridian.proxy.admin.ControlRequest;
import io.meridian.proxy.admin.ControlStatus;
import io.meridian.proxy.admin.DrillRequest;
import io.meridian.proxy.admin.DrillStatus;
import io.meridian.proxy.admin.Event;
import io.meridian.proxy.admin.ExplainQuery;
import io.meridian.proxy.admin.Live;
import io.meridian.proxy.admin.LogRequest;
import io.meridian.proxy.admin.Overview;
import io.meridian.proxy.admin.Overview.EndpointStatus;
import io.meridian.proxy.admin.Overview.Place;
import io.meridian.proxy.admin.Overview.RegionStatus;
import io.meridian.proxy.admin.PurgeRequest;
import io.meridian.proxy.cache.CacheKey;
import io.meridian.proxy.cache.ResponseCache;
import io.meridian.proxy.exchange.DrilledWorld;
import io.meridian.proxy.exchange.Explainer;
import io.meridian.proxy.exchange.Snapshot;
import io.meridian.proxy.routing.Control;
import io.meridian.proxy.telemetry.Telemetry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The running proxy as its admin address shows it. Any thread. */
final class AdminView implements AdminApi {
  private static final Logger AUDIT = LoggerFactory.getLogger("io.meridian.audit");
  private static final Logger log = LoggerFactory.getLogger(AdminView.class);

  /** After so long the proxy is ready even if some endpoint has not been probed once. */
  private static final long FIRST_ROUND_NANOS = TimeUnit.SECONDS.toNanos(5);

  private final Meridian meridian;
  private final long startedEpochMillis = System.currentTimeMillis();
  private final long startedNanos = System.nanoTime();
  private final Shares shares;
  private final LiveHistory history;

  AdminView(Meridian meridian) {
    this.meridian = meridian;
    this.shares = new Shares(meridian.telemetry());
    this.history = new LiveHistory(meridian.telemetry());
  }

  @Override
  public void onChange(Runnable listener) {
    meridian.onEvent(_ -> listener.run());
  }

  /** Called every {@link LiveHistory#STEP_MILLIS}. */
  void step() {
    history.sample(
        meridian.snapshot().config(),
        meridian.health(),
        meridian.controls(),
        meridian.nanoTime(),
        System.currentTimeMillis());
  }

  @Override
  public Live.Tick tick() {
    return history.tick();
  }

  @Override
  public Live.History history() {
    return history.history();
  }

  /** Called once a second. */
  void sample() {
    shares.sample(meridian.snapshot().config());
  }

  @Override
  public Object logLevels() {
    return meridian.processLog().levels(meridian.nanoTime());
  }

  @Override
  public void logLevel(LogRequest request) {
    long now = meridian.nanoTime();
    meridian
        .processLog()
        .set(request.logger(), request.level(), now + request.ttl().toNanos(), now);
    log.info(
        "audit: log level of {} is {} for {} s, by {}",
        request.logger(),
        request.level(),
        request.ttl().toSeconds(),
        request.by());
  }

  @Override
  public Readiness readiness() {
    if (meridian.draining()) {
      return new Readiness(false, "draining");
    }
    boolean probed =
        meridian.health().firstRoundDone() || System.nanoTime() - startedNanos > FIRST_ROUND_NANOS;
    return probed ? new Readiness(true, "serving") : new Readiness(false, "first probes under way");
  }

  @Override
  public Overview overview() {
    MeridianConfig config = meridian.snapshot().config();
    HealthView view = meridian.health();
    List<RegionStatus> regions = new ArrayList<>();
    for (RegionHealth health : view.regions()) {
      for (Region region : config.regions()) {
        if (region.name().equals(health.name())) {
          regions.add(status(region, health));
        }
      }
    }
    return new Overview(
        config.edge().name(),
        Meridian.version(),
        place(config.edge().location()),
        readiness(),
        view.selfSuspect(),
        shares.requestsPerSecond(),
        regions,
        String.join(
            "; ",
            meridian.geo().status().stream()
                .map(DatabaseStatus::attribution)
                .filter(text -> !text.isEmpty())
                .toList()));
  }

  private RegionStatus status(Region region, RegionHealth health) {
    List<EndpointStatus> endpoints = new ArrayList<>();
    for (EndpointHealth endpoint : health.endpoints()) {
      endpoints.add(
          new EndpointStatus(
              endpoint.name(),
              label(endpoint.state()),
              endpoint.cause(),
              seconds(endpoint.sinceNanos()),
              endpoint.estimateMillis(),
              endpoint.share(),
              meridian.telemetry().endpoint(region.name(), endpoint.name()).inFlight()));
    }
    Control control = meridian.controls().of(region.name());
    return new RegionStatus(
        region.name(),
        place(region.location()),
        label(health.state()),
        health.cause(),
        seconds(health.sinceNanos()),
        health.estimateMillis(),
        health.samples() > 0,
        shares.of(region.name()),
        ControlBoard.percent(meridian.controls().dial(region, meridian.nanoTime())),
        control == null ? null : ControlBoard.status(control, meridian.nanoTime()),
        endpoints);
  }

  @Override
  public Object explain(ExplainQuery query) {
    Snapshot snapshot = meridian.snapshot();
    Explainer.Answer answer =
        Explainer.explain(
            new Explainer.Question(
                query.ip().getHostAddress(),
                query.host().isEmpty() ? "localhost" : query.host(),
                query.path(),
                query.method(),
                query.headers(),
                query.trusted(),
                query.random(),
                query.sni()),
            snapshot.config(),
            snapshot.routingFor(query.ip().getAddress()),
            meridian.geo(),
            snapshot.loads(meridian.nanoTime()));
    DrilledWorld drilled = snapshot.drilled();
    return new Explained(
        answer,
        drilled != null && drilled.drill().takes(query.ip().getAddress())
            ? "a drill fails " + drilled.drill().region() + " for this client"
            : null);
  }

  /**
   * @param drill what a drill has to do with it; null: nothing
   */
  private record Explained(@JsonUnwrapped Explainer.Answer answer, @Nullable String drill) {}

  @Override
  public List<Event> events() {
    return meridian.events().latest();
  }

  @Override
  public ControlStatus controls() {
    long now = meridian.nanoTime();
    return new ControlStatus(
        meridian.controls().all().stream()
            .map(control -> ControlBoard.status(control, now))
            .sorted(Comparator.comparing(ControlStatus.Active::region))
            .toList(),
        config().admin().controls());
  }

  @Override
  public ControlStatus.@Nullable Active control(ControlRequest request) throws ControlRefused {
    Control made = meridian.control(request);
    return made == null ? null : ControlBoard.status(made, meridian.nanoTime());
  }

  @Override
  public CacheStatus cache() {
    ResponseCache cache = meridian.cache();
    return new CacheStatus(cache.bytes(), cache.maxBytes(), cache.size(), cache.evictions());
  }

  @Override
  public long purge(PurgeRequest request) {
    ResponseCache cache = meridian.cache();
    String what = CacheKey.of(request.what());
    long purged =
        switch (request.scope()) {
          case URL -> cache.invalidate(what) ? 1 : 0;
          case PREFIX -> cache.purge(what);
          case ALL -> cache.purgeAll();
        };
    AUDIT.info(
        "audit: stored answers forgotten: {} {}, {} URLs; asked for by {}: {}",
        request.scope().name().toLowerCase(Locale.ROOT),
        request.what(),
        purged,
        request.by(),
        request.reason());
    return purged;
  }

  @Override
  public DrillStatus drills() {
    return meridian.drills();
  }

  @Override
  public DrillStatus startDrill(DrillRequest request) throws ControlRefused {
    return meridian.startDrill(request, shares.rates());
  }

  @Override
  public DrillStatus stopDrill(DrillRequest.Stop stop) throws ControlRefused {
    return meridian.stopDrill("stopped by " + stop.by() + ": " + stop.reason());
  }

  @Override
  public MeridianConfig config() {
    return meridian.snapshot().config();
  }

  @Override
  public AdminApi.Version version() {
    return new AdminApi.Version(
        Meridian.version(),
        Runtime.version().toString(),
        meridian.transport().name(),
        startedEpochMillis);
  }

  @Override
  public Metrics metrics(@Nullable String accept) {
    return new Metrics(Telemetry.contentType(accept), meridian.telemetry().scrape(accept));
  }

  private double seconds(long sinceNanos) {
    return Math.max(0, (meridian.nanoTime() - sinceNanos) / 1e9);
  }

  private static String label(io.meridian.health.HealthState state) {
    return state.name().toLowerCase(Locale.ROOT);
  }

  private static @Nullable Place place(@Nullable Coordinates at) {
    return at == null ? null : new Place(at.latitude(), at.longitude());
  }
}
