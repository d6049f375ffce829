package io.meridian.proxy;

import java.util.concurrent.TimeUnit;

/**
 * Makes two events of each time that requests are held because no region that they may go to is up:
 * one when the first waits, one when for a second none has waited any more. On the control loop.
 */
final class HoldWatch {
  private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final EventLog events;
  private long seen;
  private boolean holding;
  private long heldBefore;
  private long beganNanos;
  private long lastNanos;

  HoldWatch(EventLog events) {
    this.events = events;
  }

  /**
   * Called a few times a second.
   *
   * @param now requests that wait
   * @param ever requests that have waited since the start
   */
  void look(int now, long ever, long nowNanos) {
    if (now > 0 || ever > seen) {
      if (!holding) {
        holding = true;
        heldBefore = seen;
        beganNanos = nowNanos;
        events.edge(EventLog.Kind.HOLD, "passing", "holding", "no region that may take them is up");
      }
      lastNanos = nowNanos;
    } else if (holding && nowNanos - lastNanos >= QUIET_NANOS) {
      holding = false;
      events.edge(
          EventLog.Kind.HOLD,
          "holding",
          "passing",
          "%d requests waited within %d ms"
              .formatted(ever - heldBefore, TimeUnit.NANOSECONDS.toMillis(lastNanos - beganNanos)));
    }
    seen = ever;
  }
}
