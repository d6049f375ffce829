package io.meridian.health;

/**
 * One endpoint's health: what it is, what was seen, and how it behaved before. Immutable.
 *
 * @param sinceNanos ticker time of the last change of {@code state}
 * @param cause of that change; empty while there was none
 * @param refuted in health: whether its last suspicion came to nothing
 */
record EndpointState(
    HealthState state,
    long sinceNanos,
    String cause,
    boolean refuted,
    Evidence evidence,
    Flaps flaps) {
  static final double FIRST_SHARE = 0.1;

  static EndpointState initial(long now) {
    return new EndpointState(HealthState.HEALTHY, now, "", false, Evidence.NONE, Flaps.NONE);
  }

  /** Whether the mere passing of time changes nothing. */
  boolean isSteady() {
    return state == HealthState.HEALTHY && flaps.level() == 0;
  }

  /** Of its normal traffic, 0 to 1. */
  double share(long now) {
    return switch (state) {
      case HEALTHY, SUSPECT -> 1;
      case EJECTED -> 0;
      case PROBATION -> {
        double progress = Math.clamp((double) (now - sinceNanos) / flaps.rampNanos(), 0, 1);
        yield FIRST_SHARE + (1 - FIRST_SHARE) * progress;
      }
    };
  }

  EndpointState with(Evidence newEvidence) {
    return new EndpointState(state, sinceNanos, cause, refuted, newEvidence, flaps);
  }

  EndpointState with(Flaps newFlaps) {
    return newFlaps.equals(flaps)
        ? this
        : new EndpointState(state, sinceNanos, cause, refuted, evidence, newFlaps);
  }

  EndpointState to(HealthState next, Evidence seen, Flaps past, String why, long now) {
    boolean nothing = state == HealthState.SUSPECT && next == HealthState.HEALTHY;
    return new EndpointState(next, now, why, nothing, seen, past);
  }
}
