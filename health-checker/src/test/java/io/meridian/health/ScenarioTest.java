package io.meridian.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The whole behaviour in virtual time: four regions, 12, 90, 200 and 230 ms away. */
class ScenarioTest {
  private static final double FAULT = 10_000;

  private final Simulation world = new Simulation(7, 12, 90, 200, 230);
  private final Simulation.Place near = world.places.getFirst();

  @Test
  void without_a_fault_nothing_happens() {
    world.run(60_000);
    assertEquals(0, world.moves(1000));
    assertEquals(0, world.unserved(0, 60_000));
    assertTrue(world.events.isEmpty(), () -> "events: " + world.events);
    assertEquals(12, world.region("r0").estimateMillis(), 1);
  }

  @Test
  void the_times_of_a_cold_start_are_not_believed() {
    Simulation fresh = new Simulation(7, 0.3, 12, 90);
    fresh.coldMillis = 120;
    fresh.run(900);
    assertTrue(fresh.view.firstRoundDone());
    assertEquals(0.3, fresh.region("r0").estimateMillis(), 0.3);
    assertEquals(12, fresh.region("r1").estimateMillis(), 5);
    assertEquals(90, fresh.region("r2").estimateMillis(), 5);
    assertTrue(fresh.events.isEmpty(), () -> "events: " + fresh.events);
  }

  @Test
  void endpoints_that_hang_do_not_hold_up_the_first_round() {
    near.fault.drops = true;
    world.run(1200);
    assertTrue(world.view.firstRoundDone());
    assertEquals(0, world.region("r0").samples());
    assertTrue(world.region("r1").samples() > 0);
  }

  @Test
  void a_killed_region_is_left_at_once_and_taken_back_within_two_seconds() {
    world.at(FAULT, () -> near.fault.refuses = true);
    world.at(FAULT + 12_000, () -> near.fault.refuses = false);
    world.run(FAULT + 20_000);
    assertTrue(
        world.servedBy("r1", FAULT) < FAULT + 50, () -> "left: " + world.servedBy("r1", FAULT));
    assertTrue(
        world.unserved(FAULT, FAULT + 12_000) <= 5,
        () -> "failed: " + world.unserved(FAULT, 30_000));
    double back = world.servedBy("r0", FAULT + 12_000) - FAULT - 12_000;
    System.out.printf("kill: back after %.0f ms%n", back);
    assertTrue(back < 2000, () -> "back after " + back + " ms");
    assertEquals(0, world.unserved(FAULT + 12_000, FAULT + 20_000));
    assertEquals(2, world.moves(1000));
  }

  @Test
  void a_black_hole_is_left_when_the_first_requests_are_overdue() {
    world.at(FAULT, () -> near.fault.drops = true);
    world.at(FAULT + 8000, () -> near.fault.drops = false);
    world.run(FAULT + 15_000);
    assertTrue(
        world.servedBy("r1", FAULT) < FAULT + 100, () -> "left: " + world.servedBy("r1", FAULT));
    double back = world.servedBy("r0", FAULT + 8000) - FAULT - 8000;
    System.out.printf("black hole: back after %.0f ms%n", back);
    assertTrue(back < 2000, () -> "back after " + back + " ms");
    assertEquals(2, world.moves(1000));
  }

  @Test
  void a_region_that_is_up_and_down_every_two_seconds_moves_traffic_three_times_at_most() {
    flap(2000, 5);
    double back = world.servedBy("r0", FAULT + 18_000) - FAULT - 18_000;
    System.out.printf("flapping 2 s: back %.0f ms after the last start%n", back);
    assertTrue(back < 4500, () -> "back after " + back + " ms");
    assertTrue(movesUntil(FAULT + 18_000) <= 3, () -> "events: " + world.events);
  }

  @Test
  void a_region_that_is_up_and_down_every_three_seconds_moves_traffic_three_times_at_most() {
    flap(3000, 20);
    assertTrue(movesUntil(FAULT + 3000 * 38) <= 3, () -> "moves: " + movesUntil(FAULT + 114_000));
  }

  private void flap(double halfPeriod, int times) {
    for (int i = 0; i < times; i++) {
      world.at(FAULT + 2 * halfPeriod * i, () -> near.fault.refuses = true);
      world.at(FAULT + 2 * halfPeriod * i + halfPeriod, () -> near.fault.refuses = false);
    }
    world.run(FAULT + 2 * halfPeriod * times + 8000);
  }

  private int movesUntil(double millis) {
    world.sent.removeIf(s -> s.atMillis() > millis);
    return world.moves(1000);
  }

  @Test
  void a_region_whose_requests_fail_is_left_though_its_probes_succeed() {
    world.at(FAULT, () -> near.fault.requestFails = 1);
    world.at(FAULT + 8000, () -> near.fault.requestFails = 0);
    world.run(FAULT + 15_000);
    assertTrue(
        world.servedBy("r1", FAULT) < FAULT + 50, () -> "left: " + world.servedBy("r1", FAULT));
    long failed = world.unserved(FAULT, FAULT + 8000);
    double back = world.servedBy("r0", FAULT + 8000) - FAULT - 8000;
    System.out.printf("health lies: %d requests failed once, back after %.0f ms%n", failed, back);
    assertTrue(failed <= 40, () -> "failed: " + failed);
    assertTrue(back < 3500, () -> "back after " + back + " ms");
    assertEquals(2, world.moves(1000));
  }

  @Test
  void rare_requests_that_all_fail_eject_though_probes_succeed_between_them() {
    world.requestEveryMillis = 1000;
    world.at(FAULT, () -> near.fault.requestFails = 1);
    world.run(FAULT + 3500);
    assertEquals(
        HealthState.EJECTED,
        world.events.stream()
            .filter(e ->
                e.region().equals("r0") && e.endpoint().isEmpty() && e.to() == HealthState.EJECTED)
            .findFirst()
            .orElseThrow()
            .to());
  }

  @Test
  void probes_that_fail_while_traffic_is_well_move_nothing_and_are_told_once() {
    world.at(FAULT, () -> near.fault.probeFails = 1);
    world.at(FAULT + 8000, () -> near.fault.probeFails = 0);
    world.run(FAULT + 15_000);
    assertEquals(0, world.moves(1000));
    assertEquals(0, world.unserved(0, 30_000));
    assertEquals(2, world.events.size(), () -> "events: " + world.events);
    assertTrue(world.events.getFirst().cause().contains("but traffic is well"));
  }

  @Test
  void probes_that_fail_without_traffic_eject() {
    Simulation.Place far = world.places.getLast();
    world.at(FAULT, () -> far.fault.probeFails = 1);
    world.run(FAULT + 3000);
    assertEquals(HealthState.EJECTED, world.region("r3").state());
    assertEquals(0, world.moves(1000));
  }

  @Test
  void a_region_that_fails_half_of_all_is_left_and_not_returned_to() {
    world.at(
        FAULT,
        () -> {
          near.fault.probeFails = 0.5;
          near.fault.requestFails = 0.5;
        });
    world.at(FAULT + 8000, () -> near.fault = new Simulation.Fault());
    world.run(FAULT + 16_000);
    System.out.printf("half 503: %d requests failed once%n", world.unserved(FAULT, FAULT + 8000));
    assertTrue(
        world.unserved(FAULT, FAULT + 8000) <= 12,
        () -> "failed: " + world.unserved(FAULT, 30_000));
    assertEquals(2, world.moves(1000));
  }

  @Test
  void a_region_that_answers_a_second_late_is_left_and_tried_again() {
    world.at(
        FAULT,
        () -> {
          near.fault.probeDelayMillis = 1000;
          near.fault.requestDelayMillis = 1000;
        });
    world.at(FAULT + 8000, () -> near.fault = new Simulation.Fault());
    world.run(FAULT + 15_000);
    assertTrue(
        world.servedBy("r1", FAULT) < FAULT + 120, () -> "left: " + world.servedBy("r1", FAULT));
    double back = world.servedBy("r0", FAULT + 8000) - FAULT - 8000;
    System.out.printf("gray slow: back after %.0f ms%n", back);
    assertTrue(back < 2500, () -> "back after " + back + " ms");
    assertEquals(2, world.moves(1000));
  }

  @Test
  void only_real_traffic_slow_is_seen_by_traffic_and_tried_by_a_trickle() {
    world.at(FAULT, () -> near.fault.requestDelayMillis = 1000);
    world.at(FAULT + 8000, () -> near.fault = new Simulation.Fault());
    world.run(FAULT + 15_000);
    System.out.printf(
        "only traffic slow: %d overdue, back after %.0f ms%n",
        world.unserved(FAULT, FAULT + 8000), world.servedBy("r0", FAULT + 8000) - FAULT - 8000);
    assertTrue(
        world.unserved(FAULT, FAULT + 8000) <= 80,
        () -> "overdue: " + world.unserved(FAULT, 30_000));
    assertTrue(world.servedBy("r0", FAULT + 8000) < FAULT + 8000 + 3500, "back");
  }

  @Test
  void a_lossy_link_is_left_and_returned_to_when_it_is_well() {
    world.at(FAULT, () -> near.fault.loss = 0.3);
    world.at(FAULT + 10_000, () -> near.fault.loss = 0);
    world.run(FAULT + 20_000);
    assertTrue(
        world.servedBy("r1", FAULT) < FAULT + 500, () -> "left: " + world.servedBy("r1", FAULT));
    assertEquals(2, world.moves(1000));
    assertTrue(world.servedBy("r0", FAULT + 10_000) < FAULT + 13_500, "back");
  }

  @Test
  void a_round_trip_that_grows_past_the_next_moves_traffic_within_a_second_and_back() {
    world.at(FAULT, () -> near.millis = 190);
    world.at(FAULT + 15_000, () -> near.millis = near.baseMillis);
    world.run(FAULT + 30_000);
    double left = world.servedBy("r1", FAULT) - FAULT;
    double back = world.servedBy("r0", FAULT + 15_000) - FAULT - 15_000;
    System.out.printf("latency shift: left after %.0f ms, back after %.0f ms%n", left, back);
    assertTrue(left < 1000, () -> "left after " + left + " ms");
    assertTrue(back < 2000, () -> "back after " + back + " ms");
    assertEquals(2, world.moves(1000));
  }

  @Test
  void a_shift_that_only_probes_see_is_believed_within_a_second_of_the_first() {
    Simulation.Place second = world.places.get(1);
    world.at(FAULT, () -> second.millis = 140);
    world.run(FAULT + 2000);
    assertEquals(140, world.region("r1").estimateMillis(), 10);
  }

  @Test
  void all_regions_dead_are_all_ejected_and_the_first_sign_of_life_brings_one_back() {
    world.at(FAULT, () -> world.places.forEach(p -> p.fault.refuses = true));
    world.at(FAULT + 3000, () -> near.fault.refuses = false);
    world.run(FAULT + 2900);
    assertTrue(world.view.regions().stream().allMatch(r -> r.state() == HealthState.EJECTED));
    world.run(FAULT + 12_000);
    double back = world.servedBy("r0", FAULT + 3000) - FAULT - 3000;
    System.out.printf("all down: back after %.0f ms%n", back);
    assertTrue(back < 100, () -> "back after " + back + " ms");
    assertFalse(world.view.selfSuspect());
  }

  @Test
  void an_edge_whose_own_link_slows_suspects_itself_and_keeps_regions_in_use() {
    world.lateAnswersServe = true;
    world.at(
        FAULT,
        () ->
            world.places.forEach(p -> {
              p.fault.probeDelayMillis = 800;
              p.fault.requestDelayMillis = 800;
            }));
    world.at(FAULT + 8000, () -> world.places.forEach(p -> p.fault = new Simulation.Fault()));
    world.run(FAULT + 12_000);
    assertTrue(
        world.events.stream().anyMatch(e -> e.cause().equals("all regions turned bad together")));
    world.views.forEach((time, view) ->
        assertTrue(
            time < FAULT + 2000 || view.regions().stream().anyMatch(r -> r.state().usable()),
            () -> "nothing left at " + time));
    assertTrue(world.servedBy("r0", FAULT + 8000) < FAULT + 11_000, "back when the link is well");
    assertFalse(world.view.selfSuspect());
  }

  @Test
  void only_the_farthest_left_carries_all() {
    world.at(FAULT, () -> world.places.subList(0, 3).forEach(p -> p.fault.drops = true));
    world.run(FAULT + 10_000);
    assertTrue(
        world.servedBy("r3", FAULT) < FAULT + 1000, () -> "left: " + world.servedBy("r3", FAULT));
    assertEquals(HealthState.HEALTHY, world.region("r3").state());
    assertFalse(world.view.selfSuspect());
  }
}
