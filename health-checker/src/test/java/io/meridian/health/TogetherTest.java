package io.meridian.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.ConfigException;
import io.meridian.config.ConfigLoader;
import io.meridian.config.MeridianConfig;
import java.time.InstantSource;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TogetherTest {
  private static final String FILE =
      """
      version: 1
      access_log: off
      listeners: [{ name: l, address: "127.0.0.1:0" }]
      regions:
        - { name: a, endpoints: [{ url: "http://10.0.0.1:80" }] }
        - { name: b, endpoints: [{ url: "http://10.0.0.2:80" }] }
        - { name: c, endpoints: [{ url: "http://10.0.0.3:80" }] }
        - { name: shut, dial: 0%, endpoints: [{ url: "http://10.0.0.4:80" }] }
      health: { http: { path: /healthz } }
      fences: [{ name: eu, when: { client_continent: [EU] }, allow: [a, shut] }]
      routes: [{ name: r, regions: [a, b, shut], fence: eu }, { name: s, match: { paths: [/s] }, regions: [b, c] }]
      """;

  private final MeridianConfig config = config();
  private final Together together = Together.of(config);

  @Test
  void a_region_that_a_fence_leaves_alone_has_no_other() {
    assertFalse(together.eachHasAnother("a", Set.of("a", "b", "c")::contains));
    assertFalse(together.eachHasOne("a", Set.of("b", "c")::contains));
    assertTrue(together.eachHasOne("a", Set.of("a")::contains));
  }

  @Test
  void one_that_is_dialled_off_stands_in_for_nobody() {
    assertFalse(together.eachHasAnother("a", Set.of("a", "b", "c", "shut")::contains));
  }

  @Test
  void a_region_of_several_routes_needs_another_in_each() {
    assertTrue(together.eachHasAnother("b", Set.of("a", "c")::contains));
    assertFalse(together.eachHasAnother("b", Set.of("a")::contains));
    assertFalse(together.eachHasAnother("b", Set.of("c")::contains));
  }

  @Test
  void where_a_fence_leaves_one_region_its_first_sign_of_life_brings_it_back() {
    HealthBoard board = new HealthBoard(InstantSource.system(), _ -> {});
    long now = 1_000_000_000_000L;
    board.configure(config, now);
    EndpointEntry a = board.endpoints().getFirst();
    for (int i = 0; i < 3; i++) {
      now += 100_000_000;
      board.probeFailed(a, now - 1_000_000, true, "connect refused", now);
    }
    assertEquals(HealthState.EJECTED, a.state.state());
    now += 100_000_000;
    board.probeOk(a, now - 1_000_000, 10, 10, now);
    assertEquals(HealthState.PROBATION, a.state.state());
  }

  private static MeridianConfig config() {
    try {
      return new ConfigLoader(Map.of()).parse("test.yaml", FILE);
    } catch (ConfigException e) {
      throw new IllegalStateException(e);
    }
  }
}
