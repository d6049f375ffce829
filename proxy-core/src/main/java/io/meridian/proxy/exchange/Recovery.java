package io.meridian.proxy.exchange;

import io.meridian.health.HealthState;
import io.meridian.health.Outcome;
import io.meridian.proxy.exchange.Attempt.Kind;
import io.meridian.proxy.routing.RegionOrder;
import io.meridian.proxy.routing.RoutedEndpoint;
import io.meridian.proxy.routing.RoutedRegion;
import io.meridian.proxy.telemetry.AttemptOutcome;
import io.meridian.proxy.telemetry.RetryDenied;
import io.meridian.proxy.upstream.UpstreamFailure;

/**
 * What follows when an attempt has failed: the request moves on, where {@link ReplayRule} and the
 * budget allow; else it comes to its {@link LastResort}. Reused with its exchange; event loop only.
 */
final class Recovery {
  private final ProxyExchange exchange;
  private final LoopContext context;
  private final Destination destination;
  private final Dispatch dispatch;
  private final Attempts attempts;
  private final LastResort lastResort;
  private final ExchangeLog log;

  Recovery(
      ProxyExchange exchange,
      LoopContext context,
      Destination destination,
      Dispatch dispatch,
      Attempts attempts,
      LastResort lastResort,
      ExchangeLog log) {
    this.exchange = exchange;
    this.context = context;
    this.destination = destination;
    this.dispatch = dispatch;
    this.attempts = attempts;
    this.lastResort = lastResort;
    this.log = log;
  }

  // ---- an endpoint's answer is not for the client

  /**
   * Leaves an endpoint that answered with a failure; false: that is what the client gets.
   *
   * @param refused whether the answer says that the request was not handled
   */
  boolean leave(Attempt attempt, boolean refused) {
    dispatch.tell(attempt, Outcome.BAD_STATUS);
    return dispatch.denied(true, refused) == null && moveOn(attempt);
  }

  private boolean moveOn(Attempt attempt) {
    if (attempts.liveCount() > 1) {
      attempt.drop(AttemptOutcome.BAD_STATUS);
      return true;
    }
    RoutedRegion from = attempt.region();
    if (!dispatch.mayTry() || !context.budget().spend(context.worker().now())) {
      return false;
    }
    RoutedEndpoint next = destination.next(Kind.RETRY, null);
    if (next == null) {
      return false;
    }
    attempt.drop(AttemptOutcome.BAD_STATUS);
    RoutedRegion to = destination.candidates().region();
    moved(from, to, AttemptOutcome.BAD_STATUS);
    if (!dispatch.start(Kind.RETRY, to, next, false) && !dispatch.startNext(Kind.RETRY, null)) {
      lastResort.giveUp(RetryDenied.NO_CANDIDATE, UpstreamFailure.BAD_STATUS);
    }
    return true;
  }

  /** An endpoint says that the request belongs to another region: once it goes there. */
  void sendOn(Attempt attempt, boolean whole) {
    attempts.dropOthers(attempt, destination.candidates(), context);
    attempt.drop(AttemptOutcome.SUCCESS);
    String fault =
        destination
            .replay()
            .take(destination.snapshot().routing().regions(), attempt.region(), whole);
    context.counters().replayed(destination.route().name(), fault == null ? "sent" : fault);
    if (fault != null) {
      log.replayRefused();
      exchange.fail(
          new ErrorAnswer(502, "not sent on", "proxy_configuration_error", fault, 0, false));
      return;
    }
    exchange.decideAnew();
  }

  // ---- a connection fails

  /** Ends an attempt that is still going, as failed. */
  void fail(Attempt attempt, UpstreamFailure why) {
    if (attempt.hasConnection()) {
      attempt.connection().abandon();
    }
    failed(attempt, why);
  }

  /** An attempt's connection failed, or could not be had. */
  void failed(Attempt attempt, UpstreamFailure why) {
    if (!attempt.live()) {
      return;
    }
    if (why.blames()) {
      dispatch.tell(attempt, why.outcome());
    }
    boolean answering = attempt == attempts.committed();
    attempt.close(why.attemptOutcome());
    log.failed(why);
    if (exchange.ended()) {
      return;
    }
    if (exchange.stream().tunnel()) {
      exchange.finish(false);
      return;
    }
    if (answering && !exchange.response().takeBack()) {
      lastResort.giveUp(RetryDenied.RESPONSE_BEGUN, why);
      return;
    }
    if (answering) {
      attempts.uncommit();
    } else if (attempts.committed() != null || attempts.liveCount() > 0) {
      return; // another one is under way
    }
    RetryDenied denied = dispatch.denied(attempt.sent(), why.unprocessed());
    if (denied == null
        && attempt.sent()
        && why.blames()
        && !context.budget().spend(context.worker().now())) {
      denied = RetryDenied.BUDGET;
    }
    if (denied == null && !retry(attempt, why)) {
      denied = RetryDenied.NO_CANDIDATE;
    }
    if (denied != null) {
      lastResort.giveUp(denied, why);
    }
  }

  private boolean retry(Attempt failed, UpstreamFailure why) {
    if (!dispatch.mayTry() || !destination.reorder()) {
      return false;
    }
    RoutedRegion from = failed.region();
    boolean stale = failed.pooled() && why == UpstreamFailure.CLOSED && !wellBeside(from);
    if ((why.endpointIsWell() || stale) && again(failed)) {
      return true;
    }
    if (dispatch.startNext(Kind.RETRY, null)) {
      moved(from, destination.candidates().region(), why.attemptOutcome());
      return true;
    }
    // A pooled connection that its peer had closed says nothing about the endpoint.
    return failed.pooled() && again(failed);
  }

  /** The same endpoint, over a new connection. */
  private boolean again(Attempt failed) {
    return dispatch.start(Kind.RETRY, failed.region(), failed.endpoint(), true);
  }

  /** Whether there is a better bet than that an old connection had died in its pool. */
  private boolean wellBeside(RoutedRegion from) {
    RegionOrder now = destination.order();
    for (int i = 0; i < now.size(); i++) {
      RoutedRegion other = now.get(i);
      if (other.state() == HealthState.HEALTHY && !other.name().equals(from.name())) {
        return true;
      }
    }
    return false;
  }

  private void moved(RoutedRegion from, RoutedRegion to, AttemptOutcome why) {
    context.counters().failover(from.name(), to.name(), why);
    if (!from.name().equals(to.name())) {
      log.failedOver();
    }
  }
}
