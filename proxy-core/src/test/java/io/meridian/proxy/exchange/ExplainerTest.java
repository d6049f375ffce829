package io.meridian.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.Capacity;
import io.meridian.config.ConfigLoader;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.geo.GeoService;
import io.meridian.geo.Location;
import io.meridian.health.HealthState;
import io.meridian.health.HealthView;
import io.meridian.health.RegionHealth;
import io.meridian.proxy.exchange.Explainer.Answer;
import io.meridian.proxy.exchange.Explainer.Question;
import io.meridian.proxy.http.HeadLimits;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.http.ResponseHead;
import io.meridian.proxy.routing.ClientEstimates;
import io.meridian.proxy.routing.CompiledRoute;
import io.meridian.proxy.routing.DataFilter;
import io.meridian.proxy.routing.Loads;
import io.meridian.proxy.routing.Ranking;
import io.meridian.proxy.routing.RegionOrder;
import io.meridian.proxy.routing.Replicas;
import io.meridian.proxy.routing.RouteDecision;
import io.meridian.proxy.routing.RouteDecision.Forward;
import io.meridian.proxy.routing.RouteDecision.Refuse;
import io.meridian.proxy.routing.RouteQuery;
import io.meridian.proxy.routing.RoutedRegion;
import io.meridian.proxy.routing.Router;
import io.meridian.proxy.routing.RoutingRules;
import io.meridian.proxy.routing.RoutingSnapshot;
import io.meridian.proxy.routing.Steering;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExplainerTest {
  private static final String WORLD =
      """
      version: 1
      listeners: [{ name: public, address: "127.0.0.1:0" }]
      edge: { location: { latitude: 50.11, longitude: 8.68 } }
      geo: { overrides: [{ prefix: 10.7.0.0/16, country: DE, continent: EU }] }
      health: { replica: { lag_header: X-Lag } }
      regions:
        - { name: eu, public_url: "https://eu.test", weight: 2, capacity: { soft: 50, hard: 100 }, location: { latitude: 53.3, longitude: -6.3 }, endpoints: [{ url: "http://127.0.0.1:80" }] }
        - { name: us, weight: 1, dial: 60%, location: { latitude: 39.0, longitude: -77.5 }, endpoints: [{ url: "http://127.0.0.2:80" }] }
        - { name: jp, bias: 30, capacity: { soft: 50, hard: 60, spill_loss: 5ms }, location: { latitude: 35.7, longitude: 139.7 }, endpoints: [{ url: "http://127.0.0.3:80" }] }
        - { name: sa, dial: 30%, emergency: true, location: { latitude: -23.6, longitude: -46.6 }, endpoints: [{ url: "http://127.0.0.4:80" }] }
      fences:
        - { name: gdpr, when: { client_continent: [EU] }, allow: [eu, sa], status: 451 }
        - { name: private, when: { paths: [/private], headers: [{ name: X-Tenant, value: jp }] }, deny: [us], unknown: skip }
        - { name: named, when: { sni: ["*.eu.test"] }, allow: [eu, us] }
      groups:
        - { name: world, members: [old, new], policy: weighted }
        - { name: old, members: [eu, us], policy: latency, min_healthy: 2 }
        - { name: new, members: [jp, sa], min_healthy: 50%, weight: 3 }
      routes:
        - { name: groups, match: { paths: [/groups] }, policy: groups, group: world, fence: [gdpr, named] }
        - { name: manual, match: { paths: [/manual] }, policy: priority, promotion: manual, fence: named }
        - { name: latency, match: { paths: [/latency] }, fence: [gdpr, private], pin_header: true }
        - { name: geo, match: { paths: [/geo] }, policy: geo, fence: gdpr, canary: { region: jp, percent: 20%, header: { name: X-Try } } }
        - { name: places, match: { paths: [/places] }, policy: geolocation, geolocation: [{ country: US, regions: us }, { continent: EU, regions: [eu] }, { regions: [jp, us] }] }
        - { name: weights, match: { paths: [/weights] }, policy: weighted, affinity: { by: client }, fence: gdpr }
        - { name: sun, match: { paths: [/sun] }, policy: follow_the_sun, primary: [us, eu], fence: gdpr }
        - { name: private, match: { paths: [/private] }, policy: priority, fence: [private] }
        - { name: client, match: { paths: [/client] }, latency_from: client, band: 30ms, fence: gdpr }
        - { name: data, match: { paths: [/data] }, pin_header: true, fence: gdpr, data: { max_lag: 2s, home: { header: X-Home }, read_your_writes: { key_file: KEY } } }
        - { name: stored, match: { paths: [/stored] }, cache: {}, fence: gdpr, steer: { requests: all }, policy: priority }
      """;
  private static final List<String> PATHS =
      List.of(
          "/latency",
          "/geo",
          "/places",
          "/weights",
          "/sun",
          "/private",
          "/groups",
          "/manual",
          "/client",
          "/data",
          "/stored",
          "/nowhere");

  private final SplittableRandom random = new SplittableRandom(6);

  @TempDir Path folder;

  private MeridianConfig config() throws Exception {
    Path key = Files.writeString(folder.resolve("key"), "not much of a secret");
    return new ConfigLoader(Map.of()).parse("test", WORLD.replace("KEY", key.toString()));
  }

  private <T> T one(List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  private RoutingSnapshot snapshot(MeridianConfig config) throws Exception {
    List<RegionHealth> health = new ArrayList<>();
    for (Region region : config.regions()) {
      HealthState state =
          random.nextInt(3) > 0 ? HealthState.HEALTHY : one(List.of(HealthState.values()));
      double share = state == HealthState.PROBATION ? random.nextDouble() : state.usable() ? 1 : 0;
      double millis = 1 + random.nextInt(30);
      health.add(new RegionHealth(region.name(), state, share, millis, 0.3, 5, 0, "", List.of()));
    }
    RoutingRules rules = RoutingRules.compile(config, RouteSecrets.read(config));
    RoutingSnapshot plain =
        new Ranking((_, _) -> 0).next(rules, new HealthView(1, health, false, true), 0);
    return plain.with(replicas(config)).with(clients(plain, config));
  }

  private Replicas replicas(MeridianConfig config) {
    int count = config.regions().size();
    double[] lags = new double[count];
    long[] positions = new long[count];
    boolean[] lagging = new boolean[count];
    for (int i = 0; i < count; i++) {
      lags[i] = random.nextInt(4000);
      positions[i] = random.nextInt(-1, 20);
      lagging[i] = lags[i] > 2000;
    }
    boolean[][] byRoute = new boolean[config.routes().size()][];
    Arrays.fill(byRoute, lagging);
    return new Replicas(lags, positions, byRoute);
  }

  /** As browsers in some networks tell. */
  private ClientEstimates clients(RoutingSnapshot routing, MeridianConfig config) {
    ClientEstimates clients = new ClientEstimates(config.regions().size(), config.edge());
    long now = System.currentTimeMillis() / 1000;
    for (int i = 0; i < 50; i++) {
      byte[] network = {10, 7, (byte) i, 1};
      RoutedRegion region = one(routing.regions());
      clients.report(network, Location.UNKNOWN, 0, region, 1 + random.nextInt(200), now);
      clients.reportEdge(network, Location.UNKNOWN, 0, 1 + random.nextInt(200), now);
    }
    return clients;
  }

  /** The cookie of a client that has just written somewhere. */
  private String wrote(RoutingSnapshot routing) throws Exception {
    for (CompiledRoute route : routing.routes().routes()) {
      DataFilter data = route.data();
      if (data != null) {
        RouteQuery write = new RouteQuery();
        write.safe = false;
        write.epochSeconds = System.currentTimeMillis() / 1000;
        ResponseHead answer = new ResponseHead(new HeadLimits(4096, 4096, 20));
        answer.feed(Unpooled.copiedBuffer("HTTP/1.1 200 So\r\n\r\n", StandardCharsets.US_ASCII));
        byte[] cookie = data.wroteCookie(write, answer, one(List.of("eu", "us", "jp")), false);
        return new String(Objects.requireNonNull(cookie), StandardCharsets.US_ASCII)
            .replaceFirst(";.*", "");
      }
    }
    throw new IllegalStateException("no route looks at data");
  }

  private Loads loads(MeridianConfig config) {
    Loads loads = new Loads();
    loads.clear(config.regions().size());
    for (int i = 0; i < config.regions().size(); i++) {
      Capacity capacity = config.regions().get(i).capacity();
      if (capacity != null) {
        double loss = capacity.spillLoss().toNanos() / 1e6;
        loads.set(i, random.nextInt(120), capacity.soft(), capacity.hard(), loss);
      }
    }
    return loads;
  }

  private String address() {
    return switch (random.nextInt(4)) {
      case 0 -> "10.7." + random.nextInt(256) + ".1";
      case 1 -> "2a02:26f0:" + Integer.toHexString(random.nextInt(65_536)) + "::1";
      default ->
          random.nextInt(1, 224) + "." + random.nextInt(256) + "." + random.nextInt(256) + ".9";
    };
  }

  private static String text(RouteDecision decision) {
    return switch (decision) {
      case Forward(RegionOrder order, RouteDecision.Why why) -> why.label() + ": " + order;
      case Refuse(RouteDecision.Reason reason, int status) -> reason.label() + ": " + status;
    };
  }

  private static String text(Answer answer) {
    return answer.reason()
        + ": "
        + (answer.outcome().equals("forward")
            ? answer.order().stream().map(Explainer.Step::region).collect(Collectors.joining(" > "))
            : answer.status());
  }

  @Test
  void ten_thousand_explanations_are_what_the_router_decides() throws Exception {
    MeridianConfig config = config();
    int forwarded = 0;
    int spilled = 0;
    int steered = 0;
    int pinned = 0;
    try (GeoService geo = GeoService.open(config.geo())) {
      RoutingSnapshot routing = snapshot(config);
      for (int i = 0; i < 10_000; i++) {
        if (i % 100 == 0) {
          routing = snapshot(config);
        }
        Map<String, String> fields = new LinkedHashMap<>();
        if (random.nextInt(3) == 0) {
          fields.put("X-Meridian-Prefer-Region", one(List.of("eu", "us", "jp", "mars")));
        }
        if (random.nextInt(6) == 0) {
          fields.put("X-Meridian-Force-Region", one(List.of("eu", "us", "jp", "mars")));
        }
        if (random.nextInt(3) == 0) {
          fields.put(one(List.of("X-Try", "X-Tenant")), "jp");
        }
        if (random.nextInt(4) == 0) {
          fields.put("X-Home", one(List.of("eu", "us", "jp", "mars")));
        }
        if (random.nextInt(3) == 0) {
          fields.put("Cookie", wrote(routing));
        }
        Question question =
            new Question(
                address(),
                "a.test",
                one(PATHS) + one(List.of("", "/x?q=1")),
                one(List.of("GET", "HEAD", "POST", "PUT", "DELETE")),
                fields,
                random.nextBoolean(),
                random.nextLong(),
                one(List.of("", "a.eu.test", "eu.test")));
        Loads loads = random.nextBoolean() ? loads(config) : null;
        Answer answer = Explainer.explain(question, config, routing, geo, loads);

        RequestHead head = HeadRules.of(config).newHead();
        StringBuilder request = new StringBuilder(question.method());
        request.append(' ').append(question.path()).append(" HTTP/1.1\r\nHost: a.test\r\n");
        fields.forEach((n, v) -> request.append(n).append(": ").append(v).append("\r\n"));
        head.feed(Unpooled.copiedBuffer(request + "\r\n", StandardCharsets.US_ASCII));
        CompiledRoute route = routing.routes().match(head);
        if (route == null) {
          assertEquals("no_route: 404", text(answer));
          continue;
        }
        RouteQuery live = new RouteQuery();
        live.address = InetAddress.getByName(question.ip()).getAddress();
        live.location = geo.places().locate(live.address);
        live.head = head;
        live.trusted = question.trusted();
        live.serverName = question.sni().getBytes(StandardCharsets.US_ASCII);
        live.loads = loads;
        live.safe = head.safe();
        live.repeatable = head.idempotent();
        live.random = java.util.Objects.requireNonNull(question.random());
        live.asn = route.needsAsn() ? geo.places().autonomousSystem(live.address).number() : 0;
        live.epochSeconds = System.currentTimeMillis() / 1000;
        RouteDecision decision = Router.decide(route, live, routing);
        String went = text(decision);
        Steering steering = route.steering();
        if (steering != null
            && decision instanceof Forward(RegionOrder order, RouteDecision.Why why)
            && steering.target(live, order) != null) {
          went = why.label() + ": " + steering.status();
          steered++;
        }
        assertEquals(went, text(answer), question.toString());
        assertEquals(live.pin().name().toLowerCase(Locale.ROOT), answer.pin(), question.toString());
        pinned += answer.pin().equals("wrote") || answer.pin().equals("home") ? 1 : 0;
        assertEquals(route.name(), answer.route());
        forwarded += decision instanceof Forward ? 1 : 0;
        spilled += answer.reason().equals("spill") || answer.reason().equals("capacity") ? 1 : 0;
        double total = answer.shares().values().stream().mapToDouble(Double::doubleValue).sum();
        assertTrue(total <= 1 + 1e-9, answer.toString());
      }
    }
    assertTrue(forwarded > 5_000, "forwarded: " + forwarded);
    assertTrue(spilled > 500, "spilled: " + spilled);
    assertTrue(steered > 50, "steered: " + steered);
    assertTrue(pinned > 100, "pinned by data: " + pinned);
  }

  @Test
  void what_chance_gives_most_often_is_told_where_no_number_is_given() throws Exception {
    MeridianConfig config = config();
    try (GeoService geo = GeoService.open(config.geo())) {
      Question question = new Question("10.7.0.1", "a.test", "/sun", "POST", Map.of(), false, null);
      List<RegionHealth> health =
          config.regions().stream()
              .map(r ->
                  new RegionHealth(r.name(), HealthState.HEALTHY, 1, 9, 0.3, 5, 0, "", List.of()))
              .toList();
      RoutingSnapshot routing =
          new Ranking((_, _) -> 0)
              .next(
                  RoutingRules.compile(config, RouteSecrets.read(config)),
                  new HealthView(1, health, false, true),
                  0);
      Answer answer = Explainer.explain(question, config, routing, geo);
      assertEquals("fence: eu", text(answer));
      assertEquals("override 10.7.0.0/16", answer.client().source());
      assertEquals("gdpr", answer.fence());
      assertTrue(answer.fenceBinds());
      Question american = new Question("8.8.8.8", "a.test", "/sun", "POST", Map.of(), false, null);
      answer = Explainer.explain(american, config, routing, geo);
      assertEquals("primary: us > eu", text(answer));
      assertEquals("eu", answer.ifFirstFails());
      assertEquals(0.6, answer.shares().getOrDefault("us", 0.0), 1e-9);
      assertTrue(answer.client().source().contains("embedded"), answer.client().source());
    }
  }

  @Test
  void a_question_that_is_no_request_is_refused() throws Exception {
    MeridianConfig config = config();
    try (GeoService geo = GeoService.open(config.geo())) {
      Question question = new Question("10.7.0.1", "a.test", "/ x", "GET", Map.of(), false, null);
      assertThrows(
          IllegalArgumentException.class,
          () -> Explainer.explain(question, config, snapshot(config), geo));
    }
  }
}
