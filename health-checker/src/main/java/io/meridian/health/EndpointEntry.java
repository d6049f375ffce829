package io.meridian.health;

import io.meridian.config.Health;
import io.meridian.config.Region;

/** All that is known of one endpoint. Fields are event loop only. */
final class EndpointEntry {
  /** Survives a new configuration as long as all three stay. */
  record Key(String region, String endpoint, Health.Check check) {}

  final Key key;
  final Region.Endpoint endpoint;
  final Prior prior;
  EndpointState state;
  Estimate roundTrip; // what is measured of probes, and traffic that agrees with it
  Estimate probeTime = Estimate.of(Prior.UNKNOWN); // whole probe
  Estimate answerTime = Estimate.of(Prior.UNKNOWN); // first bytes over kept connections
  boolean keeps; // its connections carry more than one probe
  double trafficBias = Double.NaN; // ln(ms) of traffic less that of round trips
  long trafficNanos;
  long verifyUntilNanos; // traffic looks shifted: probes are to tell, at burst rate
  boolean verifies;
  boolean met; // one probe succeeded: its times were those of a cold start too
  boolean repeats; // so another one is to follow at once
  boolean restless; // time alone may change something
  boolean firstRoundDone; // measured or failed
  boolean falseAlarm;
  boolean reported; // that it would be ejected, since it was healthy last

  EndpointEntry(Key key, Region.Endpoint endpoint, Prior prior, long now) {
    this.key = key;
    this.endpoint = endpoint;
    this.prior = prior;
    this.state = EndpointState.initial(now);
    this.roundTrip = Estimate.of(prior);
  }

  /** Takes up what another check had found: what was down stays so until this one says else. */
  void startAs(EndpointEntry before, long now) {
    if (before.state.state() == HealthState.EJECTED) {
      state =
          before.state.to(
              HealthState.EJECTED,
              Evidence.NONE.ejected(now),
              Flaps.NONE.ejected(now),
              before.state.cause(),
              now);
    }
  }

  /** Forgets times, since others are measured from now on. */
  void forgetTimes() {
    roundTrip = Estimate.of(prior);
    answerTime = Estimate.of(Prior.UNKNOWN);
    trafficBias = Double.NaN;
  }

  /** Whether a probe is to follow at once; true once. */
  boolean takeRepeat() {
    boolean taken = repeats;
    repeats = false;
    return taken;
  }

  EndpointHealth view(long now) {
    return new EndpointHealth(
        key.region(),
        key.endpoint(),
        state.state(),
        state.share(now),
        roundTrip.millis(),
        state.sinceNanos(),
        state.cause());
  }
}
