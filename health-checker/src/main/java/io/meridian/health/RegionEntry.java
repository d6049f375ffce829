package io.meridian.health;

import java.util.ArrayList;
import java.util.List;

/** All that is known of one region. Fields are event loop only. */
final class RegionEntry {
  final String name;
  final Prior prior;
  List<EndpointEntry> endpoints;
  Estimate roundTrip;
  HealthState state = HealthState.HEALTHY;
  long sinceNanos;
  String cause = "";
  long badSinceNanos; // while not healthy: since when

  RegionEntry(String name, Prior prior, List<EndpointEntry> endpoints, long now) {
    this.name = name;
    this.prior = prior;
    this.endpoints = endpoints;
    this.roundTrip = Estimate.of(prior);
    this.sinceNanos = now;
    this.badSinceNanos = now;
  }

  /** Forgets times, since others are measured from now on. */
  void forgetTimes() {
    roundTrip = Estimate.of(prior);
    endpoints.forEach(EndpointEntry::forgetTimes);
  }

  /** The state of its best endpoint. */
  HealthState derived() {
    HealthState best = HealthState.EJECTED;
    for (EndpointEntry e : endpoints) {
      if (rank(e.state.state()) < rank(best)) {
        best = e.state.state();
      }
    }
    return best;
  }

  RegionHealth view(long now) {
    double share = 0;
    List<EndpointHealth> views = new ArrayList<>(endpoints.size());
    for (EndpointEntry e : endpoints) {
      if (e.state.state() == state) {
        share = Math.max(share, e.state.share(now));
      }
      views.add(e.view(now));
    }
    return new RegionHealth(
        name,
        state,
        share,
        roundTrip.millis(),
        roundTrip.logDeviation(now),
        roundTrip.samples(),
        sinceNanos,
        cause,
        List.copyOf(views));
  }

  private static int rank(HealthState state) {
    return switch (state) {
      case HEALTHY -> 0;
      case PROBATION -> 1;
      case SUSPECT -> 2;
      case EJECTED -> 3;
    };
  }
}
