package io.meridian.health;

import java.util.concurrent.TimeUnit;

/**
 * Folds times into the estimates of an endpoint and its region: those of probes, and those of
 * traffic and of kept connections as far as they say anything. Event loop only.
 */
final class RoundTrips {
  private static final long TRAFFIC_TAU_NANOS = TimeUnit.SECONDS.toNanos(60);
  private static final long VERIFY_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final double JUMP_LOG = 0.1;

  private final RegionBoard regions;
  private boolean moved; // an estimate did, since the last view
  private boolean jumped; // one did, by much

  RoundTrips(RegionBoard regions) {
    this.regions = regions;
  }

  boolean moved() {
    return moved;
  }

  boolean jumped() {
    return jumped;
  }

  /** A new span of changes begins. */
  void seen() {
    moved = false;
    jumped = false;
  }

  /**
   * One round trip.
   *
   * @return whether it puts the estimate in doubt
   */
  boolean sample(EndpointEntry e, double millis, long now) {
    e.roundTrip = LatencyEstimator.sample(e.roundTrip, millis, now);
    RegionEntry region = regions.find(e.key.region());
    if (region != null) {
      double before = region.roundTrip.logMean();
      region.roundTrip = LatencyEstimator.sample(region.roundTrip, millis, now);
      jumped |= Math.abs(region.roundTrip.logMean() - before) > JUMP_LOG;
    }
    moved = true;
    return e.roundTrip.run() != 0;
  }

  /**
   * A failure, as {@link LatencyEstimator#penalty}.
   *
   * @param millis how long the attempt took
   */
  void penalty(EndpointEntry e, double millis, long now) {
    e.roundTrip = LatencyEstimator.penalty(e.roundTrip, millis, now);
    RegionEntry region = regions.find(e.key.region());
    if (region != null && region.endpoints.size() == 1) {
      region.roundTrip = LatencyEstimator.penalty(region.roundTrip, millis, now);
    }
    moved = true;
  }

  /**
   * Times of real traffic hold the endpoint's own work too, so they count by how they differ from
   * their usual distance to the probes'. One that agrees is a sample; one that is far off is no
   * proof, since another kind of request may explain it, but reason enough to probe at once.
   *
   * @param x mean of ln(ms)
   * @return whether it puts the estimate in doubt
   */
  boolean traffic(EndpointEntry e, double x, long now) {
    if (e.roundTrip.samples() == 0) {
      return false;
    }
    if (Double.isNaN(e.trafficBias)) {
      e.trafficBias = x - e.roundTrip.logMean();
      e.trafficNanos = now;
      return false;
    }
    double adjusted = x - e.trafficBias;
    boolean doubt;
    if (LatencyEstimator.isFar(e.roundTrip, adjusted, now)) {
      doubt = verify(e, now);
    } else {
      doubt = sample(e, Math.exp(adjusted), now);
    }
    double w = -Math.expm1(-(double) (now - e.trafficNanos) / TRAFFIC_TAU_NANOS);
    e.trafficBias += w * (x - e.roundTrip.logMean() - e.trafficBias);
    e.trafficNanos = now;
    return doubt;
  }

  /**
   * Where the time to connect is what counts, the time to an answer over a kept connection is no
   * sample, but one unlike the others is reason to connect anew.
   *
   * @return whether it is
   */
  static boolean answer(EndpointEntry e, double millis, long now) {
    e.answerTime = LatencyEstimator.sample(e.answerTime, millis, now);
    return e.answerTime.run() != 0;
  }

  private static boolean verify(EndpointEntry e, long now) {
    e.verifies = true;
    e.verifyUntilNanos = now + VERIFY_NANOS;
    return true;
  }
}
