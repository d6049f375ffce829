package io.meridian.health;

import java.util.List;

/**
 * What of health outlives the process: states, hold-downs and estimates, with times on the wall
 * clock. Immutable.
 *
 * @param savedMillis wall clock, as all times here that end in {@code Millis}
 * @param measure what of a probe the times are
 */
record SavedHealth(
    long savedMillis, String measure, List<Endpoint> endpoints, List<Region> regions) {

  /**
   * One endpoint, known by all of the first four.
   *
   * @param check the check's definition
   * @param level of its flaps; see {@link Flaps}
   * @param holdNanos of its flaps, a span
   */
  record Endpoint(
      String region,
      String name,
      String url,
      String check,
      HealthState state,
      String cause,
      long sinceMillis,
      int level,
      long upMillis,
      long outMillis,
      long calmMillis,
      long holdNanos,
      Times roundTrip,
      Times probeTime) {}

  /** One region's estimate. */
  record Region(String name, Times roundTrip) {}

  /**
   * An estimate without what it makes of single samples.
   *
   * @param priorMean of the prior that it began with: another place makes it worthless
   */
  record Times(
      double logMean, double logVariance, double priorMean, long samples, long lastMillis) {}

  /** A file may have been edited: e to this, in milliseconds, is 4 hours. */
  private static final double MOST_LOG = 16.5;

  /** Between the ticker's time and the wall clock's. */
  record Clocks(long nowNanos, long nowMillis) {
    long millis(long nanos) {
      return nowMillis - Math.floorDiv(nowNanos - nanos, 1_000_000L);
    }

    /** Never later than now, though the wall clock may have been set back meanwhile. */
    long nanos(long millis) {
      return nowNanos - Math.max(0, nowMillis - millis) * 1_000_000L;
    }

    Times save(Estimate e) {
      return new Times(
          e.logMean(),
          e.logVariance(),
          e.prior().logMean(),
          e.samples(),
          e.samples() == 0 ? nowMillis : millis(e.lastNanos()));
    }

    Estimate restore(Times t, Prior prior) {
      boolean elsewhere = Math.abs(t.priorMean() - prior.logMean()) > 1e-6;
      boolean sane =
          Math.abs(t.logMean()) < MOST_LOG && t.logVariance() > 0 && t.logVariance() < MOST_LOG;
      if (elsewhere || !sane || t.samples() <= 0) {
        return Estimate.of(prior);
      }
      return new Estimate(
          t.logMean(),
          t.logVariance(),
          prior,
          t.samples(),
          nanos(t.lastMillis()),
          0,
          0,
          t.logMean(),
          t.logVariance());
    }

    Endpoint save(EndpointEntry e) {
      EndpointState s = e.state;
      Flaps f = s.flaps();
      return new Endpoint(
          e.key.region(),
          e.key.endpoint(),
          e.endpoint.url().toString(),
          e.key.check().toString(),
          s.state(),
          s.cause(),
          millis(s.sinceNanos()),
          f.level(),
          millis(f.upNanos()),
          millis(f.outNanos()),
          millis(f.calmNanos()),
          f.holdNanos(),
          save(e.roundTrip),
          save(e.probeTime));
    }

    /** What was down stays so until probes of this process bring it back. */
    EndpointState restore(Endpoint saved) {
      Flaps flaps =
          new Flaps(
              Math.clamp(saved.level(), 0, Flaps.TOP),
              nanos(saved.upMillis()),
              nanos(saved.outMillis()),
              nanos(saved.calmMillis()),
              Math.clamp(saved.holdNanos(), 0, Flaps.CAP_NANOS));
      boolean down = saved.state() == HealthState.EJECTED;
      Evidence seen = down ? Evidence.NONE.ejected(nowNanos) : Evidence.NONE;
      long since = down ? nanos(saved.sinceMillis()) : nowNanos;
      return new EndpointState(saved.state(), since, saved.cause(), false, seen, flaps);
    }
  }
}
