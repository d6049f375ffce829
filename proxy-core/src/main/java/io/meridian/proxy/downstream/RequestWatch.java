package io.meridian.proxy.downstream;

import io.meridian.config.Timeouts;
import io.meridian.proxy.exchange.LoopContext;
import io.meridian.proxy.exchange.RateWatch;
import io.meridian.proxy.http.Body;
import io.meridian.proxy.loop.TimerWheel;
import io.meridian.proxy.loop.Worker;
import io.meridian.proxy.telemetry.Rejection;
import org.jspecify.annotations.Nullable;

/**
 * Watches over the time that a client takes for its requests: without one, for a head as a whole,
 * for each part of a body and for its average rate. While others are waited for, nothing is held
 * against the client. Event loop only.
 */
abstract class RequestWatch extends TimerWheel.Timer {
  private enum Phase {
    IDLE,
    HEAD,
    BODY,
    /** The rest of a body that nobody wants is read for a while. */
    REST,
    OFF
  }

  private final LoopContext context;
  private final Worker worker;
  private final RateWatch rate = new RateWatch();
  private Phase phase = Phase.IDLE;
  private @Nullable Body body;
  private boolean paused;
  private boolean awaitsContinue;
  private boolean answered;
  private long firstByteNanos;
  private long lastByteNanos;

  RequestWatch(LoopContext context) {
    this.context = context;
    this.worker = context.worker();
  }

  /** There was no request for too long, or the rest of one took too long. */
  abstract void idleTooLong();

  abstract void headTooLong();

  abstract void bodyTooSlow(Rejection why);

  /** The connection waits for a request. */
  void idle() {
    phase = Phase.IDLE;
    worker.arm(this, worker.now() + timeouts().idle().toNanos());
  }

  /** Bytes have come. */
  void bytes(long nowNanos) {
    lastByteNanos = nowNanos;
  }

  /** How long no bytes have come. */
  long silentNanos(long nowNanos) {
    return nowNanos - lastByteNanos;
  }

  /** When the first byte of the present head came. */
  long firstByteNanos() {
    return firstByteNanos;
  }

  /** The first byte of a head is here. */
  void headBegins() {
    firstByteNanos = worker.now();
  }

  /** There will be more of the head. */
  void headGoesOn() {
    phase = Phase.HEAD;
    worker.arm(this, firstByteNanos + timeouts().requestHead().toNanos());
  }

  /**
   * A body follows.
   *
   * @param afterContinue whether the client may wait for a 100 before it sends it
   */
  void bodyBegins(Body read, boolean afterContinue) {
    body = read;
    awaitsContinue = afterContinue;
    paused = false;
    answered = false;
    startBody();
  }

  /** The answer has begun before the body is complete: the two converse, at whatever rate. */
  void answered() {
    answered = true;
  }

  /** A part of the body is here: the client waits for nobody. */
  void bodyBytes() {
    awaitsContinue = false;
  }

  /** The client was told to send its body: its turn begins now. */
  void continued() {
    if (awaitsContinue) {
      awaitsContinue = false;
      startBody();
    }
  }

  /** Reading stops or resumes, as others are slow. */
  void paused(boolean now) {
    if (phase == Phase.BODY && paused && !now) {
      startBody();
    }
    paused = now;
  }

  /** The request is complete, or what follows is somebody else's affair. */
  void off() {
    phase = Phase.OFF;
    body = null;
    worker.disarm(this);
  }

  /** The rest of the body may take so long. */
  void rest(long nanos) {
    phase = Phase.REST;
    worker.arm(this, worker.now() + nanos);
  }

  private void startBody() {
    phase = Phase.BODY;
    lastByteNanos = worker.now();
    rate.start(lastByteNanos, read());
    worker.arm(this, lastByteNanos + timeouts().requestBody().toNanos());
  }

  @Override
  protected void fire(long now) {
    switch (phase) {
      case IDLE -> {
        long deadline = lastByteNanos + timeouts().idle().toNanos();
        if (now - deadline >= 0) {
          idleTooLong();
        } else {
          worker.arm(this, deadline);
        }
      }
      case HEAD -> {
        long deadline = firstByteNanos + timeouts().requestHead().toNanos();
        if (now - deadline >= 0) {
          headTooLong();
        } else {
          worker.arm(this, deadline);
        }
      }
      case BODY -> bodyDue(now);
      case REST -> idleTooLong();
      case OFF -> {
        // nothing is due
      }
    }
  }

  private void bodyDue(long now) {
    long window = timeouts().requestBody().toNanos();
    long least = context.snapshot().config().limits().client().requestRate();
    if (paused || awaitsContinue) {
      worker.arm(this, now + window);
    } else if (now - lastByteNanos >= window) {
      bodyTooSlow(Rejection.BODY_TIMEOUT);
    } else if (!answered && rate.tooSlow(now, read(), least, window)) {
      bodyTooSlow(Rejection.BODY_RATE);
    } else {
      long stalled = lastByteNanos + window;
      worker.arm(this, answered ? stalled : Math.min(stalled, rate.dueNanos(window)));
    }
  }

  private long read() {
    Body present = body;
    return present == null ? 0 : present.read();
  }

  private Timeouts timeouts() {
    return context.snapshot().config().timeouts();
  }
}
