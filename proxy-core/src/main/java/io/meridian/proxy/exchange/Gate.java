package io.meridian.proxy.exchange;

import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.routing.CompiledRoute;
import io.meridian.proxy.telemetry.Rejection;
import org.jspecify.annotations.Nullable;

/**
 * Whether one request is let in: no loop, a route, the right connection for it, within its rates,
 * and not too much to do; and how long it has then. Reused with its exchange; event loop only.
 */
final class Gate {
  private static final ErrorAnswer LOOP =
      new ErrorAnswer(502, "request loop", "proxy_loop_detected", "", 0, false);
  private static final ErrorAnswer MISDIRECTED =
      new ErrorAnswer(421, "not on this connection", "http_request_denied", "", 0, false);
  private static final ErrorAnswer NO_ROUTE =
      new ErrorAnswer(404, "no route", "destination_not_found", "", 0, false);

  private final LoopContext context;
  private final RequestHead head;
  private final Destination destination;
  private final ExchangeLog log;
  private boolean grpc;
  private long deadlineNanos;
  private boolean admitted;

  Gate(LoopContext context, RequestHead head, Destination destination, ExchangeLog log) {
    this.context = context;
    this.head = head;
    this.destination = destination;
    this.log = log;
  }

  /** Lets a request in, to be followed by {@link #leave}; else what to answer. */
  @Nullable ErrorAnswer enter(Downstream client) {
    Peer peer = client.peer();
    if (destination.snapshot().via().loops(head)) {
      return LOOP;
    }
    CompiledRoute route = destination.match();
    Secured secured = peer.secured();
    if (secured != null && !secured.serves(head)) {
      return MISDIRECTED;
    }
    if (route == null) {
      return noRoute();
    }
    if (peer.redirectPort() > 0) {
      return Redirect.toHttps(head, peer.redirectPort());
    }
    grpc = Grpc.is(head);
    long patience = route.deadlineNanos();
    deadlineNanos =
        context.worker().now() + (grpc ? Math.min(patience, Grpc.timeoutNanos(head)) : patience);
    return client.background() ? null : admit(route, peer);
  }

  /** What to answer a request that no route matches, or none does any more. */
  ErrorAnswer noRoute() {
    log.noRoute();
    return NO_ROUTE;
  }

  private @Nullable ErrorAnswer admit(CompiledRoute route, Peer peer) {
    Admission admission = context.admission();
    ErrorAnswer refusal =
        admission.enter(
            destination.snapshot().rates(),
            route,
            destination.query().address,
            context.worker().now());
    if (refusal == null) {
      admitted = true;
    } else {
      Rejection why = admission.why();
      peer.meters().rejected(context.worker().index(), why);
      log.turnedAway(why);
    }
    return refusal;
  }

  /** Whether a request that has a route is one of gRPC. */
  boolean grpc() {
    return grpc;
  }

  /** When its answer must have begun. */
  long deadlineNanos() {
    return deadlineNanos;
  }

  /** From here on it takes next to nothing: it counts no longer among those in progress. */
  void leave() {
    if (admitted) {
      admitted = false;
      context.admission().leave();
    }
  }

  void clear() {
    leave();
    grpc = false;
  }
}
