package io.meridian.proxy.upstream;

import io.meridian.proxy.loop.TimerWheel;
import io.meridian.proxy.loop.Worker;

/**
 * Asks an endpoint that says nothing while requests wait whether it still lives. Rarely: gRPC
 * servers end connections that are asked a third time within five minutes of silence.
 *
 * @see "RFC 9113, 6.7; gRFC A8"
 */
final class Http2Pings extends TimerWheel.Timer {
  private static final long FIRST_NANOS = 5_000_000_000L;
  private static final long SECOND_NANOS = 25_000_000_000L;
  private static final long LATER_NANOS = 310_000_000_000L;
  private final Http2Upstream connection;
  private final Worker worker;
  private int sent; // since anything but an acknowledgement came
  private boolean open; // one is unanswered
  private long heardNanos;
  private long sentNanos;

  Http2Pings(Http2Upstream connection) {
    this.connection = connection;
    this.worker = connection.pool().worker();
  }

  /** From now on somebody waits. */
  void watch() {
    if (!armed()) {
      heardNanos = worker.now();
      sent = 0;
      open = false;
      worker.arm(this, heardNanos + FIRST_NANOS);
    }
  }

  void heard() {
    heardNanos = worker.now();
    if (!open) { // else it may be no more than the acknowledgement
      sent = 0;
    }
    open = false;
  }

  @Override
  protected void fire(long now) {
    if (!connection.busy()) {
      return;
    }
    if (open && now - sentNanos >= connection.pool().pingTimeoutNanos()) {
      connection.silent();
      return;
    }
    long due = Math.max(heardNanos, sentNanos) + pause();
    if (sent == 0) {
      due = heardNanos + FIRST_NANOS;
    }
    if (open) {
      due = sentNanos + connection.pool().pingTimeoutNanos();
    } else if (now - due >= 0) {
      open = true;
      sent++;
      sentNanos = now;
      connection.ping(now);
      due = now + connection.pool().pingTimeoutNanos();
    }
    worker.arm(this, due);
  }

  private long pause() {
    return sent <= 1 ? SECOND_NANOS : LATER_NANOS;
  }
}
