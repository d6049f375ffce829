package io.meridian.proxy.exchange;

import io.meridian.config.Cidr;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Route;
import io.meridian.geo.Addresses;
import io.meridian.geo.AutonomousSystem;
import io.meridian.geo.GeoService;
import io.meridian.geo.Location;
import io.meridian.geo.Places;
import io.meridian.proxy.http.FieldId;
import io.meridian.proxy.http.Parse;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.routing.ClientEstimates;
import io.meridian.proxy.routing.CompiledRoute;
import io.meridian.proxy.routing.FenceRule;
import io.meridian.proxy.routing.Loads;
import io.meridian.proxy.routing.Plan;
import io.meridian.proxy.routing.RegionOrder;
import io.meridian.proxy.routing.RouteDecision;
import io.meridian.proxy.routing.RouteDecision.Forward;
import io.meridian.proxy.routing.RouteDecision.Refuse;
import io.meridian.proxy.routing.RouteQuery;
import io.meridian.proxy.routing.RoutedRegion;
import io.meridian.proxy.routing.Router;
import io.meridian.proxy.routing.RoutingSnapshot;
import io.meridian.proxy.routing.Steering;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Says where a request would go and why: the request is put together as text and goes through the
 * same parser, route table and router as live ones. Any thread.
 */
public final class Explainer {
  private static final int MAX_LINE = 4096;
  private static final int DRAW_BITS = 8;
  private static final int DRAWS = 1 << DRAW_BITS;

  private Explainer() {}

  /**
   * A request to explain.
   *
   * @param ip the client's address
   * @param headers further fields by name
   * @param trusted whether it comes from a proxy that is trusted
   * @param random what chance gives; null: what it gives most often
   * @param sni the name that the client asked for in TLS; empty: none
   */
  public record Question(
      String ip,
      String host,
      String path,
      String method,
      Map<String, String> headers,
      boolean trusted,
      @Nullable Long random,
      String sni) {
    /** Of a client without TLS. */
    public Question(
        String ip,
        String host,
        String path,
        String method,
        Map<String, String> headers,
        boolean trusted,
        @Nullable Long random) {
      this(ip, host, path, method, headers, trusted, random, "");
    }
  }

  /**
   * Where it goes.
   *
   * @param route name of the route; null: none matches
   * @param fence names of the route's fences, whether they bind the client or not
   * @param fenceBinds whether one of them does
   * @param pin what asked for one region: {@code none}, {@code affinity}, {@code home}, {@code
   *     wrote} or {@code request}
   * @param shares how often each region is the first for such requests, when nothing pins them
   * @param outcome {@code forward}, {@code refuse}, or {@code redirect} to the first region's or
   *     another one's own address
   * @param reason why the first region is first, or why there is none
   * @param status what the client is answered if refused or sent away, else 0
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
      String pin,
      Map<String, Double> shares,
      String outcome,
      String reason,
      int status,
      List<Step> order,
      @Nullable String ifFirstFails) {}

  /**
   * What is known of the client's place.
   *
   * @param source where that comes from: an override's prefix, a database, or nowhere
   */
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
      String organization,
      String source) {}

  /**
   * A region in the order, with its estimates of the round trip.
   *
   * @param estimateMillis from this edge
   * @param clientMillis straight from the client; null: not known, or not of use on this route
   * @param pathMillis from the client by way of this edge; null as above
   */
  public record Step(
      String region,
      String state,
      double estimateMillis,
      long samples,
      @Nullable Double clientMillis,
      @Nullable Double pathMillis) {}

  /**
   * @throws IllegalArgumentException if the question is no request that could be made
   */
  public static Answer explain(
      Question question, MeridianConfig config, RoutingSnapshot routing, GeoService geo) {
    return explain(question, config, routing, geo, null);
  }

  /**
   * As above, with regions as loaded as this.
   *
   * @param loads null: none has a capacity
   * @throws IllegalArgumentException if the question is no request that could be made
   */
  public static Answer explain(
      Question question,
      MeridianConfig config,
      RoutingSnapshot routing,
      GeoService geo,
      @Nullable Loads loads) {
    Places places = geo.places();
    byte[] address = address(question.ip());
    RequestHead head = parse(question, config);
    AutonomousSystem system = places.autonomousSystem(address);
    RouteQuery query = query(address, head, question.trusted());
    query.location = places.locate(address);
    query.loads = loads;
    query.serverName = question.sni().getBytes(StandardCharsets.US_ASCII);
    Client client = client(query.location, system, source(address, query.location, geo, config));
    CompiledRoute route = routing.routes().match(head);
    if (route == null) {
      return new Answer(
          question,
          client,
          null,
          null,
          false,
          List.of(),
          "none",
          Map.of(),
          "refuse",
          "no_route",
          404,
          List.of(),
          null);
    }
    query.asn = route.needsAsn() ? system.number() : 0;
    query.epochSeconds = System.currentTimeMillis() / 1000;
    Long random = question.random();
    query.random = random == null ? usual(route, query, routing) : random;
    RouteDecision decision = Router.decide(route, query, routing);
    String pin = query.pin().name().toLowerCase(Locale.ROOT);
    boolean clients =
        route.config().latencyFrom() != Route.LatencyFrom.EDGE || route.needsClients();
    if (clients) {
      routing.clients().fill(query, routing.regions());
    }
    double toEdge =
        clients && query.clientKnown
            ? ClientEstimates.toEdge(query, config.edge().location())
            : Double.NaN;
    List<Step> order =
        decision instanceof Forward(RegionOrder o, _) ? steps(o, query, toEdge) : List.of();
    Router.Explanation why = Router.explain(route, query, routing);
    Steering steering = route.steering();
    RoutedRegion sent = null;
    List<Plan.Verdict> verdicts = new ArrayList<>(why.verdicts());
    if (steering != null && decision instanceof Forward(RegionOrder o, _)) {
      sent = steering.target(query, o);
      String detail = steering.explain(query, o);
      String about = sent == null ? o.first().name() : sent.name();
      if (detail != null) {
        verdicts.add(new Plan.Verdict(about, "steer", true, detail));
      }
    }
    List<String> fences = route.fences().stream().map(FenceRule::name).toList();
    return new Answer(
        question,
        client,
        route.name(),
        fences.isEmpty() ? null : String.join(", ", fences),
        route.binding(query) != null,
        verdicts,
        pin,
        why.shares(),
        sent != null ? "redirect" : decision instanceof Forward ? "forward" : "refuse",
        switch (decision) {
          case Forward(_, RouteDecision.Why reason) -> reason.label();
          case Refuse(RouteDecision.Reason reason, _) -> reason.label();
        },
        sent != null && steering != null
            ? steering.status()
            : decision instanceof Refuse(_, int status) ? status : 0,
        order,
        order.size() > 1 ? order.get(1).region() : null);
  }

  /** The decision of a request that is on its way, in one line of ASCII for a header field. */
  static byte[] line(Destination destination) {
    RouteQuery query = destination.query();
    return line(destination.route(), query, destination.snapshot().routingFor(query.address));
  }

  private static byte[] line(CompiledRoute route, RouteQuery query, RoutingSnapshot routing) {
    StringBuilder line = new StringBuilder("route=").append(route.name());
    FenceRule fence = route.binding(query);
    String country = query.location.country();
    line.append("; country=").append(country.isEmpty() ? "unknown" : country);
    line.append("; fence=").append(fence == null ? "none" : fence.name());
    switch (Router.decide(route, query, routing)) {
      case Forward(RegionOrder order, RouteDecision.Why why) -> {
        line.append("; decision=").append(why.label()).append("; order=");
        for (int i = 0; i < order.size(); i++) {
          line.append(i == 0 ? "" : ",").append(order.get(i).name());
        }
      }
      case Refuse(RouteDecision.Reason reason, int status) ->
          line.append("; decision=").append(reason.label()).append("; status=").append(status);
    }
    line.append("; pin=").append(query.pin().name().toLowerCase(Locale.ROOT));
    for (Plan.Verdict verdict : Router.explain(route, query, routing).verdicts()) {
      String text =
          String.format(
              Locale.ROOT,
              "; %s %s %s: %s",
              verdict.filter(),
              verdict.kept() ? "+" : "-",
              verdict.region(),
              verdict.detail());
      if (line.length() + text.length() > MAX_LINE) {
        line.append("; ...");
        break;
      }
      line.append(text);
    }
    return line.toString().getBytes(StandardCharsets.US_ASCII);
  }

  /** The listener's own field lines and one with the decision, each with its line end. */
  static byte[] field(Peer peer, Destination destination) {
    ByteArrayOutputStream lines = new ByteArrayOutputStream();
    lines.writeBytes(peer.responseFields());
    lines.writeBytes("Meridian-Decision: ".getBytes(StandardCharsets.US_ASCII));
    lines.writeBytes(line(destination));
    lines.writeBytes("\r\n".getBytes(StandardCharsets.US_ASCII));
    return lines.toByteArray();
  }

  /** What the router is asked for a request with this head, but for its place. */
  static RouteQuery query(byte[] address, RequestHead head, boolean trusted) {
    RouteQuery query = new RouteQuery();
    query.address = address;
    query.head = head;
    query.trusted = trusted;
    query.safe = head.safe();
    query.repeatable = head.idempotent() || head.has(FieldId.IDEMPOTENCY_KEY);
    return query;
  }

  /** Of evenly spread draws one whose first region comes first most often. */
  private static long usual(CompiledRoute route, RouteQuery query, RoutingSnapshot routing) {
    Map<String, Integer> counts = new HashMap<>();
    long usual = 0;
    int most = 0;
    for (int i = 0; i < DRAWS; i++) {
      query.random = (2L * i + 1) << (64 - DRAW_BITS - 1);
      String first =
          Router.decide(route, query, routing) instanceof Forward(RegionOrder order, _)
              ? order.first().name()
              : "";
      int count = counts.merge(first, 1, Integer::sum);
      if (count > most) {
        most = count;
        usual = query.random;
      }
    }
    return usual;
  }

  private static String source(
      byte[] address, Location place, GeoService geo, MeridianConfig config) {
    Cidr longest = null;
    for (var override : config.geo().overrides()) {
      Cidr prefix = override.prefix();
      if (prefix.contains(address)
          && (longest == null || prefix.prefixLength() > longest.prefixLength())) {
        longest = prefix;
      }
    }
    if (longest != null) {
      return "override " + longest;
    }
    if (place.equals(Location.UNKNOWN)) {
      return "unknown: private, reserved or in no database";
    }
    return geo.status().stream()
        .filter(database -> database.kind().equals("city"))
        .map(database -> database.databaseType() + " (" + database.source() + ")")
        .findFirst()
        .orElse("database");
  }

  /** Of text; 4 or 16 bytes. */
  static byte[] address(String ip) {
    byte[] text = ip.getBytes(StandardCharsets.ISO_8859_1);
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

  private static RequestHead parse(Question question, MeridianConfig config) {
    StringBuilder text = new StringBuilder();
    text.append(question.method()).append(' ').append(question.path()).append(" HTTP/1.1\r\n");
    text.append("Host: ").append(question.host()).append("\r\n");
    question.headers().forEach((n, v) -> text.append(n).append(": ").append(v).append("\r\n"));
    text.append("\r\n");
    RequestHead head = HeadRules.of(config).newHead();
    ByteBuf in = Unpooled.copiedBuffer(text, StandardCharsets.UTF_8);
    Parse parsed = head.feed(in);
    if (parsed != Parse.DONE || in.isReadable()) {
      String why = parsed == Parse.BAD ? head.fault().reason() : "line ends within a value";
      throw new IllegalArgumentException("this is no valid request: " + why);
    }
    return head;
  }

  private static Client client(Location place, AutonomousSystem as, String source) {
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
        as.organization(),
        source);
  }

  private static @Nullable Double tenths(double millis) {
    return Double.isNaN(millis) ? null : Double.valueOf(Math.round(millis * 10) / 10.0);
  }

  /**
   * @param toEdge NaN: estimates from the client are of no use
   */
  private static List<Step> steps(RegionOrder order, RouteQuery query, double toEdge) {
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < order.size(); i++) {
      var region = order.get(i);
      steps.add(
          new Step(
              region.name(),
              region.state().name().toLowerCase(Locale.ROOT),
              region.estimateMillis(),
              region.samples(),
              Double.isNaN(toEdge) ? null : tenths(query.clientMillis[region.index()]),
              tenths(toEdge + region.estimateMillis())));
    }
    return steps;
  }
}
