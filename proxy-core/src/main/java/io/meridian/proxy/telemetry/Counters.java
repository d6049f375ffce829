package io.meridian.proxy.telemetry;

import io.meridian.health.HealthEvent;
import io.meridian.health.HealthState;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;

/** Counts events that are too rare for a row on each loop. Any thread. */
public final class Counters {
  record Failover(String from, String to, String reason) {}

  record Ejection(String region, String kind) {}

  final Map<Failover, LongAdder> failovers = new ConcurrentHashMap<>();
  final Map<Ejection, LongAdder> ejections = new ConcurrentHashMap<>();

  record Steered(String route, String region) {}

  record Replay(String route, String result) {}

  final Map<String, LongAdder> wouldEject = new ConcurrentHashMap<>();

  record Change(String action, String result) {}

  final Map<Change, LongAdder> controls = new ConcurrentHashMap<>();
  final Map<String, LongAdder> fenceBlocked = new ConcurrentHashMap<>();
  final Map<String, LongAdder> staleReads = new ConcurrentHashMap<>();
  final Map<Steered, LongAdder> steered = new ConcurrentHashMap<>();
  final Map<String, LongAdder> beacons = new ConcurrentHashMap<>();
  final Map<Replay, LongAdder> replays = new ConcurrentHashMap<>();
  final Map<StreamEnd, LongAdder> streamsEnded = new ConcurrentHashMap<>();
  final Map<String, LongAdder> events = new ConcurrentHashMap<>();
  final LongAdder racesWonByPrimary = new LongAdder();
  final LongAdder racesWonByBackup = new LongAdder();
  final LongAdder hedgesWonByPrimary = new LongAdder();
  final LongAdder hedgesWonByBackup = new LongAdder();
  final LongAdder configApplied = new LongAdder();
  final LongAdder configRefused = new LongAdder();
  volatile long lastConfigEpochMillis = System.currentTimeMillis();

  /** A request moved to another region (or another endpoint of the same one). */
  public void failover(String from, String to, AttemptOutcome reason) {
    failovers
        .computeIfAbsent(new Failover(from, to, reason.label()), _ -> new LongAdder())
        .increment();
  }

  /** Two connects ran at a time; {@code byBackup}: the later one was ready first. */
  public void raceWon(boolean byBackup) {
    (byBackup ? racesWonByBackup : racesWonByPrimary).increment();
  }

  /** A request was under way twice; {@code byBackup}: the later one answered first. */
  public void hedgeWon(boolean byBackup) {
    (byBackup ? hedgesWonByBackup : hedgesWonByPrimary).increment();
  }

  /** Nothing that the fence allows was left. */
  public void fenceBlocked(String fence) {
    fenceBlocked.computeIfAbsent(fence, _ -> new LongAdder()).increment();
  }

  /** A client that had written read where that may not have arrived. */
  public void staleRead(String route) {
    staleReads.computeIfAbsent(route, _ -> new LongAdder()).increment();
  }

  /** A client was sent to a region's own address. */
  public void steered(String route, String region) {
    steered.computeIfAbsent(new Steered(route, region), _ -> new LongAdder()).increment();
  }

  /** A browser told of its round trips: {@code taken}, or why not. */
  public void beacon(String result) {
    beacons.computeIfAbsent(result, _ -> new LongAdder()).increment();
  }

  /**
   * An endpoint sent a request on to another region: {@code sent}, or {@code fence}, {@code
   * unavailable}, {@code body}, {@code twice} or {@code malformed} if it went nowhere.
   */
  public void replayed(String route, String result) {
    replays.computeIfAbsent(new Replay(route, result), _ -> new LongAdder()).increment();
  }

  /** A tunnel or an event stream was ended in order. */
  public void streamEnded(StreamEnd why) {
    streamsEnded.computeIfAbsent(why, _ -> new LongAdder()).increment();
  }

  /**
   * Something changed.
   *
   * @param kind one of a fixed few, e.g. {@code health}
   */
  public void event(String kind) {
    events.computeIfAbsent(kind, _ -> new LongAdder()).increment();
  }

  /** An endpoint or a region changed its state. */
  public void healthChanged(HealthEvent event) {
    if (event.hypothetical()) {
      wouldEject.computeIfAbsent(event.region(), _ -> new LongAdder()).increment();
    } else if (event.to() == HealthState.EJECTED) {
      String kind = event.endpoint().isEmpty() ? "region" : "endpoint";
      ejections
          .computeIfAbsent(new Ejection(event.region(), kind), _ -> new LongAdder())
          .increment();
    }
  }

  /**
   * An operator's change of a region was {@code applied} or {@code refused}, or has {@code
   * expired}.
   */
  public void control(String action, String result) {
    controls.computeIfAbsent(new Change(action, result), _ -> new LongAdder()).increment();
  }

  /** A changed configuration was put to use, or refused. */
  public void configReload(boolean applied) {
    if (applied) {
      configApplied.increment();
      lastConfigEpochMillis = System.currentTimeMillis();
    } else {
      configRefused.increment();
    }
  }

  /** Forgets all that names another route, region or fence. */
  void retain(Set<String> routes, Set<String> regions, Set<String> fences) {
    steered
        .keySet()
        .removeIf(key -> !routes.contains(key.route()) || !regions.contains(key.region()));
    staleReads.keySet().retainAll(routes);
    replays.keySet().removeIf(key -> !routes.contains(key.route()));
    failovers
        .keySet()
        .removeIf(key -> !regions.contains(key.from()) || !regions.contains(key.to()));
    ejections.keySet().removeIf(key -> !regions.contains(key.region()));
    wouldEject.keySet().retainAll(regions);
    fenceBlocked.keySet().retainAll(fences);
  }
}
