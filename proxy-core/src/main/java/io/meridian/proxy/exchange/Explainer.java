package io.meridian.proxy.exchange;

import io.meridian.geo.Addresses;
import io.meridian.geo.AutonomousSystem;
import io.meridian.geo.Location;
import io.meridian.geo.Places;
import io.meridian.proxy.http.FieldId;
import io.meridian.proxy.http.Parse;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.routing.CompiledRoute;
import io.meridian.proxy.routing.FenceRule;
import io.meridian.proxy.routing.Plan;
import io.meridian.proxy.routing.RegionOrder;
import io.meridian.proxy.routing.RouteDecision;
import io.meridian.proxy.routing.RouteDecision.Forward;
import io.meridian.proxy.routing.RouteDecision.Refuse;
import io.meridian.proxy.routing.RouteQuery;
import io.meridian.proxy.routing.Router;
import io.meridian.proxy.routing.RoutingSnapshot;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Says where a request would go and why: the request is put together as text and goes through the
 * same parser, route table and router as live ones. Any thread.
 */
public final class Explainer {
  private Explainer() {}

  /**
   * A request to explain.
   *
   * @param ip the client's address
   * @param headers further fields by name
   */
  public record Question(
      String ip, String host, String path, String method, Map<String, String> headers) {}

  /**
   * Where it goes.
   *
   * @param route name of the route; null: none matches
   * @param fence name of the route's fence, whether it binds the client or not
   * @param outcome {@code forward} or {@code refuse}
   * @param reason why the first region is first, or why there is none
   * @param status what the client is answered if refused, else 0
   * @param order regions in the order in which they are tried
   * @param ifFirstFails the region that takes over; null: none is left
   */
  public record Answer(
      Question question,
      Client client,
      @Nullable String route,
      @Nullable String fence,
      boolean fenceBinds,
      List<Plan.Verdict> verdicts,
      String outcome,
      String reason,
      int status,
      List<Step> order,
      @Nullable String ifFirstFails) {}

  /** What is known of the client's place. */
  public record Client(
      String continent,
      String country,
      String subdivision,
      String city,
      @Nullable Double latitude,
      @Nullable Double longitude,
      int accuracyRadiusKm,
      String timeZone,
      long asn,
      String organization) {}

  /** A region in the order, with its estimate of the round trip. */
  public record Step(String region, String state, double estimateMillis, long samples) {}

  /**
   * @throws IllegalArgumentException if the question is no request that could be made
   */
  public static Answer explain(
      Question question, RoutingSnapshot routing, Places places, HeadRules rules) {
    byte[] text = question.ip().getBytes(StandardCharsets.ISO_8859_1);
    byte[] address = address(question.ip(), text);
    RequestHead head = parse(question, rules);
    RouteQuery query = new RouteQuery();
    query.address = address;
    query.location = places.locate(address);
    query.repeatable = head.idempotent() || head.has(FieldId.IDEMPOTENCY_KEY);
    Client client = client(query.location, places.autonomousSystem(address));
    CompiledRoute route = routing.routes().match(head);
    if (route == null) {
      return new Answer(
          question,
          client,
          null,
          null,
          false,
          List.of(),
          "refuse",
          "no_route",
          404,
          List.of(),
          null);
    }
    Plan plan = Router.explain(route, query, routing);
    RouteDecision decision = (query.repeatable ? plan.repeatable() : plan.unrepeatable()).usual();
    FenceRule fence = route.fence();
    boolean binds = fence != null && fence.applies(query.location, address);
    String fenceName = fence == null ? null : fence.name();
    return switch (decision) {
      case Forward(RegionOrder order, RouteDecision.Why why) ->
          new Answer(
              question,
              client,
              route.name(),
              fenceName,
              binds,
              plan.verdicts(),
              "forward",
              why.label(),
              0,
              steps(order),
              order.size() > 1 ? order.get(1).name() : null);
      case Refuse(RouteDecision.Reason reason, int status) ->
          new Answer(
              question,
              client,
              route.name(),
              fenceName,
              binds,
              plan.verdicts(),
              "refuse",
              reason.label(),
              status,
              List.of(),
              null);
    };
  }

  private static byte[] address(String ip, byte[] text) {
    long v4 = Addresses.parseV4(text, 0, text.length);
    if (v4 >= 0) {
      return new byte[] {(byte) (v4 >>> 24), (byte) (v4 >>> 16), (byte) (v4 >>> 8), (byte) v4};
    }
    byte @Nullable [] v6 = Addresses.parseV6(text, 0, text.length);
    if (v6 == null) {
      throw new IllegalArgumentException("ip: \"" + ip + "\" (expected: an IPv4 or IPv6 address)");
    }
    return v6;
  }

  private static RequestHead parse(Question question, HeadRules rules) {
    StringBuilder text = new StringBuilder();
    text.append(question.method()).append(' ').append(question.path()).append(" HTTP/1.1\r\n");
    text.append("Host: ").append(question.host()).append("\r\n");
    question.headers().forEach((n, v) -> text.append(n).append(": ").append(v).append("\r\n"));
    text.append("\r\n");
    RequestHead head = rules.newHead();
    ByteBuf in = Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    Parse parsed = head.feed(in);
    if (parsed != Parse.DONE || in.isReadable()) {
      String why = parsed == Parse.BAD ? head.fault().reason() : "line ends within a value";
      throw new IllegalArgumentException("this is no valid request: " + why);
    }
    return head;
  }

  private static Client client(Location place, AutonomousSystem as) {
    return new Client(
        place.continent(),
        place.country(),
        place.subdivision(),
        place.city(),
        place.hasCoordinates() ? place.latitude() : null,
        place.hasCoordinates() ? place.longitude() : null,
        place.accuracyRadiusKm(),
        place.timeZone(),
        as.number(),
        as.organization());
  }

  private static List<Step> steps(RegionOrder order) {
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < order.size(); i++) {
      var region = order.get(i);
      steps.add(
          new Step(
              region.name(),
              region.state().name().toLowerCase(java.util.Locale.ROOT),
              region.estimateMillis(),
              region.samples()));
    }
    return steps;
  }
}
