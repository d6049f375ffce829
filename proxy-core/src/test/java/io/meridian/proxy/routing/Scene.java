package io.meridian.proxy.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.meridian.config.ConfigException;
import io.meridian.config.ConfigLoader;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.geo.Location;
import io.meridian.health.HealthState;
import io.meridian.health.HealthView;
import io.meridian.health.RegionHealth;
import io.meridian.proxy.http.HeadLimits;
import io.meridian.proxy.http.Parse;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.routing.RouteDecision.Forward;
import io.meridian.proxy.routing.RouteDecision.Refuse;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A configuration, the state of its regions, and requests. */
final class Scene {
  private static final String LISTENERS =
      "version: 1\nlisteners: [{ name: public, address: \"127.0.0.1:0\" }]\n";

  private final MeridianConfig config;
  private final RoutingRules rules;
  private final Map<String, HealthState> states = new HashMap<>();
  private final Map<String, Double> shares = new HashMap<>();
  private final Map<String, Double> millis = new HashMap<>();

  Scene(MeridianConfig config, Map<Path, byte[]> keys) {
    this.config = config;
    this.rules = RoutingRules.compile(config, keys);
  }

  /** The rest of a configuration file behind its listeners. */
  static Scene of(String yaml) {
    return of(yaml, Map.of());
  }

  static Scene of(String yaml, Map<Path, byte[]> keys) {
    try {
      return new Scene(new ConfigLoader(Map.of()).parse("test", LISTENERS + yaml), keys);
    } catch (ConfigException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  Scene state(String region, HealthState state) {
    states.put(region, state);
    return this;
  }

  Scene down(String region) {
    return state(region, HealthState.EJECTED);
  }

  Scene share(String region, double share) {
    shares.put(region, share);
    return state(region, HealthState.PROBATION);
  }

  Scene rtt(String region, double value) {
    millis.put(region, value);
    return this;
  }

  Scene rtts(double... values) {
    for (int i = 0; i < values.length; i++) {
      rtt(config.regions().get(i).name(), values[i]);
    }
    return this;
  }

  RoutingSnapshot snapshot() {
    List<RegionHealth> health = new ArrayList<>();
    for (Region region : config.regions()) {
      String name = region.name();
      HealthState state = states.getOrDefault(name, HealthState.HEALTHY);
      double share = state == HealthState.EJECTED ? 0 : shares.getOrDefault(name, 1.0);
      double rtt = millis.getOrDefault(name, 100.0);
      health.add(new RegionHealth(name, state, share, rtt, 0.3, 5, 0, "", List.of()));
    }
    return new Ranking((_, _) -> 0).next(rules, new HealthView(1, health, false, true), 0);
  }

  CompiledRoute route() {
    return rules.routes().routes().getFirst();
  }

  RouteDecision decide(RouteQuery query) {
    return Router.decide(route(), query, snapshot());
  }

  /** The order, or the reason of a refusal and its status. */
  String order(RouteQuery query) {
    return text(decide(query));
  }

  static String text(RouteDecision decision) {
    return switch (decision) {
      case Forward(RegionOrder order, _) -> order.toString();
      case Refuse(RouteDecision.Reason reason, int status) -> reason.label() + " " + status;
    };
  }

  /** How often each region comes first in so many requests, as live ones draw; and refusals. */
  Map<String, Double> shares(RouteQuery query, int requests) {
    RoutingSnapshot snapshot = snapshot();
    Map<String, Double> counts = new TreeMap<>();
    long turn = 0x1234_5678_9abcL;
    for (int i = 0; i < requests; i++) {
      query.random = turn += 0x9e3779b97f4a7c15L;
      String lead =
          Router.decide(route(), query, snapshot) instanceof Forward(RegionOrder order, _)
              ? order.first().name()
              : "refused";
      counts.merge(lead, 1.0 / requests, Double::sum);
    }
    return counts;
  }

  /** A GET from nowhere. */
  static RouteQuery get(String... fields) {
    return request("GET", "/", fields);
  }

  static RouteQuery request(String method, String path, String... fields) {
    StringBuilder text = new StringBuilder(method + " " + path + " HTTP/1.1\r\nHost: a.test\r\n");
    for (String field : fields) {
      text.append(field).append("\r\n");
    }
    RequestHead head = new RequestHead(new HeadLimits(8192, 32768, 100));
    assertEquals(
        Parse.DONE, head.feed(Unpooled.copiedBuffer(text + "\r\n", StandardCharsets.ISO_8859_1)));
    RouteQuery query = new RouteQuery();
    query.head = head;
    query.safe = head.safe();
    query.repeatable = head.idempotent();
    return query;
  }

  static RouteQuery from(RouteQuery query, String continent, String country, String subdivision) {
    query.location =
        new Location(continent, country, subdivision, "", Double.NaN, Double.NaN, 0, "");
    return query;
  }

  static RouteQuery at(RouteQuery query, double latitude, double longitude) {
    query.location = new Location("EU", "XX", "", "", latitude, longitude, 10, "");
    return query;
  }

  static RouteQuery trusted(RouteQuery query) {
    query.trusted = true;
    return query;
  }

  static Map<String, Double> rounded(Map<String, Double> shares) {
    return shares.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, e -> Math.round(e.getValue() * 100) / 100.0));
  }
}
