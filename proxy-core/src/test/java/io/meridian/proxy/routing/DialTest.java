package io.meridian.proxy.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.proxy.routing.RouteDecision.Forward;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What dials let regions have: as first choice, in failover, in an emergency. */
class DialTest {
  private static Scene scene(String a, String b, String c, String route) {
    return Scene.of(
            """
            regions:
              - { name: a, %s, location: { latitude: 50, longitude: 0 }, endpoints: [{ url: "http://127.0.0.1:80" }] }
              - { name: b, %s, location: { latitude: 52, longitude: 0 }, endpoints: [{ url: "http://127.0.0.2:80" }] }
              - { name: c, %s, location: { latitude: 70, longitude: 0 }, endpoints: [{ url: "http://127.0.0.3:80" }] }
            routes: [{ name: r, %s }]
            """
                .formatted(a, b, c, route))
        .rtts(10, 50, 90);
  }

  private static RouteQuery client() {
    return Scene.at(Scene.get(), 50, 0);
  }

  private static double of(Map<String, Double> shares, String name) {
    return shares.getOrDefault(name, 0.0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"policy: latency", "policy: geo", "policy: priority"})
  void what_a_region_declines_is_offered_to_the_next(String policy) {
    Map<String, Double> shares =
        scene("dial: 30%", "dial: 50%", "dial: 100%", policy).shares(client(), 10_000);
    assertEquals(0.30, of(shares, "a"), 0.005);
    assertEquals(0.35, of(shares, "b"), 0.005);
    assertEquals(0.35, of(shares, "c"), 0.005);
  }

  @ParameterizedTest
  @ValueSource(strings = {"policy: latency", "policy: geo", "policy: priority"})
  void a_dial_holds_in_failover(String policy) {
    Scene scene = scene("dial: 100%", "dial: 40%", "dial: 0%", policy).down("a");
    Map<String, Double> shares = scene.shares(client(), 10_000);
    assertEquals(0.40, of(shares, "b"), 0.005);
    assertEquals(0.60, of(shares, "refused"), 0.005);
  }

  @ParameterizedTest
  @ValueSource(strings = {"policy: latency", "policy: geo", "policy: priority"})
  void a_dial_holds_for_the_attempt_behind_the_first(String policy) {
    Scene scene = scene("dial: 100%", "dial: 40%", "dial: 100%", policy);
    RoutingSnapshot snapshot = scene.snapshot();
    RouteQuery query = client();
    int second = 0;
    for (int i = 0; i < 10_000; i++) {
      query.random += 0x9e3779b97f4a7c15L;
      RegionOrder order = ((Forward) Router.decide(scene.route(), query, snapshot)).order();
      assertEquals("a", order.first().name());
      assertTrue(order.size() >= 2);
      second += order.get(1).name().equals("b") ? 1 : 0;
    }
    assertEquals(4_000, second, 150);
  }

  @ParameterizedTest
  @ValueSource(strings = {"policy: latency", "policy: geo", "policy: priority"})
  void in_an_emergency_a_region_takes_what_is_left(String policy) {
    Scene scene =
        scene("dial: 100%", "dial: 40%, emergency: true", "dial: 0%, emergency: true", policy);
    assertEquals(Map.of("a", 1.0), Scene.rounded(scene.shares(client(), 1_000)));
    scene.down("a");
    assertEquals(Map.of("b", 1.0), Scene.rounded(scene.shares(client(), 1_000)));
    scene.down("b");
    assertEquals("c", scene.order(client()));
  }

  @Test
  void one_at_nothing_stands_last_in_an_emergency_and_nowhere_otherwise() {
    assertEquals(
        "b > c > a",
        scene("dial: 0%, emergency: true", "dial: 100%", "dial: 100%", "policy: priority")
            .order(client()));
    assertEquals(
        "b > c", scene("dial: 0%", "dial: 100%", "dial: 100%", "policy: priority").order(client()));
  }

  @Test
  void a_dial_takes_its_part_of_a_weight_and_the_others_get_the_rest() {
    Map<String, Double> shares =
        scene("weight: 50, dial: 50%", "weight: 25", "weight: 25", "policy: weighted")
            .shares(client(), 10_000);
    assertEquals(0.25, of(shares, "a"), 0.005);
    assertEquals(0.375, of(shares, "b"), 0.005);
    assertEquals(0.375, of(shares, "c"), 0.005);
  }

  @Test
  void a_region_that_comes_back_slowly_takes_what_nobody_else_can() {
    Scene scene = scene("dial: 100%", "dial: 0%", "dial: 0%", "policy: priority").share("a", 0.1);
    assertEquals(Map.of("a", 1.0), Scene.rounded(scene.shares(client(), 1_000)));
    scene = scene("dial: 50%", "dial: 0%", "dial: 0%", "policy: priority").share("a", 0.1);
    assertEquals(0.5, of(scene.shares(client(), 10_000), "a"), 0.005);
  }

  @Test
  void fence_dial_failover_and_canary_meet() {
    Scene scene =
        Scene.of(
            """
            regions:
              - { name: eu1, endpoints: [{ url: "http://127.0.0.1:80" }] }
              - { name: eu2, dial: 50%, endpoints: [{ url: "http://127.0.0.2:80" }] }
              - { name: us1, endpoints: [{ url: "http://127.0.0.3:80" }] }
              - { name: eu-canary, endpoints: [{ url: "http://127.0.0.4:80" }] }
            fences: [{ name: gdpr, when: { client_continent: [EU] }, deny: [us1], status: 451 }]
            routes:
              - { name: r, fence: gdpr, policy: priority, canary: { region: eu-canary, percent: 10% } }
            """);
    RouteQuery eu = Scene.from(Scene.get(), "EU", "DE", "");
    Map<String, Double> shares = scene.shares(eu, 10_000);
    assertEquals(0.9, of(shares, "eu1"), 0.005);
    assertEquals(0.1, of(shares, "eu-canary"), 0.005);
    scene.down("eu1");
    shares = scene.shares(eu, 10_000);
    assertEquals(0.45, of(shares, "eu2"), 0.005);
    assertEquals(0.1, of(shares, "eu-canary"), 0.005);
    assertEquals(0.45, of(shares, "refused"), 0.005);
    scene.down("eu-canary").down("eu2");
    assertEquals("no_healthy_region 451", scene.order(eu));
    assertEquals("us1", scene.order(Scene.from(Scene.get(), "NA", "US", "")));
  }
}
