package io.meridian.proxy.exchange;

import io.meridian.config.Timeouts;
import io.meridian.proxy.http.ResponseHead;
import io.meridian.proxy.loop.Worker;
import io.meridian.proxy.upstream.UpstreamFailure;

/**
 * The way of an answer from its endpoint to the client, with back-pressure. A short one is held
 * back for a moment ({@link ResponseHold}); one that stops half way is given up. Reused with its
 * exchange; event loop only.
 */
final class ResponseRelay {
  private final ProxyExchange exchange;
  private final Worker worker;
  private final Destination destination;
  private final Dispatch dispatch;
  private final Attempts attempts;
  private final ExchangeLog log;
  private final ResponseHold hold = new ResponseHold();
  private long lastDataNanos;

  ResponseRelay(
      ProxyExchange exchange,
      Worker worker,
      Destination destination,
      Dispatch dispatch,
      Attempts attempts,
      ExchangeLog log) {
    this.exchange = exchange;
    this.worker = worker;
    this.destination = destination;
    this.dispatch = dispatch;
    this.attempts = attempts;
    this.log = log;
  }

  /**
   * An answer begins.
   *
   * @param repeatable whether the request could be sent again
   */
  void begin(Attempt attempt, ResponseHead head, boolean repeatable) {
    moving();
    hold.begin(
        head,
        repeatable,
        attempt.region().estimateNanos(),
        lastDataNanos,
        exchange.answerByNanos());
    if (hold.holding()) {
      exchange.downstream().hold();
    }
  }

  /** Bytes have come, from either side. */
  void moving() {
    lastDataNanos = worker.now();
  }

  long lastDataNanos() {
    return lastDataNanos;
  }

  /** What has come by now is here: it goes out, or is held until there is more. */
  void readComplete() {
    if (hold.holding() && exchange.downstream().gatheredBytes() <= ResponseHold.BYTES) {
      exchange.wakeAt(hold.until(lastDataNanos));
    } else {
      release();
    }
  }

  /** What was held back goes out; from here on the answer has begun. */
  private void release() {
    letGo();
    Downstream client = exchange.downstream();
    client.flush();
    Attempt attempt = attempts.committed();
    if (!client.writable() && attempt != null && attempt.hasConnection()) {
      attempt.connection().setReading(false);
    }
    exchange.wakeAt(worker.now() + patienceNanos());
  }

  /** Nothing is held back any more. */
  void letGo() {
    hold.release();
  }

  /** Takes the answer back from the client; false if a part of it has left already. */
  boolean takeBack() {
    boolean taken = hold.holding() && exchange.downstream().discard();
    if (taken) {
      letGo();
    }
    return taken;
  }

  /** The client's socket takes bytes again. */
  void writable() {
    Attempt attempt = attempts.committed();
    if (attempt != null && attempt.hasConnection()) {
      moving(); // the endpoint could not send: that was no stall
      attempt.connection().setReading(true);
    }
  }

  // ---- it takes long

  /** The time has come to see whether it still moves. */
  void fire(Attempt attempt, long now, Recovery recovery) {
    if (hold.holding()) {
      releaseOrRefetch(attempt, now, recovery);
      return;
    }
    long until = lastDataNanos + patienceNanos();
    if (now - until < 0) {
      exchange.wakeAt(until);
    } else if (exchange.stream().tunnel()) {
      log.timedOut();
      exchange.finish(false);
    } else if (exchange.downstream().writable()) {
      recovery.fail(attempt, UpstreamFailure.STALLED);
    } else {
      exchange.wakeAt(now + patienceNanos()); // a client that is too slow is seen elsewhere
    }
  }

  /**
   * A short answer stopped half way: it is fetched elsewhere, if that can be; else it goes out so.
   */
  private void releaseOrRefetch(Attempt attempt, long now, Recovery recovery) {
    long until = hold.until(lastDataNanos);
    if (now - until < 0) { // more came since the timer was set
      exchange.wakeAt(until);
      return;
    }
    boolean elsewhere =
        hold.knownLength()
            && hold.stalled(lastDataNanos, now)
            && destination.snapshot().config().failover().hedge()
            && now - exchange.answerByNanos() < 0
            && dispatch.mayGoElsewhere();
    if (elsewhere) {
      recovery.fail(attempt, UpstreamFailure.STALLED);
    } else {
      release();
    }
  }

  /** How long nothing may come. */
  private long patienceNanos() {
    Timeouts timeouts = destination.snapshot().config().timeouts();
    boolean talk = exchange.grpc() || exchange.stream().tunnel();
    return (talk ? timeouts.tunnelIdle() : timeouts.responseBody()).toNanos();
  }
}
