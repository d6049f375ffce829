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
  private static final long TOGETHER_NANOS = TimeUnit.SECONDS.toNanos(3);
  private static final long TRAFFIC_TAU_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long VERIFY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long TIRED_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final int BURSTS_PER_SECOND = 500;
  private static final Signal TICK = new Signal.Tick();
  private static final String SELF = "the edge suspects itself";
  private static final String KEPT = "as before the restart: ";
  private static final double JUMP_LOG = 0.1;
  private static final double TIMEOUT_FACTOR = 4;
  private static final double TIMEOUT_EXTRA_MILLIS = 100;

  private final InstantSource clock;
  private final Consumer<HealthEvent> onEvent;
  private final Map<EndpointEntry.Key, EndpointEntry> endpoints = new HashMap<>();
  private final Map<String, RegionEntry> regionsByName = new HashMap<>();
  private List<RegionEntry> regions = List.of();
  private HealthPolicy policy = new HealthPolicy(1, 1);
  private @Nullable Health health;
  private boolean selfSuspect;
  private long troubleNanos; // while it does: since when the first region was bad
  private boolean changed; // a state did, since the last view
  private boolean moved; // an estimate did, since the last view
  private boolean jumped; // an estimate did, by much, since the last view
  private boolean ramping; // a share grows
  private int usableRegions;
  private Together together = Together.NOBODY;
  private int bursting; // endpoints in doubt as of the last tick
  private final Set<EndpointEntry> doubtful = new LinkedHashSet<>(); // probe them earlier
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
    regions = List.copyOf(next);
    regionsByName.clear();
    regions.forEach(r -> regionsByName.put(r.name, r));
    together = Together.of(config);
    if (measuresElse) {
      regions.forEach(RegionEntry::forgetTimes);
    }
    firstRoundBy = now + 2 * newHealth.timeout().toNanos() + TimeUnit.MILLISECONDS.toNanos(200);
    firstRoundDone = false;
    changed = true;
    derive(now, "reconfigured");
  }

  private RegionEntry region(String name, Prior prior, List<EndpointEntry> entries, long now) {
    RegionEntry old = regionsByName.get(name);
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
    for (RegionEntry region : regions) {
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
      RegionEntry region = regionsByName.get(s.name());
      if (region != null && sameTimes) {
        region.roundTrip = clocks.restore(s.roundTrip(), region.prior);
      }
    }
    changed = true;
    derive(now, "as before the restart");
  }

  /** In the configuration's order. */
  List<EndpointEntry> endpoints() {
    List<EndpointEntry> all = new ArrayList<>();
    regions.forEach(r -> all.addAll(r.endpoints));
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
      roundTrip(e, roundTripMillis, now);
    }
    e.repeats = !e.met;
    e.met = true;
    apply(e, new Signal.ProbeOk(started), now);
  }

  /** Folds in one round trip. */
  private void roundTrip(EndpointEntry e, double millis, long now) {
    e.roundTrip = LatencyEstimator.sample(e.roundTrip, millis, now);
    if (e.roundTrip.run() != 0) {
      doubtful.add(e);
    }
    RegionEntry region = regionsByName.get(e.key.region());
    if (region != null) {
      double before = region.roundTrip.logMean();
      region.roundTrip = LatencyEstimator.sample(region.roundTrip, millis, now);
      jumped |= Math.abs(region.roundTrip.logMean() - before) > JUMP_LOG;
    }
    moved = true;
  }

  /** A probe failed; see {@link Signal.ProbeFailed}. */
  void probeFailed(EndpointEntry e, long started, boolean unreachable, String cause, long now) {
    e.firstRoundDone = true;
    if (e.state.state().usable()) {
      penalty(e, (now - started) / 1e6, now);
    }
    doubtful.add(e);
    apply(e, new Signal.ProbeFailed(started, unreachable, cause), now);
  }

  /** See {@link HealthMonitor#failure}. */
  void failure(String region, String endpoint, Outcome outcome, long now) {
    EndpointEntry e = find(region, endpoint);
    if (e != null && outcome.failure()) {
      if (e.state.state().usable()) {
        penalty(e, 0, now);
      }
      apply(e, new Signal.Failure(outcome), now);
    }
  }

  private void penalty(EndpointEntry e, double millis, long now) {
    e.roundTrip = LatencyEstimator.penalty(e.roundTrip, millis, now);
    RegionEntry region = regionsByName.get(e.key.region());
    if (region != null && region.endpoints.size() == 1) {
      region.roundTrip = LatencyEstimator.penalty(region.roundTrip, millis, now);
    }
    moved = true;
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
      trafficTime(e, logMeanMillis, now);
    }
    if (successes > 0) {
      apply(e, new Signal.Traffic(successes, failures), now);
    }
  }

  /**
   * Times of real traffic hold the endpoint's own work too, so they count by how they differ from
   * their usual distance to the probes'. One that agrees is a sample; one that is far off is no
   * proof, since another kind of request may explain it, but reason enough to probe at once.
   */
  private void trafficTime(EndpointEntry e, double x, long now) {
    if (e.roundTrip.samples() == 0) {
      return;
    }
    if (Double.isNaN(e.trafficBias)) {
      e.trafficBias = x - e.roundTrip.logMean();
      e.trafficNanos = now;
      return;
    }
    double adjusted = x - e.trafficBias;
    if (LatencyEstimator.isFar(e.roundTrip, adjusted, now)) {
      e.verifies = true;
      doubtful.add(e);
      e.verifyUntilNanos = now + VERIFY_NANOS;
    } else {
      roundTrip(e, Math.exp(adjusted), now);
    }
    double w = -Math.expm1(-(double) (now - e.trafficNanos) / TRAFFIC_TAU_NANOS);
    e.trafficBias += w * (x - e.roundTrip.logMean() - e.trafficBias);
    e.trafficNanos = now;
  }

  /** Lets time pass: hold-downs, ramps, decay, the end of the first round. */
  void tick(long now) {
    bursting = 0;
    ramping = false;
    for (RegionEntry region : regions) {
      for (EndpointEntry e : region.endpoints) {
        if (!e.state.isSteady()) {
          apply(e, TICK, now);
        }
        e.verifies &= e.verifyUntilNanos - now > 0;
        ramping |= e.state.state() == HealthState.PROBATION;
        bursting += bursts(e, now) ? 1 : 0;
      }
    }
    if (selfSuspect) {
      releaseLiving(now);
    }
    if (!firstRoundDone && health != null && (now - firstRoundBy >= 0 || allProbed())) {
      firstRoundDone = true;
      changed = true;
    }
  }

  private boolean allProbed() {
    for (RegionEntry region : regions) {
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
    HealthPolicy.Guard guard = guard(e);
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
    if (e.state.state() != before) {
      event(e.key.region(), e.key.endpoint(), before, e.state.state(), e.state.cause());
      changed = true;
      doubtful.add(e);
      derive(now, e.state.cause());
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

  /**
   * At most all regions but one of those that serve the same requests are ejected without the word
   * of both probes and traffic. With none of them usable the first sign of life is enough.
   */
  private HealthPolicy.Guard guard(EndpointEntry e) {
    RegionEntry own = regionsByName.get(e.key.region());
    boolean spare = together.eachHasAnother(e.key.region(), this::usable);
    if (!spare && own != null) {
      for (EndpointEntry sibling : own.endpoints) {
        spare |= !sibling.key.equals(e.key) && sibling.state.state().usable();
      }
    }
    boolean mayEject = !selfSuspect && spare;
    boolean urgent = !together.eachHasOne(e.key.region(), this::usable);
    return mayEject && !urgent
        ? HealthPolicy.Guard.NORMAL
        : new HealthPolicy.Guard(mayEject, urgent);
  }

  private boolean usable(String region) {
    RegionEntry entry = regionsByName.get(region);
    return entry != null && entry.state.usable();
  }

  private void derive(long now, String cause) {
    usableRegions = 0;
    for (RegionEntry region : regions) {
      HealthState next = region.derived();
      if (next != region.state) {
        if (region.state == HealthState.HEALTHY) {
          region.badSinceNanos = now;
        }
        event(region.name, "", region.state, next, cause);
        region.state = next;
        region.sinceNanos = now;
        region.cause = cause;
        changed = true;
      }
      usableRegions += region.state.usable() ? 1 : 0;
    }
    suspectSelf(now);
  }

  /** All regions turned bad within seconds: more likely one edge is broken than all regions. */
  private void suspectSelf(long now) {
    boolean allBad = regions.size() > 1;
    long first = now;
    long last = now;
    boolean any = false;
    for (RegionEntry region : regions) {
      allBad &= region.state == HealthState.SUSPECT || region.state == HealthState.EJECTED;
      first = !any || region.badSinceNanos - first < 0 ? region.badSinceNanos : first;
      last = !any || region.badSinceNanos - last > 0 ? region.badSinceNanos : last;
      any = true;
    }
    if (!selfSuspect && allBad && last - first <= TOGETHER_NANOS) {
      selfSuspect = true;
      changed = true;
      event("", "", HealthState.HEALTHY, HealthState.SUSPECT, "all regions turned bad together");
      troubleNanos = first;
      releaseLiving(now);
    } else if (selfSuspect && !allBad) {
      selfSuspect = false;
      changed = true;
      event("", "", HealthState.SUSPECT, HealthState.HEALTHY, "a region answers");
    }
  }

  /** Takes back ejections of this trouble that probes and traffic do not both bear out. */
  private void releaseLiving(long now) {
    boolean released = false;
    for (RegionEntry region : regions) {
      for (EndpointEntry e : region.endpoints) {
        if (e.state.state() == HealthState.EJECTED
            && e.state.sinceNanos() - troubleNanos >= 0
            && !policy.isDead(e.state.evidence(), now)) {
          e.state = HealthPolicy.release(e.state, SELF, now);
          event(region.name, e.key.endpoint(), HealthState.EJECTED, HealthState.SUSPECT, SELF);
          released = true;
        }
      }
    }
    if (released) {
      derive(now, SELF);
    }
  }

  private void event(
      String region, String endpoint, HealthState from, HealthState to, String cause) {
    onEvent.accept(new HealthEvent(clock.millis(), region, endpoint, from, to, false, cause));
  }

  /** Whether probes of it run at burst rate. */
  boolean bursts(EndpointEntry e, long now) {
    boolean tired =
        e.state.state() == HealthState.EJECTED
            && now - e.state.sinceNanos() > TIRED_NANOS
            && e.state.evidence().probeSuccesses() == 0
            && usableRegions > 0;
    boolean unsure = e.roundTrip.run() != 0 || e.verifies;
    boolean failing = e.state.evidence().probeFailures() > 0 && !e.falseAlarm;
    return !tired && (e.state.state() != HealthState.HEALTHY || unsure || failing);
  }

  /** Time from the start of one probe of it to the next, without jitter. */
  long probeIntervalNanos(EndpointEntry e, long now) {
    Health current = health;
    if (current == null) {
      return TimeUnit.SECONDS.toNanos(1);
    }
    long interval = current.interval().toNanos();
    if (!bursts(e, now)) {
      return interval;
    }
    long burst = current.burstInterval().toNanos() / (usableRegions == 0 ? 2 : 1);
    long least = TimeUnit.SECONDS.toNanos(1) * bursting / BURSTS_PER_SECOND;
    return Math.min(interval, Math.max(burst, least));
  }

  /** How long a probe of it may take: by its own baseline, unless that is in doubt. */
  long probeTimeoutNanos(EndpointEntry e) {
    Health current = health;
    long hard = current == null ? TimeUnit.SECONDS.toNanos(1) : current.timeout().toNanos();
    if (e.state.state() == HealthState.EJECTED || selfSuspect || e.probeTime.samples() < 3) {
      return hard;
    }
    double adaptive = (TIMEOUT_FACTOR * e.probeTime.millis() + TIMEOUT_EXTRA_MILLIS) * 1e6;
    return Math.min(hard, (long) adaptive);
  }

  /** Endpoints that came into doubt since the last call. */
  List<EndpointEntry> takeDoubtful() {
    if (doubtful.isEmpty()) {
      return List.of();
    }
    List<EndpointEntry> taken = usableRegions == 0 ? endpoints() : List.copyOf(doubtful);
    doubtful.clear();
    return taken;
  }

  /** Whether a state changed since the last view. */
  boolean hasChanged() {
    return changed;
  }

  /** Whether something else did that matters soon: a share that grows, an estimate that jumped. */
  boolean hasJumped() {
    return jumped || ramping;
  }

  /** How many endpoints there are. */
  int size() {
    return endpoints.size();
  }

  /** Whether anything did. */
  boolean hasMoved() {
    return moved;
  }

  /** All as of now; starts a new span of changes. */
  HealthView view(long now) {
    changed = false;
    moved = false;
    jumped = false;
    List<RegionHealth> views = new ArrayList<>(regions.size());
    for (RegionEntry region : regions) {
      views.add(region.view(now));
    }
    return new HealthView(++version, List.copyOf(views), selfSuspect, firstRoundDone);
  }
}
