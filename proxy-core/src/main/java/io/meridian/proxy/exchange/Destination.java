package io.meridian.proxy.exchange;

import io.meridian.geo.Location;
import io.meridian.proxy.http.FieldId;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.loop.Worker;
import io.meridian.proxy.routing.AppDirective;
import io.meridian.proxy.routing.CompiledRoute;
import io.meridian.proxy.routing.DataFilter;
import io.meridian.proxy.routing.RegionOrder;
import io.meridian.proxy.routing.RouteDecision;
import io.meridian.proxy.routing.RouteDecision.Forward;
import io.meridian.proxy.routing.RouteDecision.Reason;
import io.meridian.proxy.routing.RouteDecision.Refuse;
import io.meridian.proxy.routing.RouteQuery;
import io.meridian.proxy.routing.RoutedEndpoint;
import io.meridian.proxy.routing.RoutedRegion;
import io.meridian.proxy.routing.Router;
import io.meridian.proxy.routing.Steering;
import org.jspecify.annotations.Nullable;

/**
 * Where one request may go: who asks, the snapshot and the route that decide, the order of regions
 * that routing gave, and what of it was tried. Whatever leads a request to an endpoint asks here,
 * so that every attempt is within the same rules. Reused with its exchange; event loop only.
 */
final class Destination {
  private final LoopContext context;
  private final Worker worker;
  private final RequestHead head;
  private final ClientAddress client = new ClientAddress();
  private final RouteQuery query = new RouteQuery();
  private final Candidates candidates;
  private final DrilledWorld.Mark drill = new DrilledWorld.Mark();
  private final AppReplay replay = new AppReplay();
  private @Nullable Snapshot snapshot;
  private @Nullable CompiledRoute route;
  private @Nullable RegionOrder order;

  Destination(LoopContext context, RequestHead head) {
    this.context = context;
    this.worker = context.worker();
    this.head = head;
    this.candidates = new Candidates(context);
  }

  /** A request begins, with the world as it is now. */
  void begin() {
    snapshot = context.snapshot();
  }

  /** Whether {@link #begin} was called for the present request. */
  boolean begun() {
    return snapshot != null;
  }

  /** Who asks, and from where. */
  void locate(Peer peer) {
    client.resolve(peer, head);
    query.address = client.address();
    query.location =
        client.forwarded()
            ? context.places().locate(client.address())
            : peer.location(context.places());
    context.meters().geoLookup(query.location.country());
  }

  /** The route of the request; null: none matches. */
  @Nullable CompiledRoute match() {
    route = snapshot().routing().routes().match(head);
    return route;
  }

  /**
   * Takes the newest snapshot. Routes number their plans anew at a reload, so that the route has to
   * be looked up again then; false, and all stays as it was, if there is none any more.
   */
  boolean refresh() {
    Snapshot newest = context.snapshot();
    if (newest.routing().routes() != snapshot().routing().routes()) {
      CompiledRoute matched = newest.routing().routes().match(head);
      if (matched == null) {
        return false;
      }
      route = matched;
    }
    snapshot = newest;
    return true;
  }

  /** Notes what a decision may depend on. */
  void ask(Peer peer) {
    query.repeatable = head.idempotent() || head.has(FieldId.IDEMPOTENCY_KEY);
    query.random = context.turn(route().index());
    query.safe = head.safe();
    query.trusted = peer.trusted();
    query.serverName = peer.serverName();
    query.head = head;
    if (route().needsAsn()) {
      lookUpNetwork();
    }
    if (route().needsTime()) {
      query.epochSeconds = epochSeconds();
    }
    DataFilter data = route().data();
    if (data != null) {
      replay.begin(data, query);
    }
  }

  /** Notes the client's autonomous system. */
  void lookUpNetwork() {
    query.asn = context.places().autonomousSystem(query.address).number();
  }

  /** The time of day. */
  long epochSeconds() {
    return worker.epochMillis(worker.now()) / 1000;
  }

  /**
   * Where it goes as the world is now; for some clients a region is failed on purpose in it.
   *
   * @param spill whether it moves on from a region that has enough; whoever moves because of a
   *     failure may use reserves
   */
  RouteDecision choose(boolean spill) {
    query.loads = spill ? snapshot().loads(query.loads, worker.now()) : null;
    Snapshot now = snapshot();
    AppDirective directive = replay.directive();
    if (directive != null) {
      return Router.replay(route(), query, now.routingFor(query.address), directive);
    }
    DrilledWorld drilled = now.drilled();
    return drilled == null
        ? Router.decide(route(), query, now.routing())
        : drilled.decide(route(), query, now.routing(), drill, worker);
  }

  /** Region whose own address the client is sent to instead; null: it is served here. */
  @Nullable RoutedRegion steered(RegionOrder regions) {
    Steering steering = route().steering();
    return steering == null ? null : steering.target(query, regions);
  }

  /** Nothing of the next order counts as tried. */
  void forgetTried() {
    candidates.clear();
  }

  /** This order holds from now on. */
  void take(RegionOrder regions) {
    order = regions;
    candidates.limit(snapshot().loads());
  }

  /**
   * Takes the order as it is now. If none is up, the old one is as good; false if none is allowed
   * any more.
   */
  boolean reorder() {
    if (!refresh()) {
      return true;
    }
    return switch (choose(false)) {
      case Forward(RegionOrder regions, _) -> {
        take(regions);
        yield true;
      }
      case Refuse(Reason reason, _) -> reason == Reason.NO_HEALTHY_REGION;
    };
  }

  /**
   * The next endpoint to try, in {@link Candidates#region}; null if none is left.
   *
   * @param avoid a region that is being tried right now
   */
  @Nullable RoutedEndpoint next(Attempt.Kind kind, @Nullable RoutedRegion avoid) {
    return candidates.next(order(), kind, avoid);
  }

  /** Whether there would be one more for a hedge. */
  boolean more() {
    return candidates.more(order());
  }

  Candidates candidates() {
    return candidates;
  }

  AppReplay replay() {
    return replay;
  }

  DrilledWorld.Mark drill() {
    return drill;
  }

  ClientAddress client() {
    return client;
  }

  RouteQuery query() {
    return query;
  }

  Snapshot snapshot() {
    return present(snapshot);
  }

  CompiledRoute route() {
    return present(route);
  }

  /** Null: none matched, or it was not asked for. */
  @Nullable CompiledRoute matchedRoute() {
    return route;
  }

  RegionOrder order() {
    return present(order);
  }

  void clear() {
    snapshot = null;
    route = null;
    order = null;
    drill.clear();
    replay.clear();
    query.location = Location.UNKNOWN;
    query.head = null;
    client.clear();
  }

  private static <T> T present(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("the exchange has not got so far, or is over");
    }
    return value;
  }
}
