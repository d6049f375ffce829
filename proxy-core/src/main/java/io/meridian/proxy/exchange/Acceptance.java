package io.meridian.proxy.exchange;

import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.http.ResponseHead;
import io.meridian.proxy.routing.DataFilter;
import io.meridian.proxy.upstream.UpstreamFailure;

/**
 * Whether an endpoint's answer is the one that the client gets, or another attempt, another region
 * or a stored answer takes its place. Reused with its exchange; event loop only.
 */
final class Acceptance {
  private final ProxyExchange exchange;
  private final LoopContext context;
  private final Destination destination;
  private final RequestRelay request;
  private final Recovery recovery;

  Acceptance(
      ProxyExchange exchange,
      LoopContext context,
      Destination destination,
      RequestRelay request,
      Recovery recovery) {
    this.exchange = exchange;
    this.context = context;
    this.destination = destination;
    this.request = request;
    this.recovery = recovery;
  }

  /** True if the answer is for the client; else something else has begun in its place. */
  boolean accepts(Attempt attempt, ResponseHead answer) {
    Snapshot snapshot = destination.snapshot();
    RequestHead head = exchange.head();
    boolean upgraded = answer.upgraded();
    int status = answer.status();
    if (upgraded && !(head.upgrade() && exchange.downstream().accepts(answer))) {
      recovery.fail(attempt, UpstreamFailure.BAD_RESPONSE);
      return false;
    }
    ReplicaBoard replicas = snapshot.replicas();
    if (replicas != null) {
      boolean safe = destination.query().safe;
      replicas.answered(attempt.endpoint().id(), answer, safe, context.worker().now());
    }
    DataFilter data = destination.route().data();
    if (data != null && destination.replay().asked(data, answer) && !upgraded) {
      recovery.sendOn(attempt, request.replayable());
      return false;
    }
    if (snapshot.failure(status)) {
      boolean refused = status == 503 && snapshot.config().failover().replayOn503();
      if (recovery.leave(attempt, refused)) {
        return false;
      }
    }
    return !exchange.rescued(status, status);
  }
}
