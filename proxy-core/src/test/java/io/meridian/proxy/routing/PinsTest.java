package io.meridian.proxy.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.health.HealthState;
import io.meridian.proxy.routing.RouteDecision.Forward;
import io.meridian.proxy.routing.RouteDecision.Why;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What asks for one region: affinity, canaries, trusted fields. */
class PinsTest {
  @TempDir Path directory;

  private static final String REGIONS =
      """
      regions:
        - { name: a, location: { latitude: 50, longitude: 0 }, endpoints: [{ url: "http://127.0.0.1:80" }] }
        - { name: b, location: { latitude: 52, longitude: 0 }, endpoints: [{ url: "http://127.0.0.2:80" }] }
        - { name: c, location: { latitude: 70, longitude: 0 }, endpoints: [{ url: "http://127.0.0.3:80" }] }
      fences: [{ name: f, when: { client_country: [DE] }, allow: [b, c], status: 451 }]
      """;

  private Scene sticky(String key, String more) throws IOException {
    Path file = Files.writeString(directory.resolve("key"), key);
    String route = "routes: [{ name: r, affinity: { key_file: " + file + " }" + more + " }]\n";
    return Scene.of(REGIONS + route, Map.of(file, key.getBytes(StandardCharsets.UTF_8)))
        .rtts(10, 50, 90);
  }

  private static @Nullable String answer(Scene scene, RouteQuery query, String region) {
    byte[] set = scene.route().setCookie(query, region, false);
    return set == null ? null : new String(set, StandardCharsets.US_ASCII);
  }

  /** The cookie that a client has after an answer from this region. */
  private static String cookie(Scene scene, String region) {
    RouteQuery query = Scene.get();
    scene.decide(query);
    String set = answer(scene, query, region);
    return "Cookie: x=1; " + (set == null ? "" : set.substring(0, set.indexOf(';'))) + "; y=2";
  }

  @Test
  void the_first_answer_sets_a_cookie_that_scripts_do_not_see() throws IOException {
    Scene scene = sticky("secret", "");
    RouteQuery query = Scene.get();
    assertEquals("a > b > c", scene.order(query));
    String set = String.valueOf(answer(scene, query, "a"));
    assertTrue(
        set.matches(
            "meridian-region=a\\.[A-Za-z0-9_-]{22}; Path=/; Max-Age=86400; HttpOnly; SameSite=Lax"),
        set);
    byte[] secure = scene.route().setCookie(query, "a", true);
    assertEquals(
        set + "; Secure", secure == null ? "" : new String(secure, StandardCharsets.US_ASCII));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ", policy: geo", ", policy: priority", ", policy: weighted"})
  void a_cookie_keeps_its_region_while_that_is_up(String policy) throws IOException {
    Scene scene = sticky("secret", policy);
    String cookie = cookie(scene, "c");
    RouteQuery query = Scene.at(Scene.get(cookie), 50, 0);
    assertEquals("c > a > b", scene.order(query));
    assertEquals(Why.PINNED, ((Forward) scene.decide(query)).why());
    assertNull(answer(scene, query, "c"));
    assertNull(answer(scene, query, "a"), "one failed attempt moves no client");
    scene.state("c", HealthState.SUSPECT);
    assertEquals("c > a > b", scene.order(query));
    scene.down("c");
    assertEquals("a > b", scene.order(query));
    assertTrue(String.valueOf(answer(scene, query, "a")).startsWith("meridian-region=a."));
  }

  @Test
  void it_breaks_where_a_fence_forbids_the_region() throws IOException {
    Scene scene = sticky("secret", ", fence: f");
    RouteQuery query = Scene.from(Scene.get(cookie(scene, "a")), "EU", "DE", "");
    assertEquals("b > c", scene.order(query));
    assertEquals(
        "a > b > c", scene.order(Scene.from(Scene.get(cookie(scene, "a")), "EU", "FR", "")));
  }

  @Test
  void a_cookie_that_was_not_signed_here_is_none() throws IOException {
    Scene scene = sticky("secret", "");
    Scene other = sticky("another", "");
    String good = cookie(scene, "c");
    String signature = good.substring(good.indexOf("c.") + 2, good.indexOf("; y"));
    for (String cookie :
        new String[] {
          cookie(other, "c"),
          "Cookie: meridian-region=c",
          "Cookie: meridian-region=c.",
          "Cookie: meridian-region=b." + signature,
          "Cookie: meridian-region=c." + signature + "x",
          "Cookie: meridian-region=",
          "Cookie: xmeridian-region=c." + signature,
          "Cookie: =;;; ;meridian-region",
        }) {
      assertEquals("a > b > c", scene.order(Scene.get(cookie)), cookie);
    }
    assertEquals("c > a > b", scene.order(Scene.get("Cookie: z", "Cookie:" + good.substring(7))));
  }

  @Test
  void clients_of_one_prefix_share_a_region_and_the_others_are_spread() {
    Scene scene =
        Scene.of(REGIONS + "routes: [{ name: r, affinity: { by: client } }]\n").rtts(10, 50, 90);
    Map<String, String> homes = homes(scene);
    Map<String, Integer> counts = new TreeMap<>();
    homes.values().forEach(home -> counts.merge(home, 1, Integer::sum));
    counts.forEach((region, count) -> assertEquals(1_000, count, 120, region));
    scene.down("b");
    Map<String, String> without = homes(scene);
    homes.forEach((client, home) -> {
      String now = String.valueOf(without.get(client));
      if (home.equals("b")) {
        assertNotEquals("b", now);
      } else {
        assertEquals(home, now, client);
      }
    });
    scene.state("b", HealthState.HEALTHY);
    assertEquals(homes, homes(scene));
    assertEquals(home(scene, 7, 9), home(scene, 7, 200), "within a /24");
  }

  private static Map<String, String> homes(Scene scene) {
    Map<String, String> homes = new HashMap<>();
    for (int i = 0; i < 3_000; i++) {
      homes.put("client " + i, home(scene, i, 1));
    }
    return homes;
  }

  private static String home(Scene scene, int network, int host) {
    RouteQuery query = Scene.get();
    query.address = new byte[] {10, (byte) (network >> 8), (byte) network, (byte) host};
    return ((Forward) scene.decide(query)).order().first().name();
  }

  @Test
  void dials_and_weights_bind_clients_of_prefixes_too() {
    Scene scene =
        Scene.of(
            """
            regions:
              - { name: a, dial: 50%, endpoints: [{ url: "http://127.0.0.1:80" }] }
              - { name: b, weight: 3, endpoints: [{ url: "http://127.0.0.2:80" }] }
            routes: [{ name: r, affinity: { by: client } }]
            """);
    double a = homes(scene).values().stream().filter("a"::equals).count();
    assertEquals(3_000 / 4.0 / 2, a, 60);
  }

  @Test
  void a_canary_takes_requests_by_field_by_cookie_and_by_chance() {
    Scene scene =
        Scene.of(
                REGIONS
                    + """
                    routes:
                      - name: r
                        canary:
                          region: c
                          header: { name: X-Canary, value: "yes" }
                          cookie: { name: beta }
                          percent: 20%
                    """)
            .rtts(10, 50, 1);
    RouteQuery plain = Scene.get();
    assertEquals(0.2, scene.shares(plain, 10_000).getOrDefault("c", 0.0), 0.001);
    assertEquals(0.8, scene.shares(plain, 10_000).getOrDefault("a", 0.0), 0.001);
    plain.random = -1;
    assertEquals("a > b", scene.order(plain), "it serves no others");
    for (String field : new String[] {"x-canary: yes", "Cookie: a=b; beta=1"}) {
      RouteQuery query = Scene.get(field);
      query.random = -1;
      assertEquals("c > a > b", scene.order(query), field);
      assertEquals(Why.CANARY, ((Forward) scene.decide(query)).why());
    }
    RouteQuery no = Scene.get("x-canary: no");
    no.random = -1;
    assertEquals("a > b", scene.order(no));
    scene.down("c");
    assertEquals("a > b", scene.order(Scene.get("x-canary: yes")));
    assertEquals(1.0, scene.shares(plain, 1_000).getOrDefault("a", 0.0), 1e-6);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "policy: geo,"})
  void trusted_proxies_prefer_or_force_a_region_and_nobody_else_does(String policy) {
    Scene scene =
        Scene.of(REGIONS + "routes: [{ name: r, " + policy + " fence: f, pin_header: true }]\n")
            .rtts(10, 50, 90);
    String prefer = "X-Meridian-Prefer-Region: c";
    String force = "X-Meridian-Force-Region: c";
    assertEquals("a > b > c", scene.order(french(prefer)));
    assertEquals("a > b > c", scene.order(french(force)));
    assertEquals("c > a > b", scene.order(Scene.trusted(french(prefer))));
    assertEquals("c", scene.order(Scene.trusted(french(force))));
    scene.down("c");
    assertEquals("a > b", scene.order(Scene.trusted(french(prefer))));
    assertEquals("no_healthy_region 503", scene.order(Scene.trusted(french(force))));
    String forceA = "X-Meridian-Force-Region: a";
    RouteQuery german = Scene.from(Scene.trusted(Scene.get(forceA)), "EU", "DE", "");
    assertEquals("fence 451", scene.order(german));
    assertEquals(
        "forced_elsewhere 503",
        scene.order(Scene.trusted(french("X-Meridian-Force-Region: nowhere"))));
    assertEquals("a > b", scene.order(Scene.trusted(french("X-Meridian-Prefer-Region: nowhere"))));
  }

  private static RouteQuery french(String field) {
    return Scene.at(Scene.get(field), 50, 0);
  }

  @Test
  void cookies_are_found_wherever_they_stand() {
    SplittableRandom random = new SplittableRandom(3);
    byte[] name = FieldMatch.bytes("id");
    for (int i = 0; i < 10_000; i++) {
      StringBuilder line = new StringBuilder("Cookie: ");
      String wanted = null;
      int count = random.nextInt(5);
      for (int j = 0; j < count; j++) {
        String[] names = {"id", "idx", "xid", "i"};
        String cookie = names[random.nextInt(4)];
        String value = "v" + random.nextInt(100);
        wanted = wanted == null && cookie.equals("id") ? value : wanted;
        line.append(j == 0 ? "" : random.nextBoolean() ? "; " : ";").append(cookie).append('=');
        line.append(value);
      }
      RouteQuery query = Scene.get(line.toString());
      var head = java.util.Objects.requireNonNull(query.head);
      long found = Cookies.find(head, name);
      String value = found < 0 ? null : head.text((int) (found >>> 32), (int) found);
      assertEquals(wanted, value, line.toString());
    }
  }
}
