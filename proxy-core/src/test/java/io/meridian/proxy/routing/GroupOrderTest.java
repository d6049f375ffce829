package io.meridian.proxy.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.meridian.proxy.routing.RouteDecision.Forward;
import io.meridian.proxy.routing.RouteDecision.Why;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Groups within groups, in order, by latency and by weight. */
class GroupOrderTest {
  private static final String REGIONS =
      """
      regions:
        - { name: eu1, endpoints: [{ url: "http://127.0.0.1:80" }] }
        - { name: eu2, endpoints: [{ url: "http://127.0.0.2:80" }] }
        - { name: eu3, endpoints: [{ url: "http://127.0.0.3:80" }] }
        - { name: us1, weight: 3, endpoints: [{ url: "http://127.0.0.4:80" }] }
        - { name: us2, weight: 1, endpoints: [{ url: "http://127.0.0.5:80" }] }
        - { name: ap1, endpoints: [{ url: "http://127.0.0.6:80" }] }
      """;
  private static final String GROUPS =
      """
      groups:
        - { name: world, members: [eu, us, ap1] }
        - { name: eu, members: [eu1, eu2, eu3], policy: latency, min_healthy: 2 }
        - { name: us, members: [us1, us2], policy: weighted, min_healthy: 50% }
      routes: [{ name: r, policy: groups, group: world }]
      """;

  private static Scene world() {
    return Scene.of(REGIONS + GROUPS).rtts(30, 10, 20, 1, 2, 3);
  }

  @Test
  void within_a_group_its_own_policy_orders_and_the_next_group_stands_behind() {
    assertEquals("eu2 > eu3 > eu1 > us1 > us2 > ap1", world().order(Scene.get()));
  }

  @Test
  void a_group_with_enough_members_goes_on() {
    assertEquals("eu3 > eu1 > us1 > us2 > ap1", world().down("eu2").order(Scene.get()));
  }

  @Test
  void a_group_with_too_few_is_passed_over_and_comes_last() {
    Scene scene = world().down("eu2").down("eu3");
    assertEquals(0.75, scene.shares(Scene.get(), 10_000).getOrDefault("us1", 0.0), 0.015);
    assertEquals(0.25, scene.shares(Scene.get(), 10_000).getOrDefault("us2", 0.0), 0.015);
    RouteQuery query = Scene.get();
    assertEquals("us1 > us2 > ap1 > eu1", scene.order(query));
    assertEquals(Why.FAILOVER, scene.decide(query) instanceof Forward(_, Why why) ? why : null);
  }

  @Test
  void when_all_groups_are_passed_over_what_is_left_still_serves() {
    Scene scene = world().down("eu2").down("eu3").down("us1").down("us2").down("ap1");
    assertEquals("eu1", scene.order(Scene.get()));
  }

  @Test
  void the_regions_of_the_leaders_group_come_first_behind_it() {
    Scene scene = world().down("eu1").down("eu2");
    RouteQuery query = Scene.get();
    query.random = -1; // us2
    assertEquals("us2 > us1 > ap1 > eu3", scene.order(query));
  }

  @Test
  void a_drained_member_counts_as_not_well() {
    Scene scene =
        Scene.of(
                REGIONS
                        .replace("name: eu1,", "name: eu1, dial: 0%,")
                        .replace("name: eu2,", "name: eu2, dial: 0%,")
                    + GROUPS)
            .rtts(30, 10, 20, 1, 2, 3);
    assertEquals("us1 > us2 > ap1 > eu3", scene.order(Scene.get()));
  }

  @Test
  void a_fence_leaves_a_group_as_well_as_it_is() {
    Scene scene =
        Scene.of(
                REGIONS
                    + GROUPS.replace("group: world", "group: world, fence: [one]")
                    + "fences: [{ name: one, allow: [eu1, us2] }]\n")
            .rtts(30, 10, 20, 1, 2, 3);
    assertEquals("eu1 > us2", scene.order(Scene.get()));
    scene.down("eu2").down("eu3");
    assertEquals("us2 > eu1", scene.order(Scene.get()));
    scene.down("eu1").down("us2");
    assertEquals("no_healthy_region 503", scene.order(Scene.get()));
  }

  @Test
  void groups_among_groups_divide_by_weight() {
    Scene scene =
        Scene.of(
            REGIONS
                + """
                groups:
                  - { name: all, members: [one, two], policy: weighted }
                  - { name: one, members: [eu1, eu2], policy: weighted, weight: 4 }
                  - { name: two, members: [us1, us2], policy: weighted, weight: 1 }
                routes: [{ name: r, policy: groups, group: all }]
                """);
    assertEquals(
        Map.of("eu1", 0.4, "eu2", 0.4, "us1", 0.15, "us2", 0.05),
        Scene.rounded(scene.shares(Scene.get(), 10_000)));
  }

  @Test
  void groups_by_latency_stand_by_their_fastest_region() {
    Scene scene =
        Scene.of(
                REGIONS
                    + """
                    groups:
                      - { name: all, members: [one, two], policy: latency }
                      - { name: one, members: [eu1, eu2] }
                      - { name: two, members: [us1, us2], policy: latency }
                    routes: [{ name: r, policy: groups, group: all, band: 0s, band_ratio: 0% }]
                    """)
            .rtts(50, 20, 9, 30, 25, 9);
    assertEquals("eu1 > eu2 > us2 > us1", scene.order(Scene.get()));
    assertEquals("us2 > us1 > eu1", scene.down("eu2").order(Scene.get()));
  }

  @Test
  void a_verdict_names_the_groups_and_what_they_lack() {
    Scene scene = world().down("eu2").down("eu3");
    assertEquals(
        "in world > eu; eu is passed over: 1 of 3 well, 2 needed",
        Router.explain(scene.route(), Scene.get(), scene.snapshot()).verdicts().stream()
            .filter(verdict -> verdict.filter().equals("groups") && !verdict.kept())
            .findFirst()
            .map(Plan.Verdict::detail)
            .orElse(""));
  }
}
