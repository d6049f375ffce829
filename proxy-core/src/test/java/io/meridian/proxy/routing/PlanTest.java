package io.meridian.proxy.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.health.HealthState;
import io.meridian.proxy.routing.RouteDecision.Forward;
import io.meridian.proxy.routing.RouteDecision.Reason;
import io.meridian.proxy.routing.RouteDecision.Refuse;
import io.meridian.proxy.routing.RouteDecision.Why;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class PlanTest {
  private static final Ordering LATENCY = new Ordering.Fastest(10, 0.1);
  private static final Ordering PRIORITY = new Ordering.Listed(Why.PRIORITY, "as listed");
  private static final List<HealthState> STATES = List.of(HealthState.values());

  private final Map<String, RoutedRegion> regions = new LinkedHashMap<>();

  private void region(
      String name,
      HealthState state,
      double share,
      double dial,
      @Nullable Integer weight,
      double millis) {
    regions.put(
        name,
        new RoutedRegion(
            regions.size(),
            name,
            state,
            share,
            dial,
            false,
            false,
            weight,
            0,
            null,
            millis,
            5,
            List.of()));
  }

  private void healthy(String name, double millis) {
    region(name, HealthState.HEALTHY, 1, 1, null, millis);
  }

  private Plan plan(Ordering ordering) {
    List<String> names = List.copyOf(regions.keySet());
    return PlanBuilder.build(PlanKey.of(ordering, names, Map.of(), 503), regions, null);
  }

  private static Choice repeatable(Plan plan) {
    return choice(plan, true);
  }

  private static Choice unrepeatable(Plan plan) {
    return choice(plan, false);
  }

  private static Choice choice(Plan plan, boolean repeatable) {
    RouteQuery query = new RouteQuery();
    query.repeatable = repeatable;
    return plan.choice(query);
  }

  private static RouteDecision draw(Choice choice, long bits) {
    return choice.draw((bits >>> 11) * 0x1p-53);
  }

  private static Forward first(Choice choice) {
    return (Forward) choice.draw(0);
  }

  /** How often each region comes first in 10,000 draws. */
  private static Map<String, Double> shares(Choice choice) {
    Map<String, Double> shares = new HashMap<>();
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < 10_000; i++) {
      Forward drawn = (Forward) draw(choice, random.nextLong());
      shares.merge(drawn.order().first().name(), 1e-4, Double::sum);
    }
    return shares;
  }

  @Test
  void the_fastest_comes_first_and_the_others_follow_in_order() {
    healthy("slow", 90);
    healthy("fast", 10);
    healthy("middle", 50);
    Forward decision = first(repeatable(plan(LATENCY)));
    assertEquals("fast > middle > slow", decision.order().toString());
    assertEquals(Why.FASTEST, decision.why());
  }

  @Test
  void priority_keeps_the_order_of_the_route() {
    healthy("slow", 90);
    healthy("fast", 10);
    Forward decision = first(repeatable(plan(PRIORITY)));
    assertEquals("slow > fast", decision.order().toString());
    assertEquals(Why.PRIORITY, decision.why());
  }

  @Test
  void a_suspect_goes_last_and_an_ejected_one_not_at_all() {
    region("ejected", HealthState.EJECTED, 0, 1, null, 1);
    region("suspect", HealthState.SUSPECT, 1, 1, null, 5);
    healthy("far", 100);
    Forward decision = first(repeatable(plan(LATENCY)));
    assertEquals("far > suspect", decision.order().toString());
    assertEquals(Why.FAILOVER, decision.why());
  }

  @Test
  void a_suspect_alone_still_serves() {
    region("suspect", HealthState.SUSPECT, 1, 1, null, 5);
    assertEquals("suspect", first(unrepeatable(plan(LATENCY))).order().toString());
  }

  @Test
  void weights_divide_what_is_equally_near() {
    region("a", HealthState.HEALTHY, 1, 1, 3, 10);
    region("b", HealthState.HEALTHY, 1, 1, 1, 15);
    region("far", HealthState.HEALTHY, 1, 1, 9, 100);
    Map<String, Double> shares = shares(repeatable(plan(LATENCY)));
    assertEquals(0.75, shares.getOrDefault("a", 0.0), 0.015);
    assertEquals(0.25, shares.getOrDefault("b", 0.0), 0.015);
    assertEquals(2, shares.size());
  }

  @Test
  void a_region_that_comes_back_gets_its_share_and_the_next_the_rest() {
    region("back", HealthState.PROBATION, 0.3, 1, null, 10);
    region("dialled", HealthState.HEALTHY, 1, 0.5, null, 20);
    healthy("last", 30);
    Map<String, Double> shares = shares(repeatable(plan(LATENCY)));
    assertEquals(0.3, shares.getOrDefault("back", 0.0), 0.015);
    assertEquals(0.35, shares.getOrDefault("dialled", 0.0), 0.015);
    assertEquals(0.35, shares.getOrDefault("last", 0.0), 0.015);
  }

  @Test
  void a_request_that_cannot_be_repeated_avoids_a_region_that_just_came_back() {
    region("back", HealthState.PROBATION, 0.3, 1, null, 10);
    healthy("well", 30);
    assertEquals(Map.of("well", 1.0), rounded(shares(unrepeatable(plan(LATENCY)))));
  }

  @Test
  void it_avoids_it_among_weighted_regions_too() {
    region("back", HealthState.PROBATION, 0.3, 1, 5, 10);
    region("well", HealthState.HEALTHY, 1, 1, 5, 11);
    assertEquals(Map.of("well", 1.0), rounded(shares(unrepeatable(plan(LATENCY)))));
    assertEquals(2, shares(repeatable(plan(LATENCY))).size());
  }

  private static Map<String, Double> rounded(Map<String, Double> shares) {
    Map<String, Double> result = new HashMap<>();
    shares.forEach((name, share) -> result.put(name, Math.round(share * 1e6) / 1e6));
    return result;
  }

  @Test
  void refusals_say_which_filter_left_nothing() {
    region("down", HealthState.EJECTED, 0, 1, null, 1);
    assertEquals(new Refuse(Reason.NO_HEALTHY_REGION, 503), repeatable(plan(LATENCY)).draw(0));
    regions.clear();
    region("off", HealthState.HEALTHY, 1, 0, null, 1);
    assertEquals(new Refuse(Reason.DIALLED_OFF, 503), repeatable(plan(LATENCY)).draw(0));
    PlanKey fenced = PlanKey.of(LATENCY, List.of("off"), Map.of("off", "home"), 451);
    assertEquals(
        new Refuse(Reason.FENCE, 451),
        repeatable(PlanBuilder.build(fenced, regions, null)).draw(0));
  }

  @Test
  void no_decision_leaves_its_fence_or_names_what_is_down() {
    Random random = new Random(42);
    for (int round = 0; round < 100_000; round++) {
      regions.clear();
      List<String> names = new ArrayList<>();
      List<String> allowed = new ArrayList<>();
      int size = 1 + random.nextInt(6);
      boolean allDialled = true;
      boolean wellExists = false;
      for (int i = 0; i < size; i++) {
        String name = "r" + i;
        HealthState state = STATES.get(random.nextInt(STATES.size()));
        double share =
            state == HealthState.PROBATION ? random.nextDouble() : state.usable() ? 1 : 0;
        double dial = random.nextInt(4) == 0 ? random.nextInt(3) / 2.0 : 1;
        Integer weight = random.nextBoolean() ? null : Integer.valueOf(random.nextInt(4));
        region(name, state, share, dial, weight, 1 + random.nextInt(60));
        names.add(name);
        if (random.nextInt(3) > 0) {
          allowed.add(name);
          allDialled &= state != HealthState.HEALTHY || dial == 1;
          wellExists |= state == HealthState.HEALTHY && dial == 1 && (weight == null || weight > 0);
        }
      }
      Ordering policy = random.nextBoolean() ? LATENCY : PRIORITY;
      Map<String, String> forbidden = new HashMap<>();
      names.stream().filter(n -> !allowed.contains(n)).forEach(n -> forbidden.put(n, "fence"));
      String leader = random.nextBoolean() ? null : "r" + random.nextInt(size);
      PlanKey key = PlanKey.of(policy, names, forbidden, 451);
      Plan plan = PlanBuilder.build(key, regions, leader);
      for (int draw = 0; draw < 4; draw++) {
        long bits = random.nextLong();
        assertLawful(round, draw(repeatable(plan), bits), allowed);
        assertLawful(round, draw(unrepeatable(plan), bits), allowed);
        if (wellExists
            && allDialled
            && draw(unrepeatable(plan), bits) instanceof Forward(RegionOrder order, _)) {
          RoutedRegion lead = order.first();
          boolean shaky =
              lead.state() == HealthState.SUSPECT
                  || (lead.state() == HealthState.PROBATION && lead.share() < 0.5);
          assertTrue(!shaky, "round " + round + ": " + order);
        }
      }
    }
  }

  private void assertLawful(int round, RouteDecision decision, List<String> allowed) {
    if (decision instanceof Forward(RegionOrder order, _)) {
      HashSet<String> seen = new HashSet<>();
      for (int i = 0; i < order.size(); i++) {
        RoutedRegion region = order.get(i);
        String what = "round " + round + ": " + region.name() + " in " + order;
        assertTrue(allowed.contains(region.name()), what);
        assertTrue(region.state().usable() && region.dial() > 0, what);
        assertTrue(seen.add(region.name()), what);
      }
    } else {
      boolean usable =
          allowed.stream()
              .map(regions::get)
              .anyMatch(r -> r != null && r.state().usable() && r.share() > 0 && r.dial() == 1);
      assertTrue(!usable, "round " + round + ": refused, though a region is up");
    }
  }
}
