package io.meridian.health;

import static io.meridian.health.HealthState.EJECTED;
import static io.meridian.health.HealthState.HEALTHY;
import static io.meridian.health.HealthState.PROBATION;
import static io.meridian.health.HealthState.SUSPECT;

import java.util.concurrent.TimeUnit;

/**
 * The state machine of one endpoint: healthy, suspect, ejected, probation, healthy. Pure.
 *
 * <p>Probes and traffic are weighed against each other. Probes that fail while traffic goes well
 * are a false alarm. Traffic that fails while probes succeed is believed: the endpoint returns only
 * through trial traffic.
 *
 * @param rise probes in a row that must succeed before an ejected endpoint is tried
 * @param fall probes in a row that must fail to eject
 */
record HealthPolicy(int rise, int fall) {
  private static final long BURST_OF_FAILURES_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long SUSPICION_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
  private static final long REFUTED_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final int PROOFS = 2;
  private static final int TRAFFIC_FALL = 3;

  /**
   * What the other endpoints allow.
   *
   * @param mayEject false: all would be gone, or the edge suspects itself, so that only an endpoint
   *     that probes and traffic both call dead is ejected
   * @param urgent nothing at all is usable, so the first sign of life is enough
   */
  record Guard(boolean mayEject, boolean urgent) {
    static final Guard NORMAL = new Guard(true, false);
  }

  EndpointState next(EndpointState s, Signal signal, Guard guard, long now) {
    boolean stale =
        signal instanceof Signal.ProbeFailed f && s.evidence().isStale(f.startedNanos());
    EndpointState seen = s.with(s.evidence().after(signal, now));
    String failure = stale ? "" : failure(seen, signal, now);
    if (!failure.isEmpty()) {
      return failed(seen, failure, guard, now);
    }
    return switch (seen.state()) {
      case HEALTHY -> seen.with(seen.flaps().calmed(now));
      case SUSPECT -> suspect(seen, now);
      case EJECTED -> ejected(seen, signal, guard, now);
      case PROBATION ->
          now - seen.sinceNanos() < seen.flaps().rampNanos()
              ? seen
              : seen.to(
                  HEALTHY, seen.evidence(), seen.flaps().healthy(now), "passed probation", now);
    };
  }

  /** Back from ejection to suspicion, since the ejection was the edge's own fault. */
  static EndpointState release(EndpointState s, String cause, long now) {
    return s.to(SUSPECT, s.evidence().trial(), s.flaps().undone(), cause, now);
  }

  /** Whether probes fail while traffic goes well. */
  boolean isFalseAlarm(EndpointState s) {
    return s.state() == HEALTHY && s.evidence().probeFailures() >= fall;
  }

  /** Why this signal counts against the endpoint; empty if it does not. */
  private static String failure(EndpointState s, Signal signal, long now) {
    return switch (signal) {
      case Signal.Failure f -> "traffic: " + f.cause();
      case Signal.ProbeFailed(_, boolean unreachable, String cause) ->
          s.evidence().trafficProves(unreachable, now) ? "" : "probe: " + cause;
      case Signal.ProbeOk _, Signal.Traffic _, Signal.Tick _ -> "";
    };
  }

  private EndpointState failed(EndpointState s, String cause, Guard guard, long now) {
    return switch (s.state()) {
      case HEALTHY -> {
        if (s.refuted() && now - s.sinceNanos() < REFUTED_NANOS && isLone(s.evidence(), now)) {
          yield s;
        }
        String verdict = verdict(s, cause, guard, now);
        yield verdict.isEmpty()
            ? s.to(SUSPECT, s.evidence(), s.flaps(), cause, now)
            : s.to(EJECTED, s.evidence().ejected(now), s.flaps().ejected(now), verdict, now);
      }
      case SUSPECT -> {
        String verdict = verdict(s, cause, guard, now);
        yield verdict.isEmpty()
            ? s
            : s.to(EJECTED, s.evidence().ejected(now), s.flaps().ejected(now), verdict, now);
      }
      case EJECTED -> s;
      case PROBATION -> {
        if (isLone(s.evidence(), now)) {
          yield s;
        }
        if (!guard.mayEject() && !isDead(s.evidence(), now)) {
          yield s.to(SUSPECT, s.evidence(), s.flaps(), cause, now);
        }
        Flaps flaps = s.share(now) >= 0.5 ? s.flaps().ejected(now) : s.flaps().trialFailed(now);
        yield s.to(EJECTED, s.evidence().ejected(now), flaps, "on probation, " + cause, now);
      }
    };
  }

  /** Why it must be ejected; empty if it need or may not. */
  private String verdict(EndpointState s, String cause, Guard guard, long now) {
    Evidence e = s.evidence();
    if (!guard.mayEject() && !isDead(e, now)) {
      return "";
    }
    if (e.probeFailures() >= fall) {
      return e.probeFailures() + " probes in a row, " + cause;
    }
    if (e.threeWithin(BURST_OF_FAILURES_NANOS, now)) {
      return "3 failures within 1 s, " + cause;
    }
    if (e.trafficFailures() >= TRAFFIC_FALL) {
      return e.trafficFailures() + " requests in a row, " + cause;
    }
    return e.halfFails(now) ? "half of all requests, " + cause : "";
  }

  /** One failed request among many that went well, and nothing else. */
  private static boolean isLone(Evidence e, long now) {
    return e.trafficFailures() == 1 && e.probeFailures() == 0 && e.mostlyWell(now);
  }

  /** Probes and traffic agree: nothing succeeds. */
  boolean isDead(Evidence e, long now) {
    return e.probeFailures() >= fall && !e.trafficContradicts(now);
  }

  private static EndpointState suspect(EndpointState s, long now) {
    Evidence e = s.evidence();
    boolean quiet = now - (e.failures() > 0 ? e.lastFailure() : s.sinceNanos()) >= SUSPICION_NANOS;
    return quiet && e.proofs() >= PROOFS
        ? s.to(HEALTHY, e.refuted(), s.flaps().healthy(now), "answers again", now)
        : s;
  }

  private EndpointState ejected(EndpointState s, Signal signal, Guard guard, long now) {
    Evidence e = s.evidence();
    boolean alive = isAlive(s, signal);
    if (guard.urgent() && alive) {
      return s.to(
          PROBATION, e.trial(), s.flaps().returned(now), "answers, and nothing else does", now);
    }
    return e.probeSuccesses() >= rise && now - e.cleanSince() >= s.flaps().holdNanos()
        ? s.to(PROBATION, e.trial(), s.flaps().returned(e.cleanSince()), "answers again", now)
        : s;
  }

  /** Whether this signal alone shows that an ejected endpoint answers. */
  private static boolean isAlive(EndpointState s, Signal signal) {
    return switch (signal) {
      case Signal.ProbeOk(long started) -> started - s.sinceNanos() >= 0;
      case Signal.Traffic(long successes, long failures) -> successes > failures;
      case Signal.ProbeFailed _, Signal.Failure _, Signal.Tick _ -> false;
    };
  }
}
