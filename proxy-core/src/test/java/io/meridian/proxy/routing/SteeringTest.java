package io.meridian.proxy.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.meridian.geo.Location;
import io.meridian.proxy.routing.RouteDecision.Forward;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SteeringTest {
  private static final String WORLD =
      """
      edge: { location: { latitude: 50.11, longitude: 8.68 } }
      regions:
        - { name: eu, location: { latitude: 50.11, longitude: 8.68 }, public_url: "https://eu.a.test", endpoints: [{ url: "http://127.0.0.1:80" }] }
        - { name: us, location: { latitude: 38.95, longitude: -77.45 }, public_url: "https://us.a.test:8443", endpoints: [{ url: "http://127.0.0.2:80" }] }
        - { name: jp, location: { latitude: 35.68, longitude: 139.69 }, endpoints: [{ url: "http://127.0.0.3:80" }] }
      fences: [{ name: not-us, when: { paths: [/eu] }, deny: [us] }]
      routes: [{ name: r, fence: not-us, pin_header: true, steer: { %s } }]
      """;
  private static final Location NEW_YORK =
      new Location("NA", "US", "NY", "New York", 40.7, -74.0, 10, "");
  private static final Location BERLIN = new Location("EU", "DE", "", "", 52.5, 13.4, 10, "");

  private static final String PAGE = "Accept: text/html,application/xml;q=0.9";

  /** Name of the region that the client is sent to; {@code stays}. */
  private static String sent(String steer, RouteQuery query, Location place) {
    return sent(Scene.of(String.format(WORLD, steer)).rtts(1, 95, 230), query, place);
  }

  private static String sent(Scene scene, RouteQuery query, Location place) {
    query.location = place;
    RouteDecision decision = scene.decide(query);
    Steering steering = Objects.requireNonNull(scene.route().steering());
    RoutedRegion to =
        decision instanceof Forward(RegionOrder order, _) ? steering.target(query, order) : null;
    return to == null ? "stays" : to.name();
  }

  @Test
  void a_page_is_sent_where_the_client_gains_enough() {
    assertEquals("us", sent("", Scene.get(PAGE), NEW_YORK));
    assertEquals("stays", sent("", Scene.get(PAGE), BERLIN));
    assertEquals("stays", sent("", Scene.get(PAGE), Location.UNKNOWN));
  }

  @ParameterizedTest
  @CsvSource({
    "'gain: 90ms', us",
    "'gain: 110ms', stays",
    "'gain_ratio: 80%', us",
    "'gain_ratio: 90%', stays"
  })
  void both_bounds_have_to_be_passed(String steer, String expected) {
    assertEquals(expected, sent(steer, Scene.get(PAGE), NEW_YORK));
  }

  @ParameterizedTest
  @CsvSource({
    "documents, GET, 'Accept: text/html', us",
    "documents, HEAD, 'Accept: */*, text/html;q=0.5', us",
    "documents, GET, 'Accept: application/json', stays",
    "documents, GET, 'Accept: */*', stays",
    "documents, GET, 'Sec-Fetch-Mode: navigate', us",
    "documents, GET, 'Sec-Fetch-Mode: cors', stays",
    "documents, POST, 'Accept: text/html', stays",
    "reads, GET, 'Accept: application/json', us",
    "reads, POST, 'Accept: text/html', stays",
    "reads, DELETE, 'Accept: text/html', stays",
    "all, POST, 'Accept: application/json', us",
    "all, GET, 'Upgrade: websocket', us",
  })
  void only_such_requests_are_sent(String which, String method, String field, String expected) {
    RouteQuery query = Scene.request(method, "/", field);
    assertEquals(expected, sent("requests: " + which, query, NEW_YORK));
  }

  @Test
  void a_websocket_is_not_sent() {
    RouteQuery query =
        Scene.get(
            "Connection: upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
    assertEquals("stays", sent("requests: all", query, NEW_YORK));
  }

  @Test
  void a_fence_a_dial_and_bad_health_hold_here_too() {
    assertEquals("stays", sent("", Scene.request("GET", "/eu", PAGE), NEW_YORK));
    assertEquals(
        "stays",
        sent(
            Scene.of(String.format(WORLD, "")).rtts(1, 95, 230).down("us"),
            Scene.get(PAGE),
            NEW_YORK));
    assertEquals(
        "stays",
        sent(
            Scene.of(String.format(WORLD, "").replace("name: us,", "name: us, dial: 0%,"))
                .rtts(1, 95, 230),
            Scene.get(PAGE),
            NEW_YORK));
  }

  @ParameterizedTest
  @ValueSource(strings = {"Cookie: meridian-steered=1", "Cookie: a=b; meridian-steered=x"})
  void who_was_sent_and_came_back_stays(String cookie) {
    assertEquals("stays", sent("", Scene.get(PAGE, cookie), NEW_YORK));
  }

  @Test
  void who_is_bound_to_a_region_stays() {
    RouteQuery query = Scene.trusted(Scene.get(PAGE, "X-Meridian-Prefer-Region: jp"));
    assertEquals("stays", sent("", query, NEW_YORK));
  }

  @Test
  void who_came_by_a_regions_own_address_stays() {
    Scene scene =
        Scene.of(String.format(WORLD, "").replace("https://eu.a.test", "https://a.test"))
            .rtts(1, 95, 230);
    assertEquals("stays", sent(scene, Scene.get(PAGE), NEW_YORK));
  }

  @Test
  void the_path_and_query_stay_and_the_host_changes() {
    Scene scene = Scene.of(String.format(WORLD, "status: 308"));
    Steering steering = Objects.requireNonNull(scene.route().steering());
    RouteQuery query = Scene.request("GET", "/a%20b/?c=d&e=%0d");
    RoutedRegion us = scene.snapshot().regions().get(1);
    assertEquals(
        "https://us.a.test:8443/a%20b/?c=d&e=%0d",
        steering.location(us, Objects.requireNonNull(query.head)));
    assertEquals(308, steering.status());
    assertNotNull(steering.setCookie(true));
  }
}
