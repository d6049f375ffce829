package io.meridian.proxy.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Weights, dials, fences, outages, full regions and sticky clients at once, against shares that are
 * worked out here by other means.
 */
class CollisionTest {
  private static final List<String> NAMES = List.of("a", "b", "c", "d");
  private static final Map<String, Integer> WEIGHTS = Map.of("a", 4, "b", 3, "c", 2, "d", 1);
  private static final int DRAWS = 10_000;

  /** One combination; {@code full} has as much as it can take. */
  private record Case(String down, String denied, int dial, String full, String policy) {
    String yaml() {
      StringBuilder yaml = new StringBuilder("regions:\n");
      for (int i = 0; i < NAMES.size(); i++) {
        String name = NAMES.get(i);
        yaml.append("  - { name: ").append(name);
        yaml.append(", weight: ").append(WEIGHTS.get(name));
        yaml.append(", dial: ").append(name.equals("b") ? dial : 100);
        yaml.append("%, endpoints: [{ url: \"http://127.0.0.").append(i + 1).append(":80\" }] }\n");
      }
      String deny = denied.isEmpty() ? "" : ", fence: [f]";
      if (!denied.isEmpty()) {
        yaml.append("fences: [{ name: f, deny: [").append(denied).append("] }]\n");
      }
      if (policy.equals("groups")) {
        yaml.append("groups: [{ name: g, policy: weighted, members: [a, b, c, d] }]\n");
        return yaml.append("routes: [{ name: r, policy: groups, group: g").append(deny) + " }]\n";
      }
      return yaml.append("routes: [{ name: r, policy: ").append(policy).append(deny) + " }]\n";
    }

    boolean may(String name) {
      return !name.equals(down) && !name.equals(denied) && !(name.equals("b") && dial == 0);
    }

    double dial(String name) {
      return name.equals("b") ? dial / 100.0 : 1;
    }
  }

  private static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (String policy : List.of("weighted", "latency", "groups")) {
      for (String down : List.of("", "a", "b", "d")) {
        for (String denied : List.of("", "a", "c")) {
          for (int dial : List.of(100, 50, 0)) {
            for (String full : List.of("", "a", "c")) {
              cases.add(new Case(down, denied, dial, full, policy));
            }
          }
        }
      }
    }
    return cases;
  }

  /** Each takes its weight's part of what its dial lets it; the undialled share the rest. */
  private static Map<String, Double> leads(Case one) {
    double all = NAMES.stream().filter(one::may).mapToInt(WEIGHTS::get).sum();
    double undialled =
        NAMES.stream().filter(n -> one.may(n) && one.dial(n) == 1).mapToInt(WEIGHTS::get).sum();
    Map<String, Double> leads = new LinkedHashMap<>();
    double rest = 1;
    for (String name : NAMES) {
      if (one.may(name)) {
        double part = WEIGHTS.getOrDefault(name, 0) / all * one.dial(name);
        leads.put(name, part);
        rest -= part;
      }
    }
    for (String name : NAMES) {
      if (undialled > 0 && one.may(name) && one.dial(name) == 1) {
        leads.merge(name, rest * WEIGHTS.getOrDefault(name, 0) / undialled, Double::sum);
      }
    }
    return leads;
  }

  /** What a full region is due goes to the heaviest other one, by its dial, else to the next. */
  private static Map<String, Double> expected(Case one) {
    Map<String, Double> shares = new HashMap<>(leads(one));
    Double due = shares.remove(one.full());
    double left = due == null ? 0 : due;
    for (String name : NAMES) {
      if (left > 0 && !name.equals(one.full()) && one.may(name)) {
        double taken = left * one.dial(name);
        shares.merge(name, taken, Double::sum);
        left -= taken;
      }
    }
    double given = shares.values().stream().mapToDouble(Double::doubleValue).sum();
    shares.put("refused", 1 - given);
    return shares;
  }

  @Test
  void shares_are_as_worked_out_by_hand_whatever_collides() {
    for (Case one : cases()) {
      Scene scene = Scene.of(one.yaml()).rtts(10, 10, 10, 10);
      if (!one.down().isEmpty()) {
        scene.down(one.down());
      }
      RouteQuery query = Scene.get();
      Loads loads = new Loads();
      loads.clear(NAMES.size());
      if (!one.full().isEmpty()) {
        loads.set(NAMES.indexOf(one.full()), 100, 50, 100, 20);
      }
      query.loads = loads;
      Map<String, Double> found = scene.shares(query, DRAWS);
      Map<String, Double> wanted = expected(one);
      TreeSet<String> names = new TreeSet<>(found.keySet());
      names.addAll(wanted.keySet());
      for (String name : names) {
        assertEquals(
            wanted.getOrDefault(name, 0.0),
            found.getOrDefault(name, 0.0),
            0.015,
            () -> one + ", " + name + ": " + found + " (expected: " + wanted + ")");
      }
    }
  }

  @Test
  void a_client_keeps_its_region_until_that_is_full_and_comes_back_to_it() {
    Scene scene =
        Scene.of(
            """
            regions:
              - { name: a, endpoints: [{ url: "http://127.0.0.1:80" }] }
              - { name: b, endpoints: [{ url: "http://127.0.0.2:80" }] }
              - { name: c, endpoints: [{ url: "http://127.0.0.3:80" }] }
            fences: [{ name: f, deny: [c] }]
            routes: [{ name: r, affinity: { by: client }, fence: [f] }]
            """);
    int[] homes = new int[3];
    for (int i = 0; i < 200; i++) {
      RouteQuery query = Scene.get();
      query.address = new byte[] {10, (byte) i, 0, 1};
      Loads loads = new Loads();
      loads.clear(3);
      query.loads = loads;
      String home = scene.order(query).substring(0, 1);
      int index = "abc".indexOf(home);
      homes[index]++;
      String other = home.equals("a") ? "b" : "a";
      loads.set(index, 99, 50, 100, 20);
      assertEquals(home + " > " + other, scene.order(query), "below the hard limit it stays");
      loads.set(index, 100, 50, 100, 20);
      assertEquals(other + " > " + home, scene.order(query), "at it, it goes where it may");
      loads.set(1 - index, 50, 50, 100, 20);
      assertEquals("capacity 503", scene.order(query), "and never past the fence");
      loads.clear(3);
      assertEquals(home + " > " + other, scene.order(query));
    }
    assertEquals(0, homes[2]);
    assertEquals(100, homes[0], 30);
  }
}
