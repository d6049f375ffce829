package io.meridian.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.Health;
import io.meridian.config.Region;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class HealthBoardTest {
  private static final long MILLI = 1_000_000;

  private final List<HealthEvent> events = new ArrayList<>();
  private final HealthBoard board = new HealthBoard(InstantSource.system(), events::add);
  private long now = 5_000 * MILLI;

  @Test
  void a_region_lives_as_long_as_one_of_its_endpoints_does() {
    configure(Configs.HEALTHZ, region("a", 2), region("b", 1));
    for (int i = 0; i < 3; i++) {
      board.failure("a", "a0.test:80", Outcome.CONNECT_FAILED, now);
    }
    RegionHealth a = board.view(now).regions().getFirst();
    assertEquals(HealthState.HEALTHY, a.state());
    assertEquals(HealthState.EJECTED, a.endpoints().getFirst().state());
    assertEquals(HealthState.HEALTHY, a.endpoints().getLast().state());
    assertTrue(events.stream().noneMatch(e -> e.endpoint().isEmpty()), "no change of a region");
  }

  @Test
  void where_only_reports_are_wanted_traffic_ejects_nobody_and_probes_still_do() {
    board.configure(
        Configs.config(
            null,
            Configs.reporting(Configs.health(Configs.HEALTHZ)),
            List.of(region("a", 1), region("b", 1))),
        now);
    for (int i = 0; i < 6; i++) {
      board.failure("a", "a0.test:80", Outcome.RESET, now);
    }
    assertEquals(HealthState.SUSPECT, board.view(now).regions().getFirst().state());
    List<HealthEvent> reported = events.stream().filter(HealthEvent::hypothetical).toList();
    assertEquals(1, reported.size(), "it is told once");
    assertEquals(HealthState.EJECTED, reported.getFirst().to());
    EndpointEntry a = board.endpoints().getFirst();
    for (int i = 0; i < 3; i++) {
      now += 1_000 * MILLI;
      board.probeFailed(a, now, true, "connect refused", now);
    }
    assertEquals(HealthState.EJECTED, board.view(now).regions().getFirst().state());
  }

  @Test
  void another_configuration_keeps_what_stays_and_another_check_must_bring_it_back() {
    configure(Configs.HEALTHZ, region("a", 1), region("b", 1));
    for (int i = 0; i < 3; i++) {
      board.failure("a", "a0.test:80", Outcome.RESET, now);
    }
    configure(Configs.HEALTHZ, region("c", 1), region("a", 1), region("b", 1));
    assertEquals(HealthState.EJECTED, board.view(now).regions().get(1).state());
    configure(new Health.Tcp(), region("a", 1), region("b", 1));
    assertEquals(HealthState.EJECTED, board.view(now).regions().getFirst().state());
    for (int i = 0; i < 5; i++) {
      now += 100 * MILLI;
      board.probeOk(board.endpoints().getFirst(), now - MILLI, 1, 1, now);
    }
    assertEquals(HealthState.PROBATION, board.view(now).regions().getFirst().state());
  }

  @Test
  void fifty_reloads_bring_no_region_back_that_no_probe_has_seen_alive() {
    configure(Configs.HEALTHZ, region("a", 1), region("b", 1));
    for (int i = 0; i < 3; i++) {
      board.failure("a", "a0.test:80", Outcome.CONNECT_FAILED, now);
    }
    for (int i = 0; i < 50; i++) {
      now += 1_000 * MILLI;
      Health.Check check = i % 5 == 4 ? new Health.Tcp() : Configs.HEALTHZ;
      configure(check, region("a", 1), region("b", 1), region("c" + i, 1));
      board.tick(now);
      assertEquals(
          HealthState.EJECTED, board.view(now).regions().getFirst().state(), "reload " + i);
    }
  }

  @Test
  void the_first_round_is_done_when_all_were_measured_or_failed_or_had_their_time() {
    configure(Configs.HEALTHZ, region("a", 1), region("b", 1));
    List<EndpointEntry> endpoints = board.endpoints();
    board.probeFailed(endpoints.getLast(), now, true, "connect refused", now);
    board.probeOk(endpoints.getFirst(), now, 300, 600, now);
    board.tick(now);
    assertFalse(board.view(now).firstRoundDone());
    assertEquals(0, board.view(now).regions().getFirst().samples(), "of a cold start");
    assertTrue(endpoints.getFirst().takeRepeat(), "a second probe at once");
    board.probeOk(endpoints.getFirst(), now, 12, 24, now);
    board.tick(now);
    assertTrue(board.view(now).firstRoundDone());
    assertEquals(1, board.view(now).regions().getFirst().samples());
    assertFalse(endpoints.getFirst().takeRepeat());
    configure(Configs.HEALTHZ, region("z", 1));
    now += 1200 * MILLI;
    board.tick(now);
    assertTrue(board.view(now).firstRoundDone());
  }

  @Test
  void without_a_configuration_no_first_round_is_done() {
    board.tick(now);
    assertFalse(board.view(now).firstRoundDone());
  }

  @Test
  void when_another_time_is_measured_estimates_start_anew_and_states_stay() {
    configure(Configs.HEALTHZ, region("a", 1), region("b", 1));
    EndpointEntry b = board.endpoints().getLast();
    for (int i = 0; i < 4; i++) {
      board.probeOk(b, now, 0.2, 30, now);
    }
    for (int i = 0; i < 3; i++) {
      board.failure("a", "a0.test:80", Outcome.RESET, now);
    }
    board.configure(
        Configs.config(
            null,
            Configs.health(Configs.HEALTHZ, Health.Measure.FIRST_BYTE),
            List.of(region("a", 1), region("b", 1))),
        now);
    List<RegionHealth> regions = board.view(now).regions();
    assertEquals(HealthState.EJECTED, regions.getFirst().state());
    assertEquals(0, regions.getLast().samples());
    board.probeOk(b, now, 27, 30, now);
    assertEquals(27, board.view(now).regions().getLast().estimateMillis(), 3);
  }

  @Test
  void what_is_not_configured_is_ignored() {
    configure(Configs.HEALTHZ, region("a", 1));
    board.failure("a", "gone.test:80", Outcome.RESET, now);
    board.traffic("gone", "a0.test:80", 1, 0, 1, 1, now);
    board.failure("a", "a0.test:80", Outcome.SUCCESS, now);
    assertTrue(events.isEmpty());
  }

  @Test
  void traffic_alone_never_ejects_the_last_region() {
    for (int seed = 0; seed < 2000; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      HealthBoard fresh = new HealthBoard(InstantSource.system(), _ -> {});
      List<Region> regions = new ArrayList<>();
      int count = 1 + random.nextInt(4);
      for (int i = 0; i < count; i++) {
        regions.add(region("r" + i, 1 + random.nextInt(3)));
      }
      fresh.configure(Configs.config(null, Configs.health(Configs.HEALTHZ), regions), now);
      for (int i = 0; i < 100; i++) {
        now += random.nextInt(400) * MILLI;
        EndpointEntry e = any(fresh, random);
        switch (random.nextInt(4)) {
          case 0 -> fresh.probeOk(e, now - random.nextInt(50) * MILLI, 10, 20, now);
          case 1 -> fresh.tick(now);
          default ->
              fresh.failure(
                  e.key.region(),
                  e.key.endpoint(),
                  random.nextBoolean() ? Outcome.RESET : Outcome.OVERDUE,
                  now);
        }
        assertTrue(
            fresh.view(now).regions().stream().anyMatch(r -> r.state().usable()), "seed " + seed);
      }
    }
  }

  @Test
  void shares_and_states_agree_whatever_happens() {
    configure(Configs.HEALTHZ, region("a", 2), region("b", 1), region("c", 3));
    SplittableRandom random = new SplittableRandom(11);
    for (int i = 0; i < 50_000; i++) {
      now += random.nextInt(300) * MILLI;
      EndpointEntry e = any(board, random);
      switch (random.nextInt(5)) {
        case 0 -> board.probeFailed(e, now - 10 * MILLI, random.nextBoolean(), "status 503", now);
        case 1 -> board.failure(e.key.region(), e.key.endpoint(), Outcome.OVERDUE, now);
        case 2 -> board.traffic(e.key.region(), e.key.endpoint(), 5, 0, Math.log(30), 5, now);
        case 3 -> board.tick(now);
        default -> board.probeOk(e, now - 10 * MILLI, 10, 20, now);
      }
      for (RegionHealth r : board.view(now).regions()) {
        assertTrue(r.share() >= 0 && r.share() <= 1, r::toString);
        assertEquals(r.state().usable(), r.share() > 0, r::toString);
        assertEquals(r.state().usable(), r.endpoints().stream().anyMatch(x -> x.state().usable()));
        assertTrue(r.estimateMillis() > 0 && r.logDeviation() >= 0, r::toString);
      }
    }
  }

  private static EndpointEntry any(HealthBoard board, SplittableRandom random) {
    List<EndpointEntry> all = board.endpoints();
    return all.get(random.nextInt(all.size()));
  }

  private void configure(Health.Check check, Region... regions) {
    board.configure(Configs.config(null, Configs.health(check), List.of(regions)), now);
  }

  private static Region region(String name, int endpoints) {
    String[] urls = new String[endpoints];
    for (int i = 0; i < endpoints; i++) {
      urls[i] = "http://" + name + i + ".test:80";
    }
    return Configs.region(name, null, urls);
  }
}
