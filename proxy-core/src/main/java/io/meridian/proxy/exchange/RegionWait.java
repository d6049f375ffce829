package io.meridian.proxy.exchange;

import io.meridian.proxy.routing.RouteDecision;
import io.meridian.proxy.routing.RouteDecision.Reason;
import io.meridian.proxy.routing.RouteDecision.Refuse;
import io.meridian.proxy.telemetry.RetryDenied;
import io.meridian.proxy.upstream.UpstreamFailure;
import org.jspecify.annotations.Nullable;

/**
 * One request's wait for a region to come back, where none is up or all have just refused it: as
 * long as {@code failover.hold} and its deadline allow, looking again and again. Reused with its
 * exchange; event loop only.
 */
final class RegionWait {
  /** How often it looks whether a region is up. */
  static final long RECHECK_NANOS = 20_000_000;

  /** How long it waits when every region that is thought to be up has just refused it. */
  private static final long PAUSE_NANOS = 100_000_000;

  private final ProxyExchange exchange;
  private final LoopContext context;
  private final Destination destination;
  private final Attempts attempts;
  private final ExchangeLog log;
  private boolean waiting;
  private long untilNanos;
  private @Nullable UpstreamFailure after; // null: none was up

  RegionWait(
      ProxyExchange exchange,
      LoopContext context,
      Destination destination,
      Attempts attempts,
      ExchangeLog log) {
    this.exchange = exchange;
    this.context = context;
    this.destination = destination;
    this.attempts = attempts;
    this.log = log;
  }

  boolean waiting() {
    return waiting;
  }

  /** No region is up: waits for one; false if it may not. */
  boolean begin() {
    return begin(RECHECK_NANOS);
  }

  /** All regions have refused it: waits for one to recover; false if it may not. */
  boolean beginAfter(UpstreamFailure why) {
    if (!begin(PAUSE_NANOS)) {
      return false;
    }
    after = why;
    return true;
  }

  private boolean begin(long recheckNanos) {
    long now = context.worker().now();
    long held = log.startNanos() + destination.snapshot().config().failover().hold().toNanos();
    untilNanos = Math.min(held, exchange.answerByNanos());
    if (untilNanos - now <= 0 || !context.park()) {
      return false;
    }
    waiting = true;
    exchange.wakeAt(now + recheckNanos);
    return true;
  }

  /** Looks again. */
  void fire(long now, LastResort lastResort) {
    if (!destination.refresh()) {
      end();
      exchange.noRoute();
      return;
    }
    RouteDecision decision = destination.choose(true);
    boolean over = now - untilNanos >= 0;
    if (!over && (decision instanceof Refuse || !mayGoOn(now))) {
      exchange.wakeAt(now + RECHECK_NANOS);
      return;
    }
    UpstreamFailure why = after;
    end();
    if (over) {
      inVain(decision, why, lastResort);
    } else {
      exchange.decideAnew();
    }
  }

  /** What has left before draws on the budget when it leaves again. */
  private boolean mayGoOn(long now) {
    return context.mayUnpark(now) && (attempts.sendings() == 0 || context.budget().spend(now));
  }

  private void inVain(
      RouteDecision decision, @Nullable UpstreamFailure why, LastResort lastResort) {
    log.timedOut();
    boolean refused = decision instanceof Refuse;
    if (why != null && (refused || attempts.sendings() == 0)) {
      lastResort.denied(RetryDenied.NO_CANDIDATE);
    }
    if (decision instanceof Refuse(Reason reason, int code)) {
      lastResort.refuse(reason, code);
    } else if (why != null && attempts.sendings() > 0) {
      lastResort.failed(RetryDenied.DEADLINE, why);
    } else { // nobody could even be reached
      lastResort.refuse(Reason.NO_HEALTHY_REGION, 503);
    }
  }

  /** It waits no longer, if it did. */
  void end() {
    if (waiting) {
      waiting = false;
      after = null;
      context.unparked();
    }
  }
}
