package io.meridian.proxy.exchange;

import io.meridian.proxy.http.ResponseHead;
import io.meridian.proxy.routing.CompiledRoute;
import io.meridian.proxy.routing.DataFilter;
import io.meridian.proxy.routing.RouteQuery;
import io.meridian.proxy.routing.RoutedRegion;
import io.meridian.proxy.telemetry.Counters;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * What the rules of a route add to an endpoint's answer. Reused with its exchange; event loop only.
 */
final class AnswerFields {
  private static final byte[] DECISION = "Meridian-Decision".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] SET_COOKIE = "Set-Cookie".getBytes(StandardCharsets.US_ASCII);

  private final Destination destination;
  private final ExchangeLog log;
  private final Counters counters;

  AnswerFields(Destination destination, ExchangeLog log, Counters counters) {
    this.destination = destination;
    this.log = log;
    this.counters = counters;
  }

  /** Appends them to the answer's head. */
  void append(ResponseHead answer, Attempt attempt, Peer peer, long nowNanos) {
    CompiledRoute route = destination.route();
    RouteQuery query = destination.query();
    RoutedRegion region = attempt.region();
    boolean tls = peer.secured() != null;
    cookie(answer, route.setCookie(query, region.name(), tls));
    if (route.config().serverTiming()) {
      answer.append(ServerTiming.NAME, ServerTiming.value(attempt, log.startNanos(), nowNanos));
    }
    DataFilter data = route.data();
    if (data != null) { // what the answer says of it is kept for the client's next request
      cookie(answer, data.wroteCookie(query, answer, region.name(), tls));
      cookie(answer, data.homeCookie(query, answer, tls));
      if (data.stale(query, region.index(), destination.snapshot().routing().replicas())) {
        counters.staleRead(route.name());
      }
    }
    if (query.head != null && route.explains(query.head)) {
      answer.append(DECISION, Explainer.line(destination));
    }
  }

  private static void cookie(ResponseHead answer, byte @Nullable [] value) {
    if (value != null) {
      answer.append(SET_COOKIE, value);
    }
  }
}
