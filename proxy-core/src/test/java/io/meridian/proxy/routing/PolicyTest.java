package io.meridian.proxy.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.geo.GreatCircle;
import io.meridian.health.HealthState;
import io.meridian.proxy.routing.RouteDecision.Forward;
import io.meridian.proxy.routing.RouteDecision.Why;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each policy alone, against answers that are worked out here. */
class PolicyTest {
  private static final List<String> NAMES =
      List.of("dublin", "virginia", "tokyo", "sydney", "sao-paulo", "mumbai");
  private static final double[][] PLACES = {
    {53.34, -6.27},
    {38.95, -77.45},
    {35.68, 139.69},
    {-33.87, 151.21},
    {-23.55, -46.63},
    {19.08, 72.88}
  };

  private static String world(int... biases) {
    StringBuilder yaml = new StringBuilder("regions:\n");
    for (int i = 0; i < NAMES.size(); i++) {
      yaml.append(
          String.format(
              Locale.ROOT,
              "  - { name: %s, location: { latitude: %s, longitude: %s }, bias: %d,"
                  + " endpoints: [{ url: \"http://127.0.0.%d:80\" }] }%n",
              NAMES.get(i),
              PLACES[i][0],
              PLACES[i][1],
              biases.length == 0 ? 0 : biases[i],
              i + 1));
    }
    return yaml.toString();
  }

  private static String three(String routes) {
    return """
    regions:
      - { name: a, endpoints: [{ url: "http://127.0.0.1:80" }] }
      - { name: b, endpoints: [{ url: "http://127.0.0.2:80" }] }
      - { name: c, endpoints: [{ url: "http://127.0.0.3:80" }] }
    routes:
    """
        + routes;
  }

  /** The order by a formula of its own: spherical law of cosines, and the bias as documented. */
  private static String byDistance(double latitude, double longitude, int... biases) {
    List<Integer> order = new ArrayList<>(List.of(0, 1, 2, 3, 4, 5));
    order.sort(
        Comparator.comparingDouble(i -> {
          double d = Math.toRadians(PLACES[i][1] - longitude);
          double p = Math.toRadians(latitude);
          double q = Math.toRadians(PLACES[i][0]);
          double cos = Math.sin(p) * Math.sin(q) + Math.cos(p) * Math.cos(q) * Math.cos(d);
          double km = 6371 * Math.acos(Math.clamp(cos, -1, 1));
          int bias = biases.length == 0 ? 0 : biases[i];
          return bias >= 0 ? km * (1 - bias / 100.0) : km / (1 + bias / 100.0);
        }));
    return order.stream().map(NAMES::get).collect(Collectors.joining(" > "));
  }

  @Test
  void geo_sends_ten_thousand_clients_to_the_nearest_and_then_outwards() {
    Scene scene = Scene.of(world() + "routes: [{ name: r, policy: geo }]\n");
    RoutingSnapshot snapshot = scene.snapshot();
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 10_000; i++) {
      double latitude = Math.toDegrees(Math.asin(random.nextDouble(-1, 1)));
      double longitude = random.nextDouble(-180, 180);
      RouteQuery query = Scene.at(Scene.get(), latitude, longitude);
      String order = Scene.text(Router.decide(scene.route(), query, snapshot));
      assertEquals(byDistance(latitude, longitude), order, latitude + "," + longitude);
    }
  }

  @Test
  void a_bias_draws_or_pushes_clients_as_the_formula_says() {
    int[] biases = {50, -50, 0, 99, -99, 20};
    Scene scene = Scene.of(world(biases) + "routes: [{ name: r, policy: geo }]\n");
    RoutingSnapshot snapshot = scene.snapshot();
    SplittableRandom random = new SplittableRandom(2);
    for (int i = 0; i < 10_000; i++) {
      double latitude = Math.toDegrees(Math.asin(random.nextDouble(-1, 1)));
      double longitude = random.nextDouble(-180, 180);
      RouteQuery query = Scene.at(Scene.get(), latitude, longitude);
      String order = Scene.text(Router.decide(scene.route(), query, snapshot));
      assertEquals(byDistance(latitude, longitude, biases), order, latitude + "," + longitude);
    }
  }

  @Test
  void angles_are_right_to_a_metre_at_any_distance() {
    for (double angle = 1e-6; angle < Math.PI; angle += 1e-4) {
      double line = 2 * Math.sin(angle / 2);
      assertEquals(angle, NearestOrder.angle(line * line), 1 / 6_371_000.0);
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "50, 0.5", "99, 0.01", "-50, 2", "-99, 100", "-20, 1.25"})
  void a_bias_is_a_factor_of_the_distance(int bias, double factor) {
    assertEquals(factor, Bias.factor(bias), 1e-9);
  }

  @Test
  void geo_passes_over_what_is_down_and_puts_the_doubtful_last() {
    Scene scene = Scene.of(world() + "routes: [{ name: r, policy: geo }]\n");
    scene.down("dublin").state("virginia", HealthState.SUSPECT);
    RouteQuery paris = Scene.at(Scene.get(), 48.86, 2.35);
    assertEquals("mumbai > sao-paulo > tokyo > sydney > virginia", scene.order(paris));
    assertEquals(Why.FAILOVER, ((Forward) scene.decide(paris)).why());
  }

  @Test
  void geo_goes_by_latency_where_the_place_is_not_known() {
    Scene scene = Scene.of(world() + "routes: [{ name: r, policy: geo }]\n");
    scene.rtts(90, 80, 10, 70, 60, 50);
    assertEquals(
        "tokyo > mumbai > sao-paulo > sydney > virginia > dublin", scene.order(Scene.get()));
  }

  @Test
  void distances_agree_with_the_great_circle() {
    Scene scene = Scene.of(world() + "routes: [{ name: r, policy: geo }]\n");
    RouteQuery paris = Scene.at(Scene.get(), 48.86, 2.35);
    double km = GreatCircle.kilometres(48.86, 2.35, PLACES[0][0], PLACES[0][1]);
    String verdicts = Router.explain(scene.route(), paris, scene.snapshot()).verdicts().toString();
    assertTrue(
        verdicts.contains(String.format(Locale.ROOT, "place 1, %.0f km from the client", km)),
        verdicts);
  }

  @ParameterizedTest
  @CsvSource({
    "192.0.2.77, 65001, NA, US, CA, c > b", // the longest prefix
    "192.0.2.1,  65001, NA, US, CA, b",
    "203.0.113.1, 65001, NA, US, CA, a > b",
    "203.0.113.1, 1, NA, US, CA, b",
    "203.0.113.1, 1, NA, US, NY, c > a > b",
    "203.0.113.1, 1, NA, US, '', c > a > b",
    "203.0.113.1, 1, NA, CA, QC, a > b",
    "203.0.113.1, 1, EU, CA, CA, a > b", // a subdivision counts only with its country
    "203.0.113.1, 1, EU, DE, BY, b",
    "203.0.113.1, 1, '', '', '', b",
  })
  void geolocation_takes_the_most_specific_rule(
      String ip, long asn, String continent, String country, String subdivision, String order)
      throws Exception {
    Scene scene =
        Scene.of(
            """
            geo: { asn: %s }
            """
                    .formatted(java.nio.file.Files.createTempFile("asn", ".mmdb"))
                + three(
                    """
                      - name: r
                        policy: geolocation
                        geolocation:
                          - { regions: [b] }
                          - { continent: NA, regions: [a] }
                          - { country: [US, MX], regions: [c, a] }
                          - { subdivision: US-CA, regions: b }
                          - { asn: 65001, regions: [a] }
                          - { prefix: 192.0.2.0/24, regions: [b] }
                          - { prefix: 192.0.2.64/26, regions: [c] }
                          - { country: CA, regions: [a] }
                    """));
    RouteQuery query = Scene.from(Scene.get(), continent, country, subdivision);
    query.address = java.net.InetAddress.getByName(ip).getAddress();
    query.asn = asn;
    assertEquals(order, scene.order(query));
  }

  @Test
  void geolocation_without_a_rule_for_all_others_takes_the_routes_regions() {
    Scene scene =
        Scene.of(
            three(
                "  - { name: r, policy: geolocation, geolocation: [{ country: DE, regions: c }] }\n"));
    assertEquals("a > b > c", scene.order(Scene.from(Scene.get(), "EU", "FR", "")));
    assertEquals("c > a > b", scene.order(Scene.from(Scene.get(), "EU", "DE", "")));
    scene.down("c");
    assertEquals("a > b", scene.order(Scene.from(Scene.get(), "EU", "DE", "")));
  }

  @Test
  void weights_hold_over_ten_thousand_requests() {
    Scene scene =
        Scene.of(
            three(
                """
                  - name: r
                    policy: weighted
                    weights: [{ region: a, weight: 70 }, { region: b, weight: 25 }, { region: c, weight: 5 }]
                """));
    Map<String, Double> shares = scene.shares(Scene.get(), 10_000);
    assertEquals(0.70, shares.getOrDefault("a", 0.0), 0.001);
    assertEquals(0.25, shares.getOrDefault("b", 0.0), 0.001);
    assertEquals(0.05, shares.getOrDefault("c", 0.0), 0.001);
    scene.down("b");
    shares = scene.shares(Scene.get(), 10_000);
    assertEquals(70 / 75.0, shares.getOrDefault("a", 0.0), 0.001);
    assertEquals(5 / 75.0, shares.getOrDefault("c", 0.0), 0.001);
    assertEquals("a > c", scene.order(Scene.get()));
  }

  @Test
  void a_weight_of_nothing_is_for_failover() {
    Scene scene =
        Scene.of(
            three(
                "  - { name: r, policy: weighted, weights: [{ region: a, weight: 0 }], regions: [a, b] }\n"));
    assertEquals(Map.of("b", 1.0), Scene.rounded(scene.shares(Scene.get(), 100)));
    assertEquals("b > a", scene.order(Scene.get()));
    scene.down("b");
    assertEquals("a", scene.order(Scene.get()));
  }

  @ParameterizedTest
  @CsvSource({
    "GET, c > a > b",
    "HEAD, c > a > b",
    "OPTIONS, c > a > b",
    "POST, a > b",
    "DELETE, a > b",
    "PUT, a > b"
  })
  void follow_the_sun_reads_from_the_best_and_writes_to_the_primary(String method, String order) {
    Scene scene = Scene.of(three("  - { name: r, policy: follow_the_sun, primary: [a, b] }\n"));
    scene.rtts(20, 90, 10);
    assertEquals(order, scene.order(Scene.request(method, "/")));
  }

  @Test
  void writes_go_to_no_region_that_is_not_primary() {
    Scene scene = Scene.of(three("  - { name: r, policy: follow_the_sun, primary: a }\n"));
    scene.down("a");
    assertEquals("no_healthy_region 503", scene.order(Scene.request("POST", "/")));
    assertEquals("b > c", scene.order(Scene.get()));
  }

  @ParameterizedTest
  @CsvSource({
    "10ms, 10%, 100, 109, 0.5",
    "10ms, 10%, 100, 111, 1",
    "10ms, 10%, 20, 29, 0.5",
    "10ms, 10%, 20, 31, 1",
    "50ms, 0%, 20, 69, 0.5",
    "0s, 0%, 20, 20.1, 1",
    "0s, 50%, 20, 29, 0.5"
  })
  void the_band_is_the_wider_of_time_and_ratio(
      String band, String ratio, double fast, double other, double share) {
    Scene scene =
        Scene.of(
            """
            regions:
              - { name: a, weight: 1, endpoints: [{ url: "http://127.0.0.1:80" }] }
              - { name: b, weight: 1, endpoints: [{ url: "http://127.0.0.2:80" }] }
            routes: [{ name: r, band: %s, band_ratio: %s }]
            """
                .formatted(band, ratio));
    scene.rtts(fast, other);
    assertEquals(share, scene.shares(Scene.get(), 10_000).getOrDefault("a", 0.0), 0.001);
  }

  @Test
  void a_bias_counts_in_the_order_by_latency_too() {
    Scene scene = Scene.of(world(0, 60, 0, 0, 0, 0) + "routes: [{ name: r }]\n");
    scene.rtts(20, 40, 100, 100, 100, 100);
    assertEquals("virginia", ((Forward) scene.decide(Scene.get())).order().first().name());
  }
}
