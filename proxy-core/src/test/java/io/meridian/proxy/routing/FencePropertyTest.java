package io.meridian.proxy.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.AtLeast;
import io.meridian.config.Capacity;
import io.meridian.config.Cidr;
import io.meridian.config.ConfigException;
import io.meridian.config.ConfigLoader;
import io.meridian.config.Coordinates;
import io.meridian.config.Data;
import io.meridian.config.Fence;
import io.meridian.config.Group;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.config.Route;
import io.meridian.config.UpstreamTls;
import io.meridian.health.HealthState;
import io.meridian.proxy.http.HeadLimits;
import io.meridian.proxy.http.ResponseHead;
import io.meridian.proxy.routing.RouteDecision.Forward;
import io.meridian.proxy.routing.RouteDecision.Refuse;
import io.meridian.proxy.routing.RouteDecision.Why;
import io.netty.buffer.Unpooled;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fences bind every choice, whatever the policy, the pins and the failures. */
class FencePropertyTest {
  private static final int CONFIGURATIONS = 100_000;
  private static final List<String> CONTINENTS = List.of("EU", "NA", "AS", "");
  private static final List<String> COUNTRIES = List.of("DE", "US", "JP", "");
  private static final List<String> PATHS = List.of("/", "/eu", "/eu/x", "/eux", "/api/v1");
  private static final Path KEY = Path.of("key");

  private final SplittableRandom random = new SplittableRandom(20_261_121);

  private <T> List<T> some(List<T> from) {
    List<T> some = new ArrayList<>();
    for (T one : from) {
      if (random.nextInt(3) == 0) {
        some.add(one);
      }
    }
    return some;
  }

  private <T> T one(List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  private List<Region> regions() {
    List<Region> regions = new ArrayList<>();
    int count = 1 + random.nextInt(6);
    for (int i = 0; i < count; i++) {
      int dial = random.nextInt(3) > 0 ? 100 : one(List.of(0, 20, 50));
      regions.add(
          new Region(
              "r" + i,
              new Coordinates(random.nextInt(-80, 81), random.nextInt(-180, 180)),
              random.nextBoolean() ? null : Integer.valueOf(random.nextInt(4)),
              dial,
              random.nextInt(4) == 0,
              random.nextInt(-99, 100),
              capacity(),
              List.of(new Region.Endpoint(URI.create("http://127.0.0.1:" + (80 + i)), 1)),
              Region.Protocol.HTTP1,
              new UpstreamTls(null, null, null, null, 1.2, true),
              Region.ProxyHeader.OFF,
              null));
    }
    return regions;
  }

  private @Nullable Capacity capacity() {
    int soft = 1 + random.nextInt(100);
    return random.nextInt(3) == 0
        ? new Capacity(
            Capacity.By.IN_FLIGHT,
            soft,
            soft + random.nextInt(50),
            Duration.ofMillis(random.nextInt(40)),
            false)
        : null;
  }

  /** Every region is in one of them, once. */
  private List<Group> groups(List<String> names) {
    int cut = random.nextInt(names.size() + 1);
    List<String> outer = new ArrayList<>(names.subList(0, cut));
    List<Group> groups = new ArrayList<>();
    if (cut < names.size()) {
      outer.add(random.nextInt(outer.size() + 1), "g1");
      groups.add(group("g1", names.subList(cut, names.size())));
    }
    groups.add(group("g0", outer));
    return groups;
  }

  private Group group(String name, List<String> members) {
    return new Group(
        name,
        List.copyOf(members),
        one(List.of(Group.Policy.values())),
        random.nextBoolean() ? new AtLeast(1, false) : new AtLeast(60, true),
        random.nextBoolean() ? null : Integer.valueOf(1 + random.nextInt(4)));
  }

  private Loads loads(List<Region> regions) {
    Loads loads = new Loads();
    loads.clear(regions.size());
    for (int i = 0; i < regions.size(); i++) {
      Capacity capacity = regions.get(i).capacity();
      if (capacity != null) {
        loads.set(i, random.nextInt(160), capacity.soft(), capacity.hard(), 10);
      }
    }
    return loads;
  }

  private Fence fence(String name, List<String> regions) {
    boolean allow = random.nextBoolean();
    Fence.When when =
        new Fence.When(
            some(List.of("EU", "NA")),
            some(List.of("DE", "US")),
            random.nextInt(4) == 0 ? List.of(Cidr.parse("10.0.0.0/9")) : List.of(),
            random.nextInt(4) == 0
                ? List.of(one(List.of("a.test", "*.test", "b.test")))
                : List.of(),
            random.nextInt(4) == 0 ? List.of(one(List.of("/eu", "/eu/", "/api/"))) : List.of(),
            random.nextInt(4) == 0 ? List.of(one(List.of("eu.test", "*.test"))) : List.of(),
            random.nextInt(4) == 0
                ? List.of(new Route.HeaderMatch("x-tenant", random.nextBoolean() ? "eu" : null))
                : List.of());
    return new Fence(
        name,
        when,
        allow ? some(regions) : null,
        allow ? null : some(regions),
        random.nextBoolean() ? Fence.Unknown.APPLY : Fence.Unknown.SKIP,
        random.nextBoolean() ? 503 : 451);
  }

  private Route route(List<String> names, List<String> fences) {
    Route.Policy policy = one(List.of(Route.Policy.values()));
    List<String> served = some(names);
    served = served.isEmpty() || policy == Route.Policy.GROUPS ? names : served;
    Route.Canary canary =
        random.nextInt(3) > 0
            ? null
            : new Route.Canary(
                one(names), new Route.HeaderMatch("x-canary", null), null, random.nextInt(101));
    Route.Affinity affinity =
        switch (random.nextInt(3)) {
          case 0 -> null;
          case 1 -> affinity(Route.By.COOKIE);
          default -> affinity(Route.By.CLIENT);
        };
    List<Route.GeoRule> rules =
        policy != Route.Policy.GEOLOCATION
            ? List.of()
            : List.of(
                new Route.GeoRule(
                    List.of("EU"),
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(one(served))),
                new Route.GeoRule(
                    List.of(),
                    List.of("US"),
                    List.of(),
                    List.of(),
                    List.of(),
                    List.of(one(served))));
    return new Route(
        "r",
        new Route.Match(List.of(), List.of(), List.of(), List.of()),
        served,
        policy,
        one(List.of(Route.LatencyFrom.values())),
        Duration.ofMillis(10),
        10,
        List.of(),
        rules,
        policy == Route.Policy.FOLLOW_THE_SUN ? List.of(one(served)) : List.of(),
        random.nextInt(4) == 0 ? Route.Promotion.MANUAL : Route.Promotion.AUTOMATIC,
        policy == Route.Policy.GROUPS ? "g0" : null,
        canary,
        affinity,
        random.nextBoolean(),
        null,
        fences,
        Duration.ofSeconds(5),
        data(served),
        null,
        false,
        null,
        null,
        false,
        null);
  }

  private @Nullable Data data(List<String> served) {
    if (random.nextInt(4) > 0) {
      return null;
    }
    Data.ReadYourWrites wrote =
        new Data.ReadYourWrites(
            KEY,
            "wrote",
            Duration.ofSeconds(5),
            Duration.ofMinutes(1),
            random.nextBoolean() ? null : one(served),
            one(List.of(Data.Otherwise.values())),
            Route.SameSite.LAX,
            Route.Secure.AUTO);
    Data.Home home =
        new Data.Home(
            "X-Home",
            "X-Home",
            KEY,
            "home",
            Duration.ofHours(1),
            Route.SameSite.LAX,
            Route.Secure.AUTO);
    return new Data(
        random.nextBoolean() ? null : wrote,
        random.nextBoolean() ? null : Duration.ofSeconds(2),
        random.nextBoolean() ? null : home,
        new Data.AppReplay("Meridian-Replay"));
  }

  private Replicas replicas(int regions) {
    double[] lags = new double[regions];
    long[] positions = new long[regions];
    boolean[] lagging = new boolean[regions];
    for (int i = 0; i < regions; i++) {
      lags[i] = random.nextInt(4000);
      positions[i] = random.nextInt(-1, 20);
      lagging[i] = lags[i] > 2000;
    }
    return new Replicas(lags, positions, new boolean[][] {lagging});
  }

  /** The cookies that a client has which has written somewhere, and has a home. */
  private String cookies(Scene scene, List<String> names) {
    DataFilter data = scene.route().data();
    if (data == null || random.nextInt(3) == 0) {
      return "Cookie: none=1";
    }
    RouteQuery write = Scene.request("POST", "/");
    ResponseHead answer = new ResponseHead(new HeadLimits(4096, 4096, 20));
    String fields =
        "HTTP/1.1 200 So\r\nX-Home: "
            + one(names)
            + "\r\nX-Position: "
            + random.nextInt(20)
            + "\r\n\r\n";
    answer.feed(Unpooled.copiedBuffer(fields, StandardCharsets.US_ASCII));
    byte[] wrote = data.wroteCookie(write, answer, one(names), false);
    byte[] home = data.homeCookie(write, answer, false);
    return "Cookie: " + pair(wrote) + "; " + pair(home);
  }

  private static String pair(byte @Nullable [] cookie) {
    return cookie == null
        ? "x=y"
        : new String(cookie, StandardCharsets.US_ASCII).replaceFirst(";.*", "");
  }

  private static Route.Affinity affinity(Route.By by) {
    return new Route.Affinity(
        by,
        by == Route.By.COOKIE ? KEY : null,
        "id",
        Duration.ofHours(1),
        Route.SameSite.LAX,
        Route.Secure.AUTO,
        24,
        48);
  }

  private RouteQuery query(String cookies) {
    List<String> fields = new ArrayList<>(List.of(cookies));
    if (random.nextInt(3) == 0) {
      fields.add("X-Home: r" + random.nextInt(7));
    }
    if (random.nextInt(3) == 0) {
      fields.add("X-Tenant: " + one(List.of("eu", "us")));
    }
    if (random.nextInt(3) == 0) {
      fields.add("X-Canary: 1");
    }
    if (random.nextInt(3) == 0) {
      String name = one(List.of("X-Meridian-Force-Region", "X-Meridian-Prefer-Region"));
      fields.add(name + ": r" + random.nextInt(7));
    }
    RouteQuery query =
        Scene.request(one(List.of("GET", "POST")), one(PATHS), fields.toArray(String[]::new));
    Scene.from(query, one(CONTINENTS), one(COUNTRIES), "");
    if (random.nextBoolean()) {
      Scene.at(query, random.nextInt(-80, 81), random.nextInt(-180, 180));
    }
    query.address = new byte[] {10, (byte) random.nextInt(256), 0, 1};
    query.trusted = random.nextBoolean();
    query.random = random.nextLong();
    query.serverName =
        one(List.of("", "eu.test", "us.test", "other")).getBytes(StandardCharsets.US_ASCII);
    return query;
  }

  /** Whether a fence binds a request, by a reading of its own. */
  private static boolean binds(
      Fence fence, RouteQuery query, String path, @Nullable String tenant) {
    boolean unknown = fence.unknown() == Fence.Unknown.APPLY;
    Fence.When when = fence.when();
    String continent = query.location.continent();
    String country = query.location.country();
    if (!when.clientContinent().isEmpty()
        && !(continent.isEmpty() ? unknown : when.clientContinent().contains(continent))) {
      return false;
    }
    if (!when.clientCountry().isEmpty()
        && !(country.isEmpty() ? unknown : when.clientCountry().contains(country))) {
      return false;
    }
    if (!when.clientPrefix().isEmpty() && (query.address[1] & 0x80) != 0) {
      return false;
    }
    if (when.hosts().contains("b.test")) {
      return false;
    }
    boolean onPath =
        when.paths().isEmpty()
            || when.paths().stream()
                .anyMatch(
                    p -> p.endsWith("/") ? path.startsWith(p) : (path + "/").startsWith(p + "/"));
    if (!onPath) {
      return false;
    }
    if (!when.sni().isEmpty()) {
      String asked = new String(query.serverName, StandardCharsets.US_ASCII);
      boolean named =
          when.sni().contains("eu.test") ? asked.equals("eu.test") : asked.endsWith(".test");
      if (!named) {
        return false;
      }
    }
    if (when.headers().isEmpty()) {
      return true;
    }
    String value = when.headers().getFirst().value();
    return query.trusted ? tenant != null && (value == null || value.equals(tenant)) : unknown;
  }

  /** Only full regions are left, for regions that have room, and only then is a request refused. */
  private static void capacityIsKept(
      RouteDecision decision, String wanted, @Nullable RoutedRegion home, @Nullable Loads loads) {
    if (loads == null || home == null) {
      assertEquals(wanted, Scene.text(decision));
      return;
    }
    switch (decision) {
      case Forward(RegionOrder order, Why why) -> {
        RoutedRegion first = order.first();
        assertTrue(loads.belowHard(first.index()), "no request beyond the hard limit");
        if (why == Why.SPILL) {
          assertFalse(loads.belowSoft(home.index()), "only what has enough gives away");
          assertTrue(order.get(1).name().equals(home.name()), "home is the next best");
        } else {
          assertEquals(home.name(), first.name());
        }
      }
      case Refuse(RouteDecision.Reason reason, _) -> {
        assertEquals(RouteDecision.Reason.CAPACITY, reason);
        assertFalse(loads.belowHard(home.index()), "only what is full refuses");
      }
    }
  }

  @Test
  void no_choice_is_outside_its_fence() throws ConfigException {
    MeridianConfig base =
        new ConfigLoader(Map.of())
            .parse(
                "base",
                "version: 1\nlisteners: [{ name: p, address: \"127.0.0.1:0\" }]\nregions: [{ name: x,"
                    + " endpoints: [{ url: \"http://127.0.0.1:80\" }] }]\n");
    int forwarded = 0;
    int fenced = 0;
    int spilled = 0;
    for (int round = 0; round < CONFIGURATIONS; round++) {
      List<Region> regions = regions();
      List<String> names = regions.stream().map(Region::name).toList();
      List<Fence> fences = new ArrayList<>();
      for (int i = random.nextInt(4); i > 0; i--) {
        fences.add(fence("f" + i, names));
      }
      Route route = route(names, fences.stream().map(Fence::name).toList());
      Scene scene =
          new Scene(
              with(base, regions, groups(names), fences, route), Map.of(KEY, new byte[] {1, 2}));
      for (String name : names) {
        scene.rtt(name, 1 + random.nextInt(100));
        HealthState state = one(List.of(HealthState.values()));
        if (state == HealthState.PROBATION) {
          scene.share(name, random.nextDouble());
        } else if (random.nextBoolean()) {
          scene.state(name, state);
        }
      }
      RoutingSnapshot snapshot = scene.snapshot().with(replicas(names.size()));
      for (int i = 0; i < 2; i++) {
        RouteQuery query = query(cookies(scene, names));
        var head = java.util.Objects.requireNonNull(query.head);
        String path = head.text(head.pathStart(), head.pathLength());
        String tenant = null;
        for (int field = 0; field < head.fieldCount(); field++) {
          tenant = head.name(field).equalsIgnoreCase("x-tenant") ? head.value(field) : tenant;
        }
        Set<String> allowed = new HashSet<>(route.regions());
        if (route.canary() != null) {
          allowed.add(route.canary().region());
        }
        int before = allowed.size();
        for (Fence fence : fences) {
          if (binds(fence, query, path, tenant)) {
            allowed.removeIf(name -> !new FenceRule(fence).allows(name));
          }
        }
        fenced += allowed.size() < before ? 1 : 0;
        RouteDecision unlimited = Router.decide(scene.route(), query, snapshot);
        String wanted = Scene.text(unlimited);
        RoutedRegion home = unlimited instanceof Forward forward ? forward.order().first() : null;
        query.loads = random.nextBoolean() ? loads(regions) : null;
        RouteDecision decision = Router.decide(scene.route(), query, snapshot);
        capacityIsKept(decision, wanted, home, query.loads);
        spilled += decision instanceof Forward(_, Why why) && why == Why.SPILL ? 1 : 0;
        String first = Scene.text(decision); // it holds until the query's next one
        boolean sentOn = scene.route().data() != null && random.nextInt(3) == 0;
        if (sentOn) {
          AppDirective to =
              new AppDirective(
                  random.nextInt(-1, names.size()), true, random.nextInt(names.size()), "r", "");
          decision = Router.replay(scene.route(), query, snapshot, to);
        } else {
          decision = Router.decide(scene.route(), query, snapshot);
          assertEquals(first, Scene.text(decision), "the same question has the same answer");
        }
        if (decision instanceof Forward(RegionOrder order, _)) {
          forwarded++;
          Set<String> seen = new HashSet<>();
          for (int j = 0; j < order.size(); j++) {
            RoutedRegion region = order.get(j);
            int at = round;
            Supplier<String> what = () -> "round " + at + ": " + order + " of " + allowed;
            assertTrue(allowed.contains(region.name()), what);
            assertTrue(region.state().usable(), what);
            assertTrue(region.dial() > 0 || region.emergency(), what);
            assertTrue(seen.add(region.name()), what);
          }
        }
        if (!query.trusted && !sentOn) {
          assertFalse(
              query.pin() == RouteQuery.Pin.REQUEST
                  && !head.text(0, head.length()).contains("X-Canary"),
              "a field of nobody's pinned it");
        }
      }
    }
    assertTrue(forwarded > CONFIGURATIONS, "forwarded: " + forwarded);
    assertTrue(fenced > CONFIGURATIONS / 4, "fenced: " + fenced);
    assertTrue(spilled > CONFIGURATIONS / 100, "spilled: " + spilled);
  }

  private static MeridianConfig with(
      MeridianConfig base,
      List<Region> regions,
      List<Group> groups,
      List<Fence> fences,
      Route route) {
    return new MeridianConfig(
        base.version(),
        base.edge(),
        base.workers(),
        base.transport(),
        base.listeners(),
        base.admin(),
        base.geo(),
        regions,
        groups,
        base.health(),
        fences,
        List.of(route),
        base.failover(),
        base.timeouts(),
        base.limits(),
        base.paths(),
        base.accessLog(),
        base.log(),
        base.tracing(),
        base.cache());
  }

  @ParameterizedTest
  @CsvSource({
    // unknown, trusted, field, whether the fence binds
    "apply, true, 'X-Tenant: eu', true", "apply, true, 'X-Tenant: us', false",
    "apply, true, 'X-Other: eu', false", "apply, false, 'X-Tenant: eu', true",
    "apply, false, 'X-Tenant: us', true", "apply, false, 'X-Other: eu', true",
    "skip, true, 'X-Tenant: eu', true", "skip, true, 'X-Tenant: us', false",
    "skip, false, 'X-Tenant: eu', false", "skip, false, 'X-Other: eu', false",
  })
  void a_field_from_an_untrusted_hop_changes_nothing(
      String unknown, boolean trusted, String field, boolean binds) {
    Scene scene =
        Scene.of(
            """
            regions:
              - { name: eu, endpoints: [{ url: "http://127.0.0.1:80" }] }
              - { name: us, endpoints: [{ url: "http://127.0.0.2:80" }] }
            fences:
              - name: f
                when: { headers: [{ name: X-Tenant, value: eu }] }
                allow: [eu]
                unknown: %s
            routes: [{ name: r, fence: [f], regions: [us, eu], policy: priority }]
            """
                .formatted(unknown));
    RouteQuery query = Scene.get(field);
    query.trusted = trusted;
    assertEquals(binds ? "eu" : "us > eu", scene.order(query));
  }

  @Test
  void where_several_fences_apply_each_has_to_allow_a_region() {
    Scene scene =
        Scene.of(
            """
            regions:
              - { name: eu, endpoints: [{ url: "http://127.0.0.1:80" }] }
              - { name: us, endpoints: [{ url: "http://127.0.0.2:80" }] }
              - { name: jp, endpoints: [{ url: "http://127.0.0.3:80" }] }
            fences:
              - { name: one, when: { client_continent: [EU] }, allow: [eu, us] }
              - { name: two, when: { paths: [/private] }, deny: [us], status: 451 }
              - { name: three, when: { hosts: ["*.test"] }, deny: [jp] }
            routes: [{ name: r, fence: [one, two], policy: priority, regions: [us, jp, eu] }]
            """);
    assertEquals("us > jp > eu", scene.order(Scene.from(Scene.get(), "NA", "US", "")));
    assertEquals("us > eu", scene.order(Scene.from(Scene.get(), "EU", "DE", "")));
    RouteQuery secret = Scene.from(Scene.request("GET", "/private/x"), "EU", "DE", "");
    assertEquals("eu", scene.order(secret));
    assertEquals("one", java.util.Objects.requireNonNull(scene.route().binding(secret)).name());
    scene.down("eu");
    assertEquals("no_healthy_region 451", scene.order(secret));
  }
}
