package io.meridian.health;

import io.meridian.config.Health;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Holds the state of all endpoints and regions, applies the pure rules to what is seen, and says
 * what changed. Knows no socket, thread or clock of its own: time is an argument. Event loop only.
 */
final class HealthBoard {
  private static final Signal TICK = new Signal.Tick();
  private static final String KEPT = "as before the restart: ";

  private final InstantSource clock;
  private final Consumer<HealthEvent> onEvent;
  private final Map<EndpointEntry.Key, EndpointEntry> endpoints = new HashMap<>();
  private final RegionBoard regions = new RegionBoard(this::event);
  private final RoundTrips roundTrips = new RoundTrips(regions);
  private final ProbePace pace = new ProbePace(regions);
  private HealthPolicy policy = new HealthPolicy(1, 1);
  private @Nullable Health health;
  private boolean changed; // a state did, since the last view
  private boolean ramping; // a share grows
  private final Set<EndpointEntry> doubtful = new LinkedHashSet<>(); // probe them earlier
  private final List<EndpointEntry> restless = new ArrayList<>(); // time changes something
  private long firstRoundBy;
  private boolean firstRoundDone;
  private long version;

  /**
   * @param clock wall clock of events
   */
  HealthBoard(InstantSource clock, Consumer<HealthEvent> onEvent) {
    this.clock = clock;
    this.onEvent = onEvent;
  }

  /** Takes a configuration; what stays in it keeps its state. */
  void configure(MeridianConfig config, long now) {
    Health newHealth = config.health();
    boolean measuresElse = newHealth.measure() != measure();
    policy = new HealthPolicy(newHealth.rise(), newHealth.fall());
    List<RegionEntry> next = new ArrayList<>();
    Map<EndpointEntry.Key, EndpointEntry> kept = new HashMap<>();
    for (Region region : config.regions()) {
      Prior prior = Prior.between(config.edge().location(), region.location());
      List<EndpointEntry> entries = new ArrayList<>();
      for (Region.Endpoint endpoint : region.endpoints()) {
        var key = new EndpointEntry.Key(region.name(), endpoint.name(), newHealth.check());
        EndpointEntry old = endpoints.get(key);
        EndpointEntry entry =
            old != null && old.endpoint.url().equals(endpoint.url()) && old.prior.equals(prior)
                ? old
                : new EndpointEntry(key, endpoint, prior, now);
        if (entry != old) {
          EndpointEntry before = find(region.name(), endpoint.name());
          if (before != null && before.endpoint.url().equals(endpoint.url())) {
            entry.startAs(before, now);
          }
        }
        kept.put(key, entry);
        entries.add(entry);
      }
      next.add(region(region.name(), prior, List.copyOf(entries), now));
    }
    health = newHealth;
    endpoints.clear();
    endpoints.putAll(kept);
    regions.configure(next, Together.of(config));
    restless.clear();
    restless.addAll(endpoints());
    restless.forEach(e -> e.restless = true);
    pace.configure(newHealth, endpoints.size());
    if (!pace.keeps()) {
      endpoints.values().forEach(e -> e.keeps = false);
    }
    if (measuresElse) {
      next.forEach(RegionEntry::forgetTimes);
    }
    firstRoundBy = now + 2 * newHealth.timeout().toNanos() + TimeUnit.MILLISECONDS.toNanos(200);
    firstRoundDone = false;
    changed = true;
    regions.derive(policy, now, "reconfigured");
  }

  private RegionEntry region(String name, Prior prior, List<EndpointEntry> entries, long now) {
    RegionEntry old = regions.find(name);
    if (old == null || !old.prior.equals(prior)) {
      return new RegionEntry(name, prior, entries, now);
    }
    old.endpoints = entries;
    return old;
  }

  /** All that is to outlive the process. */
  SavedHealth save(long now) {
    var clocks = new SavedHealth.Clocks(now, clock.millis());
    List<SavedHealth.Endpoint> savedEndpoints = new ArrayList<>();
    List<SavedHealth.Region> savedRegions = new ArrayList<>();
    for (RegionEntry region : regions.all()) {
      savedRegions.add(new SavedHealth.Region(region.name, clocks.save(region.roundTrip)));
      region.endpoints.forEach(e -> savedEndpoints.add(clocks.save(e)));
    }
    return new SavedHealth(clocks.nowMillis(), measure().name(), savedEndpoints, savedRegions);
  }

  /** Takes up what another process knew of what is configured here: before the first probe. */
  void restore(SavedHealth saved, long now) {
    var clocks = new SavedHealth.Clocks(now, clock.millis());
    boolean sameTimes = saved.measure().equals(measure().name());
    for (SavedHealth.Endpoint s : saved.endpoints()) {
      EndpointEntry e = find(s.region(), s.name());
      if (e == null
          || !e.endpoint.url().toString().equals(s.url())
          || !e.key.check().toString().equals(s.check())) {
        continue;
      }
      HealthState before = e.state.state();
      e.state = clocks.restore(s);
      if (sameTimes) {
        e.roundTrip = clocks.restore(s.roundTrip(), e.prior);
        e.probeTime = clocks.restore(s.probeTime(), Prior.UNKNOWN);
      }
      if (s.state() != before) {
        event(s.region(), s.name(), before, s.state(), KEPT + s.cause());
      }
    }
    for (SavedHealth.Region s : saved.regions()) {
      RegionEntry region = regions.find(s.name());
      if (region != null && sameTimes) {
        region.roundTrip = clocks.restore(s.roundTrip(), region.prior);
      }
    }
    changed = true;
    regions.derive(policy, now, "as before the restart");
  }

  /** In the configuration's order. */
  List<EndpointEntry> endpoints() {
    List<EndpointEntry> all = new ArrayList<>(endpoints.size());
    regions.all().forEach(r -> all.addAll(r.endpoints));
    return all;
  }

  /** What of a probe is the round trip. */
  Health.Measure measure() {
    Health current = health;
    return current == null ? Health.Measure.CONNECT : current.measure();
  }

  /**
   * A probe succeeded. The times of an endpoint's first one are passed over: in a fresh process
   * they are those of loading classes. {@link EndpointEntry#takeRepeat} then asks for a second at
   * once.
   *
   * @param roundTripMillis the time that {@link #measure} names
   * @param wholeMillis time to the verdict
   */
  void probeOk(
      EndpointEntry e, long started, double roundTripMillis, double wholeMillis, long now) {
    if (e.met) {
      e.firstRoundDone = true;
      e.probeTime = LatencyEstimator.sample(e.probeTime, wholeMillis, now);
      if (!e.keeps || measure() == Health.Measure.CONNECT) {
        sample(e, roundTripMillis, now);
      }
    }
    e.repeats = !e.met;
    e.met = true;
    apply(e, new Signal.ProbeOk(started), now);
  }

  /**
   * A probe over a kept connection succeeded.
   *
   * @param firstByteMillis from the request to the first byte of the answer
   * @return whether a new connection should tell more at once
   */
  boolean keptOk(EndpointEntry e, long started, double firstByteMillis, long now) {
    e.keeps = true;
    e.firstRoundDone = true;
    boolean odd = false;
    switch (measure()) {
      case FIRST_BYTE -> sample(e, firstByteMillis, now);
      case CONNECT -> odd = RoundTrips.answer(e, firstByteMillis, now);
    }
    apply(e, new Signal.ProbeOk(started), now);
    return odd;
  }

  private void sample(EndpointEntry e, double millis, long now) {
    doubt(e, roundTrips.sample(e, millis, now));
  }

  private void doubt(EndpointEntry e, boolean doubted) {
    if (doubted) {
      doubtful.add(e);
      watch(e);
    }
  }

  private void watch(EndpointEntry e) {
    if (!e.restless) {
      e.restless = true;
      restless.add(e);
    }
  }

  /** A probe failed; see {@link Signal.ProbeFailed}. */
  void probeFailed(EndpointEntry e, long started, boolean unreachable, String cause, long now) {
    e.firstRoundDone = true;
    if (e.state.state().usable()) {
      roundTrips.penalty(e, (now - started) / 1e6, now);
    }
    doubtful.add(e);
    apply(e, new Signal.ProbeFailed(started, unreachable, cause), now);
  }

  /** See {@link HealthMonitor#failure}. */
  void failure(String region, String endpoint, Outcome outcome, long now) {
    EndpointEntry e = find(region, endpoint);
    if (e != null && outcome.failure()) {
      if (e.state.state().usable()) {
        roundTrips.penalty(e, 0, now);
      }
      apply(e, new Signal.Failure(outcome), now);
    }
  }

  /** See {@link HealthMonitor#traffic}. */
  void traffic(
      String region,
      String endpoint,
      long successes,
      long failures,
      double logMeanMillis,
      int samples,
      long now) {
    EndpointEntry e = find(region, endpoint);
    if (e == null) {
      return;
    }
    if (samples > 0 && !Double.isNaN(logMeanMillis)) {
      doubt(e, roundTrips.traffic(e, logMeanMillis, now));
    }
    if (successes > 0) {
      apply(e, new Signal.Traffic(successes, failures), now);
    }
  }

  /** Lets time pass: hold-downs, ramps, decay, the end of the first round. */
  void tick(long now) {
    int bursting = 0;
    ramping = false;
    for (int i = 0; i < restless.size(); i++) {
      EndpointEntry e = restless.get(i);
      if (!e.state.isSteady()) {
        apply(e, TICK, now);
      }
      e.verifies &= e.verifyUntilNanos - now > 0;
      ramping |= e.state.state() == HealthState.PROBATION;
      bursting += pace.bursts(e, now) ? 1 : 0;
    }
    restless.removeIf(e -> {
      e.restless = !isCalm(e, now);
      return !e.restless;
    });
    pace.bursting(bursting);
    if (regions.selfSuspect()) {
      regions.releaseLiving(policy, now);
    }
    if (!firstRoundDone && health != null && (now - firstRoundBy >= 0 || allProbed())) {
      firstRoundDone = true;
      changed = true;
    }
  }

  /** Whether the mere passing of time changes nothing. */
  private boolean isCalm(EndpointEntry e, long now) {
    return e.state.isSteady() && !e.verifies && !pace.bursts(e, now);
  }

  private boolean allProbed() {
    for (RegionEntry region : regions.all()) {
      for (EndpointEntry e : region.endpoints) {
        if (!e.firstRoundDone) {
          return false;
        }
      }
    }
    return true;
  }

  private @Nullable EndpointEntry find(String region, String endpoint) {
    Health current = health;
    return current == null
        ? null
        : endpoints.get(new EndpointEntry.Key(region, endpoint, current.check()));
  }

  /**
   * Where only reports are wanted, what traffic shows ejects nobody: it is told, once until the
   * endpoint is healthy again, and only what probes show as well is carried out.
   */
  private EndpointState next(EndpointEntry e, Signal signal, long now) {
    HealthPolicy.Guard guard = guard(e, signal);
    EndpointState next = policy.next(e.state, signal, guard, now);
    Health current = health;
    HealthState before = e.state.state();
    boolean ejects = next.state() == HealthState.EJECTED && before != HealthState.EJECTED;
    if (!ejects || current == null || !current.reportOnly()) {
      e.reported &= next.state() != HealthState.HEALTHY;
      return next;
    }
    var probesOnly = new HealthPolicy.Guard(false, guard.urgent());
    EndpointState real = policy.next(e.state, signal, probesOnly, now);
    if (real.state() != HealthState.EJECTED && !e.reported) {
      e.reported = true;
      onEvent.accept(
          new HealthEvent(
              clock.millis(),
              e.key.region(),
              e.key.endpoint(),
              before,
              HealthState.EJECTED,
              true,
              next.cause()));
    }
    return real;
  }

  private void apply(EndpointEntry e, Signal signal, long now) {
    HealthState before = e.state.state();
    e.state = next(e, signal, now);
    if (!isCalm(e, now)) {
      watch(e);
    }
    if (e.state.state() != before) {
      event(e.key.region(), e.key.endpoint(), before, e.state.state(), e.state.cause());
      changed = true;
      doubtful.add(e);
      regions.derive(policy, now, e.state.cause());
    }
    boolean alarm = policy.isFalseAlarm(e.state);
    if (alarm != e.falseAlarm) {
      e.falseAlarm = alarm;
      String cause =
          !alarm
              ? "probes and traffic agree again"
              : signal instanceof Signal.ProbeFailed f
                  ? "probe: " + f.cause() + ", but traffic is well"
                  : "probes fail, but traffic is well";
      if (e.state.state() == HealthState.HEALTHY) {
        event(e.key.region(), e.key.endpoint(), e.state.state(), e.state.state(), cause);
      }
    }
  }

  /** What the others allow, where that matters: looked up only then. */
  private HealthPolicy.Guard guard(EndpointEntry e, Signal signal) {
    boolean matters =
        switch (signal) {
          case Signal.ProbeFailed _, Signal.Failure _ -> true;
          case Signal.ProbeOk _, Signal.Traffic _, Signal.Tick _ ->
              e.state.state() == HealthState.EJECTED;
        };
    return matters ? regions.guard(e) : HealthPolicy.Guard.NORMAL;
  }

  private void event(
      String region, String endpoint, HealthState from, HealthState to, String cause) {
    changed |= from != to;
    onEvent.accept(new HealthEvent(clock.millis(), region, endpoint, from, to, false, cause));
  }

  /** How endpoints are to be probed. */
  ProbePace pace() {
    return pace;
  }

  /** Endpoints that came into doubt since the last call. */
  List<EndpointEntry> takeDoubtful() {
    if (doubtful.isEmpty()) {
      return List.of();
    }
    List<EndpointEntry> taken = regions.usable() == 0 ? endpoints() : List.copyOf(doubtful);
    doubtful.clear();
    return taken;
  }

  /** Whether a state changed since the last view. */
  boolean hasChanged() {
    return changed;
  }

  /** Whether something else did that matters soon: a share that grows, an estimate that jumped. */
  boolean hasJumped() {
    return ramping || roundTrips.jumped();
  }

  /** How many endpoints there are. */
  int size() {
    return endpoints.size();
  }

  /** Whether anything did. */
  boolean hasMoved() {
    return roundTrips.moved();
  }

  /** All as of now; starts a new span of changes. */
  HealthView view(long now) {
    changed = false;
    roundTrips.seen();
    List<RegionHealth> views = new ArrayList<>(regions.all().size());
    for (RegionEntry region : regions.all()) {
      views.add(region.view(now));
    }
    return new HealthView(++version, List.copyOf(views), regions.selfSuspect(), firstRoundDone);
  }
}
