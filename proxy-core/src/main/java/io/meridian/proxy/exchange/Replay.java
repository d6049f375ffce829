package io.meridian.proxy.exchange;

import io.meridian.config.MeridianConfig;
import io.meridian.geo.Places;
import io.meridian.proxy.http.FieldId;
import io.meridian.proxy.http.Parse;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.routing.ClientEstimates;
import io.meridian.proxy.routing.CompiledRoute;
import io.meridian.proxy.routing.FenceRule;
import io.meridian.proxy.routing.RegionOrder;
import io.meridian.proxy.routing.RouteDecision.Forward;
import io.meridian.proxy.routing.RouteDecision.Reason;
import io.meridian.proxy.routing.RouteDecision.Refuse;
import io.meridian.proxy.routing.RouteDecision.Why;
import io.meridian.proxy.routing.RouteQuery;
import io.meridian.proxy.routing.RoutedRegion;
import io.meridian.proxy.routing.Router;
import io.meridian.proxy.routing.RoutingSnapshot;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Decides recorded requests under one state of the world, by the parser, route table and router
 * that live ones go through. One thread.
 */
public final class Replay {
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;
  private static final int LARGEST = 1 << 20;

  private final RoutingSnapshot routing;
  private final Places places;
  private final RequestHead head;
  private final RouteQuery query = new RouteQuery();
  private final ByteBuf text = Unpooled.buffer(4096, LARGEST);
  private final @Nullable ReplayedLoads loads;
  private final long[] turns;
  private final MeridianConfig config;

  /**
   * What became of one.
   *
   * @param region that it went to; null: none
   * @param millis expected round trip, as the route's {@code latency_from} counts; 0: none
   * @param refused why none; empty if one was
   * @param fence that bound it; null: none did
   * @param full region that had as much as it can take, so that it went elsewhere; null: none
   */
  public record Outcome(
      @Nullable RoutedRegion region,
      double millis,
      String refused,
      @Nullable String fence,
      @Nullable String full) {}

  public Replay(MeridianConfig config, RoutingSnapshot routing, Places places) {
    this.config = config;
    this.routing = routing;
    this.places = places;
    this.head = HeadRules.of(config).newHead();
    this.loads = ReplayedLoads.of(config);
    this.turns = new long[routing.routes().routes().size()];
  }

  /**
   * @param atNanos when it came, by any clock; negative: not known, so that loads don't matter
   * @param durationNanos how long it was in flight
   * @return null if it is no request that could be made
   */
  public @Nullable Outcome decide(
      String ip, String method, String host, String target, long atNanos, long durationNanos) {
    byte[] address;
    try {
      address = Explainer.address(ip);
    } catch (IllegalArgumentException e) {
      return null;
    }
    if (!read(method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n")) {
      return null;
    }
    CompiledRoute route = routing.routes().match(head);
    if (route == null) {
      return new Outcome(null, 0, Reason.NO_ROUTE.label(), null, null);
    }
    query.address = address;
    query.location = places.locate(address);
    query.asn = route.needsAsn() ? places.autonomousSystem(address).number() : 0;
    query.head = head;
    query.safe = head.safe();
    query.repeatable = head.idempotent() || head.has(FieldId.IDEMPOTENCY_KEY);
    query.random = turns[route.index()] += GOLDEN;
    FenceRule fence = route.binding(query);
    String name = fence == null ? null : fence.name();
    ReplayedLoads counted = atNanos < 0 ? null : loads;
    query.loads = counted == null ? null : counted.at(atNanos);
    return switch (Router.decide(route, query, routing)) {
      case Forward(RegionOrder order, Why why) -> {
        if (counted != null) {
          counted.enter(order.first().index(), durationNanos);
        }
        String full = why == Why.SPILL ? order.get(1).name() : null;
        yield new Outcome(order.first(), millis(route, order.first()), "", name, full);
      }
      case Refuse(Reason reason, _) -> {
        int full = reason == Reason.CAPACITY && query.loads != null ? query.loads.full() : -1;
        yield new Outcome(
            null, 0, reason.label(), name, full < 0 ? null : routing.regions().get(full).name());
      }
    };
  }

  private double millis(CompiledRoute route, RoutedRegion region) {
    double fromEdge = region.estimateMillis();
    return switch (route.config().latencyFrom()) {
      case EDGE -> fromEdge;
      case CLIENT -> query.clientKnown ? query.clientMillis[region.index()] : fromEdge;
      case PATH -> {
        double toEdge = ClientEstimates.toEdge(query, config.edge().location());
        yield Double.isNaN(toEdge) ? fromEdge : toEdge + fromEdge;
      }
    };
  }

  private boolean read(String request) {
    if (request.length() > LARGEST / 4) {
      return false;
    }
    head.clear();
    text.clear();
    text.writeCharSequence(request, StandardCharsets.UTF_8);
    return head.feed(text) == Parse.DONE && !text.isReadable();
  }
}
