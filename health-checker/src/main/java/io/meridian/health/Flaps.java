package io.meridian.health;

import java.util.concurrent.TimeUnit;

/**
 * How long an ejected endpoint is held down, by its past. The first time is short. A flap, an
 * ejection after a return, asks it to stay up for half as long again as it did before it broke, and
 * each further flap doubles that. A failure on trial traffic only, when nothing was lost, asks for
 * an eighth of the time that it has been away. Time in health makes up for flaps.
 *
 * @param level ejections of late
 * @param upNanos since when it answered when it last returned
 * @param outNanos since when it is away: of the first ejection since it was healthy
 * @param calmNanos when a level was last taken off
 * @param holdNanos how long it must be well to return
 */
record Flaps(int level, long upNanos, long outNanos, long calmNanos, long holdNanos) {
  static final Flaps NONE = new Flaps(0, 0, 0, 0, 0);

  static final long FIRST_NANOS = TimeUnit.MILLISECONDS.toNanos(200);
  static final long CAP_NANOS = TimeUnit.SECONDS.toNanos(60);

  private static final long TRIAL_LEAST_NANOS = TimeUnit.MILLISECONDS.toNanos(500);
  private static final long FLAP_LEAST_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long FLAP_MOST_NANOS = TimeUnit.SECONDS.toNanos(6);
  private static final long CALM_NANOS = TimeUnit.SECONDS.toNanos(30);
  private static final long FIRST_RAMP_NANOS = TimeUnit.MILLISECONDS.toNanos(250);
  private static final long RAMP_CAP_NANOS = TimeUnit.SECONDS.toNanos(20);
  static final int TOP = 7;

  Flaps ejected(long now) {
    long hold = FIRST_NANOS;
    if (level > 0) {
      long up = Math.max(0, now - upNanos);
      long first = Math.clamp(up + up / 2, FLAP_LEAST_NANOS, FLAP_MOST_NANOS);
      hold = Math.clamp(first << (level - 1), holdNanos, CAP_NANOS);
    }
    return new Flaps(Math.min(TOP, level + 1), upNanos, now, now, hold);
  }

  /** The ejection was no fault of the endpoint's. */
  Flaps undone() {
    return level == 0
        ? this
        : new Flaps(level - 1, upNanos, outNanos, calmNanos, level == 1 ? 0 : holdNanos / 2);
  }

  Flaps trialFailed(long now) {
    long away = Math.clamp((now - outNanos) / 8, TRIAL_LEAST_NANOS, CAP_NANOS);
    return new Flaps(level, upNanos, outNanos, now, Math.max(holdNanos, away));
  }

  Flaps returned(long upSince) {
    return new Flaps(level, upSince, outNanos, calmNanos, holdNanos);
  }

  Flaps healthy(long now) {
    return new Flaps(level, upNanos, outNanos, now, holdNanos);
  }

  /** Called while healthy. */
  Flaps calmed(long now) {
    return level == 0 || now - calmNanos < CALM_NANOS
        ? this
        : new Flaps(level - 1, upNanos, outNanos, now, level == 1 ? 0 : holdNanos / 2);
  }

  /** How long its share grows after a return. */
  long rampNanos() {
    return level <= 1
        ? FIRST_RAMP_NANOS
        : Math.min(RAMP_CAP_NANOS, FIRST_RAMP_NANOS << Math.min(level - 1, 5));
  }
}
