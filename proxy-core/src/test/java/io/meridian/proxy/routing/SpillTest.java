package io.meridian.proxy.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Who leaves a region that has enough, and where to. */
class SpillTest {
  private static final String REGIONS =
      """
      regions:
        - { name: near, location: { latitude: 0, longitude: 0 }, endpoints: [{ url: "http://127.0.0.1:80" }] }
        - { name: mid, location: { latitude: 0, longitude: 30 }, endpoints: [{ url: "http://127.0.0.2:80" }] }
        - { name: far, location: { latitude: 0, longitude: 90 }, endpoints: [{ url: "http://127.0.0.3:80" }] }
      """;

  private final Scene scene = Scene.of(REGIONS).rtts(10, 30, 90);
  private final RouteQuery query = loaded(Scene.get());

  private static RouteQuery loaded(RouteQuery query) {
    Loads loads = new Loads();
    loads.clear(3);
    query.loads = loads;
    return query;
  }

  /** Soft limit 100, hard limit 200, 20 ms halfway. */
  private RouteQuery load(int region, double used) {
    java.util.Objects.requireNonNull(query.loads).set(region, used, 100, 200, 20);
    return query;
  }

  @ParameterizedTest
  @CsvSource({
    // load of near, order: moving to mid loses 20 ms
    "0, near > mid > far",
    "99, near > mid > far",
    "100, near > mid > far",
    "149, near > mid > far",
    "150, mid > near > far",
    "199, mid > near > far",
    "200, mid > near > far",
  })
  void a_request_moves_when_the_load_outweighs_what_it_loses(double used, String order) {
    assertEquals(order, scene.order(load(0, used)));
  }

  @Test
  void what_loses_nothing_moves_at_the_soft_limit() {
    scene.rtts(10, 9.9, 90).rtt("near", 9.9);
    assertEquals("mid > near > far", scene.order(load(0, 100)));
  }

  @Test
  void what_loses_more_moves_later() {
    load(1, 100); // mid has no room: far loses 80 ms
    assertEquals("near > mid > far", scene.order(load(0, 179)));
    assertEquals("far > near > mid", scene.order(load(0, 181)));
  }

  @Test
  void a_receiver_is_never_filled_past_its_soft_limit() {
    load(1, 100);
    load(2, 150);
    assertEquals("near > mid > far", scene.order(load(0, 199)));
    assertEquals("capacity 503", scene.order(load(0, 200)));
    assertEquals(0, java.util.Objects.requireNonNull(query.loads).full());
  }

  @Test
  void what_comes_from_a_failed_region_may_use_the_reserve() {
    scene.down("near");
    load(1, 200);
    assertEquals("far > mid", scene.order(load(2, 199)));
    assertEquals("capacity 503", scene.order(load(2, 200)));
  }

  @Test
  void a_region_without_capacity_takes_everything() {
    load(1, 200);
    assertEquals("far > near > mid", scene.order(load(0, 200)));
  }

  @Test
  void suspects_take_nothing_over() {
    scene.state("mid", io.meridian.health.HealthState.SUSPECT);
    assertEquals("far > near > mid", scene.order(load(0, 200)));
  }

  @Test
  void a_region_that_comes_back_takes_over_as_much_as_its_share() {
    Scene returning = Scene.of(REGIONS + "routes: [{ name: r, policy: priority }]\n");
    returning.share("mid", 0.25);
    load(0, 200);
    assertEquals(0.25, returning.shares(query, 10_000).getOrDefault("mid", 0.0), 0.015);
  }

  @Test
  void a_dial_counts_for_what_is_taken_over_too() {
    Scene dialled =
        Scene.of(
            """
            regions:
              - { name: near, endpoints: [{ url: "http://127.0.0.1:80" }] }
              - { name: mid, dial: 30%, endpoints: [{ url: "http://127.0.0.2:80" }] }
              - { name: far, endpoints: [{ url: "http://127.0.0.3:80" }] }
            routes: [{ name: r, policy: priority }]
            """);
    load(0, 200);
    assertEquals(0.3, dialled.shares(query, 10_000).getOrDefault("mid", 0.0), 0.015);
  }

  @Test
  void a_region_for_emergencies_is_the_last_to_take_over() {
    Scene emergency =
        Scene.of(
                """
                regions:
                  - { name: near, endpoints: [{ url: "http://127.0.0.1:80" }] }
                  - { name: spare, dial: 0%, emergency: true, endpoints: [{ url: "http://127.0.0.2:80" }] }
                  - { name: far, endpoints: [{ url: "http://127.0.0.3:80" }] }
                """)
            .rtts(10, 20, 90);
    assertEquals("far > near > spare", emergency.order(load(0, 200)));
    load(2, 100);
    assertEquals("spare > near > far", emergency.order(load(0, 200)));
  }

  @Test
  void writes_with_a_primary_are_refused_rather_than_moved() {
    Scene sun =
        Scene.of(
            REGIONS
                + """
                routes: [{ name: r, policy: follow_the_sun, primary: [near, mid] }]
                """);
    RouteQuery write = loaded(Scene.request("POST", "/"));
    java.util.Objects.requireNonNull(write.loads).set(0, 199, 100, 200, 20);
    assertEquals("near > mid", sun.order(write));
    java.util.Objects.requireNonNull(write.loads).set(0, 200, 100, 200, 20);
    assertEquals("capacity 503", sun.order(write));
  }

  @Test
  void who_asks_for_a_region_leaves_it_last_and_who_insists_never() {
    Scene pinned = Scene.of(REGIONS + "routes: [{ name: r, pin_header: true }]\n").rtts(10, 11, 12);
    RouteQuery prefers = Scene.trusted(loaded(Scene.get("X-Meridian-Prefer-Region: near")));
    RouteQuery insists = Scene.trusted(loaded(Scene.get("X-Meridian-Force-Region: near")));
    for (RouteQuery one : java.util.List.of(prefers, insists)) {
      java.util.Objects.requireNonNull(one.loads).set(0, 199, 100, 200, 20);
    }
    assertEquals("near > mid > far", pinned.order(prefers));
    assertEquals("near", pinned.order(insists));
    for (RouteQuery one : java.util.List.of(prefers, insists)) {
      java.util.Objects.requireNonNull(one.loads).set(0, 200, 100, 200, 20);
    }
    assertEquals("mid > near > far", pinned.order(prefers));
    assertEquals("capacity 503", pinned.order(insists));
  }

  @Test
  void with_geo_those_clients_leave_first_for_whom_the_other_is_hardly_farther() {
    Scene geo = Scene.of(REGIONS + "routes: [{ name: r, policy: geo }]\n");
    load(0, 110); // may lose 2.2 ms: 222 km
    assertEquals("mid > near > far", geo.order(Scene.at(query, 0, 14.5)));
    assertEquals("near > mid > far", geo.order(Scene.at(query, 0, 13.5)));
  }

  @Test
  void a_verdict_tells_the_load_and_where_the_request_went() {
    load(0, 160);
    var verdicts = Router.explain(scene.route(), query, scene.snapshot()).verdicts();
    assertEquals(
        "load 160, soft limit 100, hard limit 200: moved to mid, which loses 20.0 ms, of 30.0 ms"
            + " that may be lost",
        verdicts.stream()
            .filter(verdict -> verdict.filter().equals("capacity"))
            .findFirst()
            .map(Plan.Verdict::detail)
            .orElse(""));
  }
}
