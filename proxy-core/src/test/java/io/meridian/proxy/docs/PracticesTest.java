package io.meridian.proxy.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.Capacity;
import io.meridian.config.ConfigLoader;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.geo.Location;
import io.meridian.health.HealthState;
import io.meridian.health.HealthView;
import io.meridian.health.Prior;
import io.meridian.health.RegionHealth;
import io.meridian.proxy.http.HeadLimits;
import io.meridian.proxy.http.Parse;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.routing.CompiledRoute;
import io.meridian.proxy.routing.Loads;
import io.meridian.proxy.routing.Ranking;
import io.meridian.proxy.routing.RegionOrder;
import io.meridian.proxy.routing.RouteDecision;
import io.meridian.proxy.routing.RouteDecision.Forward;
import io.meridian.proxy.routing.RouteDecision.Refuse;
import io.meridian.proxy.routing.RouteQuery;
import io.meridian.proxy.routing.Router;
import io.meridian.proxy.routing.RoutingRules;
import io.meridian.proxy.routing.RoutingSnapshot;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The tables of the manual's pages about routing: each row is put to the router. */
class PracticesTest {
  private static final Pattern YAML = Pattern.compile("(?ms)^```yaml\\R(.*?)^```");
  private static final Pattern ROW =
      Pattern.compile(
          "(?m)^\\| ([^|]+) \\| ((?:GET|POST|PUT|DELETE) [^|]+) \\| ([^|]+) \\| ([^|]+) \\|$");
  private static final Pattern PLACE =
      Pattern.compile(".*\\((\\w\\w)(?:-(\\w+))?, (\\w\\w), ([-0-9.]+), ([-0-9.]+)\\)");

  @TempDir Path directory;

  static List<Path> pages() throws Exception {
    Path docs = Path.of("").toAbsolutePath().resolve("docs");
    docs = Files.exists(docs) ? docs : Path.of("").toAbsolutePath().resolveSibling("docs");
    try (Stream<Path> files = Files.list(docs)) {
      return files
          .filter(f -> f.getFileName().toString().matches("practice-.*|routing\\.md"))
          .toList();
    }
  }

  @ParameterizedTest
  @MethodSource("pages")
  void every_row_of_a_practice_is_what_the_router_decides(Path page) throws Exception {
    String text = Files.readString(page);
    Matcher yaml = YAML.matcher(text);
    assertTrue(yaml.find(), page + " has a configuration");
    Path file =
        Files.writeString(directory.resolve("m.yaml"), StandIns.local(yaml.group(1), directory));
    MeridianConfig config = new ConfigLoader(Map.of()).load(file);
    Matcher row = ROW.matcher(text);
    int rows = 0;
    while (row.find()) {
      check(config, row.group(1), row.group(2), row.group(3), row.group(4).strip());
      rows++;
    }
    assertFalse(rows < 4, page + " has " + rows + " rows");
  }

  private static void check(
      MeridianConfig file, String client, String request, String state, String expected) {
    Map<String, Double> dials = new HashMap<>();
    Map<String, HealthState> states = new HashMap<>();
    Map<String, Double> loads = new HashMap<>();
    if (!state.equals("all up")) {
      for (String part : state.split(", ", -1)) {
        String[] words = part.split(" ", -1);
        switch (words[1]) {
          case "down" -> states.put(words[0], HealthState.EJECTED);
          case "suspect" -> states.put(words[0], HealthState.SUSPECT);
          case "has" -> loads.put(words[0], Double.valueOf(words[2]));
          default -> dials.put(words[0], Double.valueOf(words[2].replace("%", "")));
        }
      }
    }
    MeridianConfig config = file.withDials(dials);
    List<RegionHealth> health = new ArrayList<>();
    for (Region region : config.regions()) {
      double millis =
          Math.exp(Prior.between(config.edge().location(), region.location()).logMean());
      HealthState now = states.getOrDefault(region.name(), HealthState.HEALTHY);
      health.add(new RegionHealth(region.name(), now, 1, millis, 0.3, 5, 0, "", List.of()));
    }
    RoutingSnapshot routing =
        new Ranking((_, _) -> 0)
            .next(RoutingRules.compile(config), new HealthView(1, health, false, true), 0);
    RouteQuery query = query(client, request);
    query.loads = loads(config, loads);
    String what = client + " " + request + ", " + state;
    CompiledRoute route =
        Objects.requireNonNull(routing.routes().match(Objects.requireNonNull(query.head)), what);
    if (!expected.contains("%")) {
      assertEquals(expected, text(Router.decide(route, query, routing)), what);
      return;
    }
    Map<String, Double> shares = new TreeMap<>();
    for (int i = 0; i < 10_000; i++) {
      query.random += 0x9e3779b97f4a7c15L;
      String lead = text(Router.decide(route, query, routing)).replaceFirst(" .*", "");
      shares.merge(lead, 0.01, Double::sum);
    }
    for (String share : expected.split(", ", -1)) {
      String[] words = share.split("% ", -1);
      double found = shares.getOrDefault(words[1], 0.0);
      assertEquals(Double.parseDouble(words[0]), found, 1.5, what + ": " + shares);
    }
    assertEquals(expected.split(", ", -1).length, shares.size(), what + ": " + shares);
  }

  private static @Nullable Loads loads(MeridianConfig config, Map<String, Double> used) {
    Loads loads = new Loads();
    loads.clear(config.regions().size());
    for (int i = 0; i < config.regions().size(); i++) {
      Region region = config.regions().get(i);
      Capacity limits = region.capacity();
      if (limits != null) {
        double load = used.getOrDefault(region.name(), 0.0);
        loads.set(i, load, limits.soft(), limits.hard(), limits.spillLoss().toNanos() / 1e6);
      }
    }
    return used.isEmpty() ? null : loads;
  }

  private static RouteQuery query(String client, String request) {
    RouteQuery query = new RouteQuery();
    query.trusted = request.endsWith(" (trusted)");
    String[] parts = request.replace(" (trusted)", "").split(" \\+ ", -1);
    String text = parts[0] + " HTTP/1.1\r\nHost: a.test\r\n";
    text += parts.length > 1 ? parts[1] + "\r\n\r\n" : "\r\n";
    RequestHead head = new RequestHead(new HeadLimits(8192, 32768, 100));
    assertEquals(
        Parse.DONE, head.feed(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII)), text);
    query.head = head;
    query.safe = head.safe();
    query.repeatable = head.idempotent();
    Matcher place = PLACE.matcher(client);
    if (place.matches()) {
      String subdivision = place.group(2) == null ? "" : place.group(2);
      query.location =
          new Location(
              place.group(3),
              place.group(1),
              subdivision,
              "",
              Double.parseDouble(place.group(4)),
              Double.parseDouble(place.group(5)),
              10,
              "");
    }
    return query;
  }

  private static String text(RouteDecision decision) {
    return switch (decision) {
      case Forward(RegionOrder order, _) -> order.toString();
      case Refuse(_, int status) -> Integer.toString(status);
    };
  }
}
