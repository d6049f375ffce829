package io.meridian.proxy.exchange;

import io.meridian.proxy.routing.FenceRule;
import io.meridian.proxy.routing.Loads;
import io.meridian.proxy.routing.RouteDecision.Reason;
import io.meridian.proxy.telemetry.RetryDenied;
import io.meridian.proxy.upstream.UpstreamFailure;
import org.jspecify.annotations.Nullable;

/**
 * What becomes of a request that no endpoint answers: what is stored goes out, else it waits for a
 * region, else it gets an answer that says why. Reused with its exchange; event loop only.
 */
final class LastResort {
  private static final ErrorAnswer FULL =
      new ErrorAnswer(
          503, "no capacity left", "connection_limit_reached", Reason.CAPACITY.label(), 1, false);
  private static final ErrorAnswer NO_CONNECTION =
      new ErrorAnswer(503, "too many connections", "connection_limit_reached", "", 1, false);
  private static final ErrorAnswer TOO_LATE =
      new ErrorAnswer(
          504, "no answer in time", UpstreamFailure.SILENT.proxyStatus(), "deadline", 0, false);

  private final ProxyExchange exchange;
  private final LoopContext context;
  private final Destination destination;
  private final Dispatch dispatch;
  private final Attempts attempts;
  private final RegionWait wait;
  private final ExchangeLog log;

  LastResort(
      ProxyExchange exchange,
      LoopContext context,
      Destination destination,
      Dispatch dispatch,
      Attempts attempts,
      RegionWait wait,
      ExchangeLog log) {
    this.exchange = exchange;
    this.context = context;
    this.destination = destination;
    this.dispatch = dispatch;
    this.attempts = attempts;
    this.wait = wait;
    this.log = log;
  }

  // ---- routing gives no region

  /** No region may have it, or none is up. */
  void nowhere(Reason reason, int code) {
    boolean away = reason == Reason.NO_HEALTHY_REGION;
    if (!(away && exchange.rescued(503, 0)) && !(away && wait.begin())) {
      refuse(reason, code);
    }
  }

  /** No endpoint of the regions that may have it could be asked. */
  void noneTaken() {
    if (destination.candidates().full()) {
      shed(destination.order().first().index());
    } else {
      giveUp(RetryDenied.NO_CANDIDATE, null);
    }
  }

  /** The answer to a request that routing refuses. */
  void refuse(Reason reason, int code) {
    if (destination.replay().directive() != null) {
      context.counters().replayed(destination.route().name(), AppReplay.result(reason));
    }
    Loads loads = destination.query().loads;
    if (reason == Reason.CAPACITY && loads != null) {
      shed(loads.full());
      return;
    }
    FenceRule fence = destination.route().binding(destination.query());
    if (fence != null) {
      context.counters().fenceBlocked(fence.name());
      log.fenceBlocked(fence.name());
    }
    if (reason != Reason.FENCE) {
      log.noHealthyRegion();
    }
    exchange.fail(
        new ErrorAnswer(
            code,
            reason == Reason.FENCE ? "no region allowed" : "no region available",
            "destination_unavailable",
            reason.label(),
            code == 503 ? 1 : 0,
            false));
  }

  /** All regions that may have the request have as much as they can take. */
  private void shed(int region) {
    destination.snapshot().shed(region, context.counters());
    log.overflow();
    exchange.fail(FULL);
  }

  // ---- attempts fail

  /**
   * There is no other attempt.
   *
   * @param denied why
   * @param why the last one failed; null: none could be started
   */
  void giveUp(RetryDenied denied, @Nullable UpstreamFailure why) {
    if (denied == RetryDenied.RESPONSE_BEGUN) {
      denied(denied);
      log.terminatedByUpstream();
      exchange.abort();
      return;
    }
    if (exchange.rescued(503, why == null ? 0 : why.status())) {
      return;
    }
    boolean nobody = denied == RetryDenied.NO_CANDIDATE;
    if (nobody && why != null && dispatch.mayBeginAnew() && wait.beginAfter(why)) {
      return;
    }
    denied(denied);
    if (nobody && why != null && attempts.sendings() == 0 && holds()) {
      refuse(Reason.NO_HEALTHY_REGION, 503); // as at the end of a wait: nobody could be reached
    } else if (nobody && destination.candidates().full()) {
      shed(destination.order().first().index());
    } else if (why == null) {
      exchange.fail(NO_CONNECTION);
    } else {
      answer(denied, why);
    }
  }

  private boolean holds() {
    return destination.snapshot().config().failover().hold().isPositive();
  }

  /** The answer to a request whose last attempt failed. */
  void failed(RetryDenied denied, UpstreamFailure why) {
    denied(denied);
    answer(denied, why);
  }

  private void answer(RetryDenied denied, UpstreamFailure why) {
    exchange.fail(
        new ErrorAnswer(
            why.status(), "upstream failed", why.proxyStatus(), denied.label(), 0, false));
  }

  /** The answer to a request that nobody has answered in its time. */
  void timedOut() {
    log.timedOut();
    dispatch.abandon();
    log.denied(RetryDenied.DEADLINE);
    exchange.fail(TOO_LATE);
  }

  /** Notes why nothing more is tried. */
  void denied(RetryDenied why) {
    log.denied(why);
    if (attempts.count() > 1) {
      log.retried(false);
    }
  }
}
