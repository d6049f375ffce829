package io.meridian.health;

/**
 * The four states of an endpoint or region: healthy, suspect, ejected, probation, and round again.
 */
public enum HealthState {
  /** Serves. */
  HEALTHY,
  /** Failed once: others are preferred at once, probes run at burst rate. */
  SUSPECT,
  /** Serves nothing. */
  EJECTED,
  /** Back, with a share that ramps up. */
  PROBATION;

  /** Whether requests may go there at all. */
  public boolean usable() {
    return this != EJECTED;
  }
}
