package io.meridian.health;

import io.meridian.config.Health;
import java.util.concurrent.TimeUnit;

/**
 * How often an endpoint is probed, how long a probe may take, and over which connection it goes.
 *
 * <p>A connection for each probe is the best test, and costs five times what a probe over a kept
 * one does. So all have it where that makes no more than {@link #NEW_PER_SECOND} a second; with
 * more endpoints, those that nobody doubts have a new one in turn, and are asked over a kept one
 * between. Event loop only.
 */
final class ProbePace {
  /** New connections a second to endpoints that are well. */
  static final int NEW_PER_SECOND = 50;

  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long TIRED_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final int BURSTS_PER_SECOND = 500;
  private static final double TIMEOUT_FACTOR = 4;
  private static final double TIMEOUT_EXTRA_MILLIS = 100;

  /** An estimate of fewer samples has to be made up first. */
  private static final int FEW_SAMPLES = 3;

  private final RegionBoard regions;
  private long intervalNanos = SECOND_NANOS;
  private long burstNanos = SECOND_NANOS;
  private long timeoutNanos = SECOND_NANOS;
  private boolean connects = true; // the time to connect is what is measured
  private boolean keeps;
  private long renewNanos;
  private int bursting; // endpoints in doubt as of the last tick

  ProbePace(RegionBoard regions) {
    this.regions = regions;
  }

  /** Follows a configuration of so many endpoints. */
  void configure(Health health, int endpoints) {
    intervalNanos = health.interval().toNanos();
    burstNanos = health.burstInterval().toNanos();
    timeoutNanos = health.timeout().toNanos();
    connects = health.measure() == Health.Measure.CONNECT;
    renewNanos = SECOND_NANOS * endpoints / NEW_PER_SECOND;
    keeps = health.check() instanceof Health.Http && renewNanos > intervalNanos;
  }

  /** Whether connections are kept between probes. */
  boolean keeps() {
    return keeps;
  }

  /** How long one is kept, then another takes its place. */
  long renewNanos() {
    return renewNanos;
  }

  /** Whether only a new connection will do for the next probe of it. */
  boolean wantsNew(EndpointEntry e, long now) {
    boolean doubted =
        switch (e.state.state()) {
          case SUSPECT, EJECTED -> true;
          case HEALTHY, PROBATION -> e.state.evidence().probeFailures() > 0;
        };
    boolean unsure = e.roundTrip.samples() < FEW_SAMPLES || bursts(e, now);
    return !keeps || doubted || (connects && unsure);
  }

  void bursting(int endpoints) {
    bursting = endpoints;
  }

  /** Whether probes of it run at burst rate. */
  boolean bursts(EndpointEntry e, long now) {
    boolean tired =
        e.state.state() == HealthState.EJECTED
            && now - e.state.sinceNanos() > TIRED_NANOS
            && e.state.evidence().probeSuccesses() == 0
            && regions.usable() > 0;
    boolean unsure = e.roundTrip.run() != 0 || e.verifies;
    boolean failing = e.state.evidence().probeFailures() > 0 && !e.falseAlarm;
    return !tired && (e.state.state() != HealthState.HEALTHY || unsure || failing);
  }

  /** Time from the start of one probe of it to the next, without jitter. */
  long intervalNanos(EndpointEntry e, long now) {
    if (!bursts(e, now)) {
      return intervalNanos;
    }
    long burst = burstNanos / (regions.usable() == 0 ? 2 : 1);
    long least = SECOND_NANOS * bursting / BURSTS_PER_SECOND;
    return Math.min(intervalNanos, Math.max(burst, least));
  }

  /** How long a probe of it may take: by its own baseline, unless that is in doubt. */
  long timeoutNanos(EndpointEntry e) {
    if (e.state.state() == HealthState.EJECTED
        || regions.selfSuspect()
        || e.probeTime.samples() < FEW_SAMPLES) {
      return timeoutNanos;
    }
    double adaptive = (TIMEOUT_FACTOR * e.probeTime.millis() + TIMEOUT_EXTRA_MILLIS) * 1e6;
    return Math.min(timeoutNanos, (long) adaptive);
  }
}
