package io.meridian.proxy.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.meridian.config.Cidr;
import io.meridian.config.ConfigLoader;
import io.meridian.geo.GeoService;
import io.meridian.geo.Location;
import io.meridian.geo.Places;
import io.meridian.health.HealthState;
import io.meridian.proxy.http.HeadLimits;
import io.meridian.proxy.http.ResponseHead;
import io.meridian.proxy.routing.Oracle.Answer;
import io.meridian.proxy.routing.Oracle.Asked;
import io.meridian.proxy.routing.Oracle.Health;
import io.meridian.proxy.routing.Oracle.Pack;
import io.meridian.proxy.routing.Oracle.Rule;
import io.meridian.proxy.routing.Oracle.Site;
import io.meridian.proxy.routing.Oracle.Wall;
import io.meridian.proxy.routing.Oracle.Way;
import io.meridian.proxy.routing.Oracle.World;
import io.meridian.proxy.routing.RouteDecision.Forward;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The router against an answer that is worked out from the manual by other means. */
class OracleTest {
  private static final int REQUESTS = 12;
  private static final int DRAWS = 10_000;
  private static final Path DATA = Path.of("../../shared/data/geo/maxmind-test");

  @TempDir private static Path folder;

  private static Path file() {
    return folder.resolve("file");
  }

  @BeforeAll
  static void makeFile() throws IOException {
    Files.writeString(file(), "neither a key nor a database");
  }

  private final SplittableRandom random = new SplittableRandom(6_2026);

  private record Place(
      String continent,
      String country,
      String subdivision,
      long asn,
      double latitude,
      double longitude,
      @Nullable String address) {}

  private <T> T one(List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  private boolean chance(int oneIn) {
    return random.nextInt(oneIn) == 0;
  }

  private List<String> some(List<String> from) {
    List<String> some = new ArrayList<>(from.stream().filter(_ -> random.nextInt(3) > 0).toList());
    for (int i = some.size(); i > 1; i--) {
      some.add(some.remove(random.nextInt(i)));
    }
    return some.isEmpty() ? List.of(one(from)) : some;
  }

  // ---- worlds

  private List<Site> sites() {
    List<Site> sites = new ArrayList<>();
    boolean dialled = chance(3);
    boolean limited = chance(3);
    int count = 1 + random.nextInt(5);
    for (int i = 0; i < count; i++) {
      int soft = 10 + random.nextInt(40);
      sites.add(
          new Site(
              "r" + i,
              chance(2) ? null : Integer.valueOf(random.nextInt(5)),
              dialled && chance(2) ? one(List.of(0, 25, 50, 80)) : 100,
              dialled && chance(3),
              chance(3) ? random.nextInt(-99, 100) : 0,
              random.nextInt(-8000, 8001) / 100.0 + 0.003 * i,
              random.nextInt(-18000, 18000) / 100.0 + 0.007 * i,
              1 + random.nextInt(3000) / 10.0 + 0.013 * i,
              one(List.of(Health.UP, Health.UP, Health.UP, Health.SUSPECT, Health.DOWN)),
              soft,
              soft + random.nextInt(1, 30),
              limited && chance(2) ? random.nextInt(0, 90) : -1,
              random.nextInt(4000) + 0.1 * i));
    }
    return sites;
  }

  private List<Wall> walls(List<String> names, List<Place> places) {
    List<Wall> walls = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      List<String> continents = chance(2) ? List.of(continent(places)) : List.of();
      List<String> countries =
          chance(3) && continents.isEmpty() ? List.of(country(places)) : List.of();
      boolean bare = continents.isEmpty() && countries.isEmpty();
      boolean allow = chance(2);
      List<String> regions = some(names);
      if (!allow && regions.size() == names.size()) {
        regions = regions.subList(0, 1);
        allow = names.size() == 1;
      }
      walls.add(
          new Wall(
              "f" + i,
              continents,
              countries,
              bare || chance(4) ? "/private" : null,
              allow,
              List.copyOf(regions),
              chance(2),
              chance(2) ? 451 : 503));
    }
    return walls;
  }

  private String continent(List<Place> places) {
    String found = one(places).continent();
    return found.isEmpty() ? "EU" : found;
  }

  private String country(List<Place> places) {
    String found = one(places).country();
    return found.isEmpty() ? "DE" : found;
  }

  private Map<String, Pack> packs(List<String> names) {
    Map<String, Pack> packs = new LinkedHashMap<>();
    int cut = random.nextInt(names.size() + 1);
    List<String> outer = new ArrayList<>(names.subList(0, cut));
    if (cut < names.size()) {
      outer.add(random.nextInt(outer.size() + 1), "g1");
      packs.put("g1", pack("g1", names.subList(cut, names.size())));
    }
    packs.put("g0", pack("g0", outer));
    return packs;
  }

  private Pack pack(String name, List<String> members) {
    return new Pack(
        name,
        one(List.of("priority", "latency", "weighted")),
        List.copyOf(members),
        1 + random.nextInt(members.size()),
        name.equals("g0") || chance(2) ? null : Integer.valueOf(random.nextInt(5)));
  }

  private Way way(List<Site> sites, List<Place> places) {
    List<String> names = sites.stream().map(Site::name).toList();
    String policy =
        one(
            List.of(
                "latency",
                "latency",
                "geo",
                "geolocation",
                "weighted",
                "priority",
                "follow_the_sun",
                "groups"));
    List<String> regions = policy.equals("groups") ? names : some(names);
    Map<String, Integer> weights = new HashMap<>();
    if (policy.equals("weighted") && chance(2)) {
      regions.forEach(name -> weights.put(name, 1 + random.nextInt(9)));
    }
    List<Rule> rules = new ArrayList<>();
    if (policy.equals("geolocation")) {
      rules(rules, regions, places);
    }
    boolean trial = chance(4) && !policy.equals("groups");
    return new Way(
        policy,
        (policy.equals("latency") || policy.equals("follow_the_sun")) && chance(3),
        regions,
        one(List.of(0, 10, 40)),
        one(List.of(0, 10, 30)),
        weights,
        rules,
        policy.equals("follow_the_sun") ? some(regions) : List.of(),
        policy.equals("priority") && chance(4),
        trial ? one(names) : null,
        one(List.of(5, 20, 60)),
        chance(4),
        chance(2));
  }

  private void rules(List<Rule> rules, List<String> regions, List<Place> places) {
    Map<String, Rule> unique = new TreeMap<>();
    for (int i = 0; i < 5; i++) {
      Place place = one(places);
      String kind = one(List.of("asn", "subdivision", "country", "continent"));
      String value =
          switch (kind) {
            case "asn" -> place.asn() == 0 ? "" : Long.toString(place.asn());
            case "subdivision" ->
                place.subdivision().isEmpty() ? "" : place.country() + "-" + place.subdivision();
            case "country" -> place.country();
            default -> place.continent();
          };
      if (!value.isEmpty()) {
        unique.put(kind + value, new Rule(kind, value, some(regions)));
      }
    }
    rules.addAll(unique.values());
    if (rules.isEmpty() || chance(2)) {
      rules.add(new Rule("", "", some(regions)));
    }
  }

  // ---- as a file

  private static String list(List<String> names) {
    return names.stream().map(name -> '"' + name + '"').collect(Collectors.joining(", ", "[", "]"));
  }

  private static String yaml(World world, boolean wrote) {
    StringBuilder text =
        new StringBuilder("health: { replica: { lag_header: X-Lag } }\n")
            .append("geo: { asn: " + file() + " }\nregions:\n");
    for (Site site : world.sites()) {
      text.append(
          String.format(
              Locale.ROOT,
              "  - { name: %s, dial: %d%%, emergency: %b, bias: %d, location: { latitude: %f,"
                  + " longitude: %f }, endpoints: [{ url: \"http://127.0.0.1:%d\" }]%s%s }\n",
              site.name(),
              site.dial(),
              site.emergency(),
              site.bias(),
              site.latitude(),
              site.longitude(),
              80 + world.sites().indexOf(site),
              site.weight() == null ? "" : ", weight: " + site.weight(),
              site.load() < 0
                  ? ""
                  : ", capacity: { soft: " + site.soft() + ", hard: " + site.hard() + " }"));
    }
    if (!world.walls().isEmpty()) {
      text.append("fences:\n");
      for (Wall wall : world.walls()) {
        List<String> when = new ArrayList<>();
        if (!wall.continents().isEmpty()) {
          when.add("client_continent: " + list(wall.continents()));
        }
        if (!wall.countries().isEmpty()) {
          when.add("client_country: " + list(wall.countries()));
        }
        if (wall.path() != null) {
          when.add("paths: [" + wall.path() + "]");
        }
        text.append(
            String.format(
                "  - { name: %s, when: { %s }, %s: %s, unknown: %s, status: %d }\n",
                wall.name(),
                String.join(", ", when),
                wall.allow() ? "allow" : "deny",
                list(wall.regions()),
                wall.unknownApplies() ? "apply" : "skip",
                wall.status()));
      }
    }
    if (world.way().policy().equals("groups")) {
      text.append("groups:\n");
      for (Pack pack : world.packs().values()) {
        text.append(
            String.format(
                "  - { name: %s, policy: %s, members: %s, min_healthy: %d%s }\n",
                pack.name(),
                pack.policy(),
                list(pack.members()),
                pack.least(),
                pack.weight() == null ? "" : ", weight: " + pack.weight()));
      }
    }
    return text + "routes:\n  - " + route(world, wrote) + "\n";
  }

  private static String route(World world, boolean wrote) {
    Way way = world.way();
    List<String> keys = new ArrayList<>(List.of("name: r", "policy: " + way.policy()));
    keys.add("pin_header: true");
    if (way.policy().equals("groups")) {
      keys.add("group: g0");
    } else {
      keys.add("regions: " + list(way.regions()));
    }
    if (List.of("latency", "follow_the_sun", "geo", "groups").contains(way.policy())) {
      keys.add("band: " + (int) way.bandMillis() + "ms, band_ratio: " + way.bandPercent() + "%");
    }
    if (way.fromClient()) {
      keys.add("latency_from: client");
    }
    if (!way.weights().isEmpty()) {
      keys.add(
          way.weights().entrySet().stream()
              .map(e -> "{ region: " + e.getKey() + ", weight: " + e.getValue() + " }")
              .collect(Collectors.joining(", ", "weights: [", "]")));
    }
    if (!way.rules().isEmpty()) {
      keys.add(
          way.rules().stream()
              .map(r ->
                  "{ "
                      + (r.kind().isEmpty()
                          ? ""
                          : r.kind()
                              + ": "
                              + (r.kind().equals("asn") ? r.value() : '"' + r.value() + '"')
                              + ", ")
                      + "regions: "
                      + list(r.regions())
                      + " }")
              .collect(Collectors.joining(", ", "geolocation: [", "]")));
    }
    if (!way.primary().isEmpty()) {
      keys.add("primary: " + list(way.primary()));
    }
    if (way.manual()) {
      keys.add("promotion: manual");
    }
    if (way.canary() != null) {
      keys.add(
          "canary: { region: "
              + way.canary()
              + ", percent: "
              + way.canaryPercent()
              + "%, header: { name: X-Try } }");
    }
    if (!world.walls().isEmpty()) {
      keys.add("fence: " + list(world.walls().stream().map(Wall::name).toList()));
    }
    List<String> data = new ArrayList<>(List.of("home: { header: X-Home }"));
    if (way.maxLag()) {
      data.add("max_lag: 2s");
    }
    if (wrote) {
      data.add(
          "read_your_writes: { key_file: "
              + file()
              + ", otherwise: "
              + (way.refuseStale() ? "refuse" : "read")
              + " }");
    }
    keys.add("data: { " + String.join(", ", data) + " }");
    return "{ " + String.join(", ", keys) + " }";
  }

  // ---- requests

  private Asked asked(World world, Place place, boolean wrote) {
    String name = "r" + random.nextInt(world.sites().size() + 1);
    boolean there = !name.equals("r" + world.sites().size());
    int what = random.nextInt(10);
    return new Asked(
        place.continent(),
        place.country(),
        place.subdivision(),
        place.asn(),
        place.latitude(),
        place.longitude(),
        random.nextInt(3) > 0,
        one(List.of("/", "/private", "/private/x", "/privateer")),
        what == 0 ? name : null,
        what == 1 ? name : null,
        what == 2 && there ? name : null,
        wrote && there && chance(2) ? name : null,
        what == 3 && world.way().canary() != null);
  }

  private static RouteQuery query(Scene scene, Asked asked) {
    List<String> fields = new ArrayList<>();
    if (asked.force() != null) {
      fields.add("X-Meridian-Force-Region: " + asked.force());
    }
    if (asked.prefer() != null) {
      fields.add("X-Meridian-Prefer-Region: " + asked.prefer());
    }
    if (asked.home() != null) {
      fields.add("X-Home: " + asked.home());
    }
    if (asked.tries()) {
      fields.add("X-Try: yes");
    }
    DataFilter data = scene.route().data();
    if (asked.wrote() != null && data != null) {
      ResponseHead answer = new ResponseHead(new HeadLimits(4096, 4096, 20));
      answer.feed(Unpooled.copiedBuffer("HTTP/1.1 200 So\r\n\r\n", StandardCharsets.US_ASCII));
      byte[] cookie = data.wroteCookie(Scene.request("POST", "/"), answer, asked.wrote(), false);
      String text = cookie == null ? "x=y" : new String(cookie, StandardCharsets.US_ASCII);
      fields.add("Cookie: " + text.replaceFirst(";.*", ""));
    }
    RouteQuery query =
        Scene.trusted(
            Scene.request(
                asked.read() ? "GET" : "POST", asked.path(), fields.toArray(String[]::new)));
    query.location =
        new Location(
            asked.continent(),
            asked.country(),
            asked.subdivision(),
            "",
            asked.latitude(),
            asked.longitude(),
            0,
            "");
    query.asn = asked.asn();
    return query;
  }

  private static Scene scene(World world, boolean wrote) {
    Scene scene = Scene.of(yaml(world, wrote), Map.of(file(), new byte[] {6}));
    for (Site site : world.sites()) {
      scene.rtt(site.name(), site.millis());
      switch (site.health()) {
        case UP -> scene.state(site.name(), HealthState.HEALTHY);
        case SUSPECT -> scene.state(site.name(), HealthState.SUSPECT);
        case DOWN -> scene.down(site.name());
      }
    }
    return scene;
  }

  private static RoutingSnapshot snapshot(Scene scene, World world) {
    int count = world.sites().size();
    double[] lags = new double[count];
    long[] positions = new long[count];
    boolean[] lagging = new boolean[count];
    for (int i = 0; i < count; i++) {
      lags[i] = world.sites().get(i).lagMillis();
      positions[i] = Replicas.UNKNOWN;
      lagging[i] = lags[i] > 2000;
    }
    return scene.snapshot().with(new Replicas(lags, positions, new boolean[][] {lagging}));
  }

  private static @Nullable Loads loads(World world) {
    Loads loads = new Loads();
    loads.clear(world.sites().size());
    boolean some = false;
    for (int i = 0; i < world.sites().size(); i++) {
      Site site = world.sites().get(i);
      if (site.load() >= 0) {
        loads.set(i, site.load(), site.soft(), site.hard(), 20);
        some = true;
      }
    }
    return some ? loads : null;
  }

  // ---- the comparison

  private void compare(List<Place> places, int configurations, @Nullable Places geo)
      throws IOException {
    int compared = 0;
    int refused = 0;
    Map<String, Integer> faulty = new HashMap<>();
    for (int round = 0; round < configurations; round++) {
      List<Site> sites = sites();
      List<String> names = sites.stream().map(Site::name).toList();
      World world = new World(sites, walls(names, places), packs(names), way(sites, places));
      boolean wrote = chance(4);
      Scene scene;
      try {
        scene = scene(world, wrote);
      } catch (IllegalArgumentException e) {
        faulty.merge(
            String.valueOf(e.getMessage()).replaceAll(".*?: (\\S+: )?|\\s+", " "), 1, Integer::sum);
        continue; // a file that would not be taken
      }
      RoutingSnapshot snapshot = snapshot(scene, world);
      for (int i = 0; i < REQUESTS; i++) {
        Place place = one(places);
        Asked asked = asked(world, place, wrote);
        Answer right = new Oracle(world, asked).answer();
        RouteQuery query = query(scene, asked);
        if (geo != null && place.address() != null) {
          query.address = InetAddress.getByName(place.address()).getAddress();
          query.location = geo.locate(query.address);
          query.asn = geo.autonomousSystem(query.address).number();
        }
        query.loads = loads(world);
        int at = round;
        for (int draw = 0; draw < 4; draw++) {
          query.random = random.nextLong();
          RouteDecision decision = Router.decide(scene.route(), query, snapshot);
          String text = Scene.text(decision);
          assertTrue(
              right.outcomes().contains(text),
              () -> what(at, world, wrote, asked) + text + "\n expected: " + right.outcomes());
          refused += decision instanceof Forward ? 0 : 1;
        }
        compared++;
        if (asked.force() == null) {
          Map<String, Double> told = Router.explain(scene.route(), query, snapshot).shares();
          shares(right, told, 1e-6, () -> what(at, world, wrote, asked));
        }
        if (round % 100 == 0 && i == 0) {
          drawn(scene, world, asked, wrote, at);
        }
      }
    }
    assertTrue(compared >= 10 * configurations, "compared: " + compared + faulty);
    assertTrue(refused > compared / 20, "refused: " + refused);
  }

  /** Counts what is drawn, without pins, data and loads. */
  private static void drawn(Scene scene, World world, Asked like, boolean wrote, int round) {
    Asked plain =
        new Asked(
            like.continent(),
            like.country(),
            like.subdivision(),
            like.asn(),
            like.latitude(),
            like.longitude(),
            like.read(),
            like.path(),
            null,
            null,
            null,
            null,
            false);
    Way way = world.way();
    if (way.maxLag()) {
      return;
    }
    Answer right = new Oracle(world, plain).answer();
    Map<String, Double> counted = scene.shares(query(scene, plain), DRAWS);
    counted.remove("refused");
    shares(right, counted, 0.015, () -> what(round, world, wrote, plain));
  }

  private static void shares(
      Answer right,
      Map<String, Double> found,
      double within,
      java.util.function.Supplier<String> what) {
    Map<String, Double> all = new TreeMap<>(right.shares());
    found.forEach((name, _) -> all.putIfAbsent(name, 0.0));
    all.forEach((name, share) ->
        assertEquals(
            share,
            found.getOrDefault(name, 0.0),
            within,
            () -> what.get() + name + " of " + found + "\n expected: " + right.shares()));
  }

  private static String what(int round, World world, boolean wrote, Asked asked) {
    return "round " + round + "\n" + yaml(world, wrote) + world.sites() + "\n" + asked + "\n";
  }

  // ---- clients

  @Test
  void decisions_are_what_the_manual_says_for_clients_anywhere() throws IOException {
    List<Place> places = new ArrayList<>();
    places.add(new Place("", "", "", 0, Double.NaN, Double.NaN, null));
    places.add(new Place("EU", "DE", "", 64500, Double.NaN, Double.NaN, null));
    for (int i = 0; i < 200; i++) {
      String country = one(List.of("DE", "FR", "US", "JP", "BR"));
      places.add(
          new Place(
              Map.of("DE", "EU", "FR", "EU", "US", "NA", "JP", "AS", "BR", "SA")
                  .getOrDefault(country, ""),
              country,
              one(List.of("", "BE", "CA", "NY")),
              one(List.of(0L, 64500L, 64501L)),
              random.nextInt(-8900, 8901) / 100.0,
              random.nextInt(-18000, 18000) / 100.0,
              null));
    }
    compare(places, 2_000, null);
  }

  // ---- clients of real ranges: what the databases were made from, and not by reading them

  /** The most specific record of an address; null: none. */
  private static @Nullable JsonNode record(Map<Cidr, JsonNode> networks, byte[] address) {
    return networks.entrySet().stream()
        .filter(e -> e.getKey().contains(address))
        .max(Comparator.comparingInt(e -> e.getKey().prefixLength()))
        .map(Map.Entry::getValue)
        .orElse(null);
  }

  private static Map<Cidr, JsonNode> networks(Path file) throws IOException {
    Map<Cidr, JsonNode> networks = new LinkedHashMap<>();
    for (JsonNode entry : new ObjectMapper().readTree(file.toFile())) {
      entry.properties().forEach(e -> networks.put(Cidr.parse(e.getKey()), e.getValue()));
    }
    return networks;
  }

  @Test
  void decisions_are_what_the_manual_says_for_clients_of_real_ranges() throws Exception {
    Path source = DATA.resolve("source-data");
    Assumptions.assumeTrue(Files.exists(source), "no test databases at " + DATA);
    Map<Cidr, JsonNode> systems = networks(source.resolve("GeoLite2-ASN-Test.json"));
    List<Place> places = new ArrayList<>();
    Map<Cidr, JsonNode> cities = networks(source.resolve("GeoLite2-City-Test.json"));
    for (var entry : cities.entrySet()) {
      String text = entry.getKey().toString().replaceFirst("/.*", "");
      byte[] address = InetAddress.getByName(text).getAddress();
      JsonNode city = Objects.requireNonNull(record(cities, address));
      boolean whole = city.has("location") && city.has("country") && city.has("continent");
      if (whole && city.equals(entry.getValue())) {
        JsonNode system = record(systems, address);
        places.add(
            new Place(
                city.at("/continent/code").asText(),
                city.at("/country/iso_code").asText(),
                city.at("/subdivisions/0/iso_code").asText(),
                system == null ? 0 : system.path("autonomous_system_number").asLong(),
                city.at("/location/latitude").asDouble(),
                city.at("/location/longitude").asDouble(),
                text));
      }
    }
    assertTrue(places.size() > 30, "places: " + places.size());
    String yaml =
        "version: 1\nlisteners: [{ name: p, address: \"127.0.0.1:0\" }]\nregions: [{ name: x,"
            + " endpoints: [{ url: \"http://127.0.0.1:80\" }] }]\ngeo: { city: "
            + DATA.resolve("test-data/GeoLite2-City-Test.mmdb").toAbsolutePath()
            + ", asn: "
            + DATA.resolve("test-data/GeoLite2-ASN-Test.mmdb").toAbsolutePath()
            + " }\n";
    try (GeoService geo = GeoService.open(new ConfigLoader(Map.of()).parse("test", yaml).geo())) {
      compare(places, 500, geo.places());
    }
  }
}
