package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.ConfigException;
import io.meridian.config.ConfigLoader;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.health.HealthState;
import io.meridian.health.HealthView;
import io.meridian.health.RegionHealth;
import io.meridian.proxy.admin.ControlRefused;
import io.meridian.proxy.admin.ControlRequest;
import io.meridian.proxy.admin.ControlRequest.Action;
import io.meridian.proxy.admin.Event;
import io.meridian.proxy.routing.RoutingRules;
import io.meridian.proxy.telemetry.Counters;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SafetyRulesTest {
  private final List<Event> events = new ArrayList<>();
  private final ControlBoard board =
      new ControlBoard(InstantSource.fixed(Instant.EPOCH), new Counters(), events::add);
  private String controls = "{ pause: 10s, drain_over: 20s, max_ttl: 1h }";
  private String routes = "[{ name: all }]";
  private Set<String> down = Set.of();
  private boolean selfSuspect;
  private long now;

  private MeridianConfig config() {
    try {
      return new ConfigLoader(Map.of())
          .parse(
              "test",
              """
              version: 1
              admin: { controls: %s }
              listeners: [{ name: public, address: "127.0.0.1:0" }]
              regions:
                - { name: a, endpoints: [{ url: "http://127.0.0.1:1" }] }
                - { name: b, endpoints: [{ url: "http://127.0.0.1:2" }] }
                - { name: c, dial: 50%%, endpoints: [{ url: "http://127.0.0.1:3" }] }
              fences: [{ name: ab, when: { client_country: [DE] }, allow: [a, b] }]
              routes: %s
              """
                  .formatted(controls, routes));
    } catch (ConfigException e) {
      throw new AssertionError(e);
    }
  }

  private HealthView health() {
    List<RegionHealth> regions =
        config().regions().stream()
            .map(region ->
                new RegionHealth(
                    region.name(),
                    down.contains(region.name()) ? HealthState.EJECTED : HealthState.HEALTHY,
                    1,
                    10,
                    0,
                    1,
                    0,
                    "",
                    List.of()))
            .toList();
    return new HealthView(1, regions, selfSuspect, true);
  }

  private void ask(Action action, String region, int percent, @Nullable Duration ttl)
      throws ControlRefused {
    board.apply(
        new ControlRequest(region, action, percent, ttl, "ann", "test"),
        RoutingRules.compile(config()),
        health(),
        now);
  }

  private void ask(Action action, String region) throws ControlRefused {
    ask(action, region, 0, action == Action.CLEAR ? null : Duration.ofMinutes(5));
  }

  private void refused(String rule, Action action, String region) {
    assertEquals(rule, assertThrows(ControlRefused.class, () -> ask(action, region)).rule());
  }

  private void pass(long seconds) {
    now += TimeUnit.SECONDS.toNanos(seconds);
  }

  private int dial(String region) {
    Region found =
        config().regions().stream().filter(r -> r.name().equals(region)).findFirst().orElseThrow();
    return ControlBoard.percent(board.controls().dial(found, now));
  }

  @Test
  void a_drain_goes_little_by_little_and_down_at_once() throws Exception {
    ask(Action.DRAIN, "a");
    assertEquals(100, dial("a"));
    pass(10);
    assertEquals(50, dial("a"));
    pass(10);
    assertEquals(0, dial("a"));
    ask(Action.DOWN, "b");
    assertEquals(0, dial("b"));
    assertEquals(50, dial("c"));
  }

  @Test
  void the_last_regions_stay() throws Exception {
    controls = "{ min_regions: 2, pause: 0s }";
    ask(Action.DOWN, "a");
    refused("min_regions", Action.DOWN, "b");
    refused("min_regions", Action.DRAIN, "c");
    ask(Action.UP, "c");
    ask(Action.CLEAR, "a");
    ask(Action.DOWN, "b");
  }

  @Test
  void a_region_that_is_ejected_does_not_count_and_may_be_taken_out_itself() throws Exception {
    controls = "{ pause: 0s }";
    down = Set.of("a", "b");
    refused("min_regions", Action.DOWN, "c");
    ask(Action.DOWN, "a");
  }

  @Test
  void where_no_region_is_up_none_is_taken_out() {
    down = Set.of("a", "b", "c");
    refused("min_regions", Action.DOWN, "a");
  }

  @Test
  void every_route_and_fence_keeps_a_region() throws Exception {
    controls = "{ pause: 0s }";
    routes = "[{ name: all, fence: ab }, { name: only, match: { paths: [/c] }, regions: [c] }]";
    refused("routes", Action.DOWN, "c");
    ask(Action.DOWN, "a");
    refused("routes", Action.DOWN, "b");
  }

  @Test
  void between_two_changes_there_is_a_pause_but_not_before_taking_one_back() throws Exception {
    ask(Action.DOWN, "a");
    pass(9);
    refused("pause", Action.DOWN, "b");
    ask(Action.UP, "a");
    pass(1);
    ask(Action.DOWN, "b");
  }

  @Test
  void an_edge_that_doubts_itself_takes_nothing_out() throws Exception {
    selfSuspect = true;
    refused("self_suspect", Action.DRAIN, "a");
    ask(Action.UP, "c");
  }

  @Test
  void no_control_holds_too_long() {
    ControlRefused refusal =
        assertThrows(ControlRefused.class, () -> ask(Action.DRAIN, "a", 0, Duration.ofMinutes(61)));
    assertEquals("max_ttl", refusal.rule());
  }

  @Test
  void a_control_ends_by_itself_and_that_is_told() throws Exception {
    board.tick(config(), now);
    ask(Action.DIAL, "a", 30, Duration.ofMinutes(5));
    assertTrue(board.tick(config(), now));
    assertEquals(30, dial("a"));
    pass(299);
    assertFalse(board.tick(config(), now));
    pass(1);
    assertTrue(board.tick(config(), now));
    assertEquals(100, dial("a"));
    assertNull(board.controls().of("a"));
    assertEquals(2, events.size());
    assertEquals("30 %", events.get(1).from());
    assertTrue(events.get(1).cause().contains("ended"), events.toString());
  }

  @Test
  void an_unknown_region_is_named() {
    assertThrows(IllegalArgumentException.class, () -> ask(Action.DRAIN, "nowhere"));
    assertDoesNotThrow(() -> ask(Action.DRAIN, "a"));
  }
}
