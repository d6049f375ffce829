package io.meridian.health;

import static io.meridian.health.HealthState.EJECTED;
import static io.meridian.health.HealthState.HEALTHY;
import static io.meridian.health.HealthState.PROBATION;
import static io.meridian.health.HealthState.SUSPECT;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.meridian.health.SwitchRule.Candidate;
import io.meridian.health.SwitchRule.Incumbent;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SwitchRuleTest {
  private Incumbent incumbent = Incumbent.NONE;
  private long seconds = 1000;

  @Test
  void the_fastest_is_taken_at_first_and_freely_until_all_are_measured() {
    assertEquals(0, choose(guess(50), guess(60)));
    assertEquals(1, choose(measured(70), guess(60)));
    assertEquals(0, choose(measured(40), measured(60)));
  }

  @Test
  void noise_within_the_margin_moves_nothing() {
    choose(measured(40), measured(60));
    seconds += 100;
    for (int i = 0; i < 20; i++) {
      assertEquals(0, choose(measured(64), measured(60)));
      seconds++;
    }
  }

  @Test
  void a_better_one_needs_three_evaluations_in_a_row_and_thirty_seconds() {
    choose(measured(70), measured(80));
    seconds += 10;
    for (int i = 0; i < 20; i++) {
      assertEquals(0, choose(measured(70), measured(60)));
      seconds++;
    }
    assertEquals(1, choose(measured(70), measured(60)));
  }

  @Test
  void evaluations_in_quick_succession_count_once() {
    choose(measured(70), measured(80));
    seconds += 60;
    for (int i = 0; i < 20; i++) {
      assertEquals(0, choose(measured(70), measured(60)));
    }
    seconds++;
    assertEquals(0, choose(measured(70), measured(60)));
    seconds++;
    assertEquals(1, choose(measured(70), measured(60)));
  }

  @Test
  void a_far_better_one_is_taken_at_once_after_ten_seconds() {
    choose(measured(12), measured(90));
    seconds += 9;
    assertEquals(0, choose(measured(190), measured(90)));
    seconds += 1;
    assertEquals(1, choose(measured(190), measured(90)));
  }

  @Test
  void one_that_fails_is_left_at_once_and_taken_again_at_once() {
    choose(measured(12), measured(90));
    assertEquals(1, choose(in(SUSPECT, 12), measured(90)));
    assertEquals(1, choose(in(EJECTED, 12), measured(90)));
    assertEquals(1, choose(in(PROBATION, 12), measured(90)));
    assertEquals(0, choose(measured(12), measured(90)));
  }

  @Test
  void it_is_taken_again_also_after_the_one_in_between_failed_too() {
    choose(measured(12), measured(90), measured(200));
    assertEquals(1, choose(in(EJECTED, 12), measured(90), measured(200)));
    assertEquals(2, choose(in(EJECTED, 12), in(EJECTED, 90), measured(200)));
    assertEquals(0, choose(measured(12), in(EJECTED, 90), measured(200)));
  }

  @Test
  void one_that_returns_slower_has_lost_its_place() {
    choose(measured(12), measured(90));
    choose(in(EJECTED, 12), measured(90));
    assertEquals(1, choose(measured(95), measured(90)));
    assertEquals(1, choose(measured(88), measured(90)));
  }

  @Test
  void the_best_of_the_doubtful_is_taken_when_none_is_well() {
    choose(measured(12), measured(90));
    assertEquals(1, choose(in(SUSPECT, 12), in(PROBATION, 90)));
    assertEquals(-1, choose(in(EJECTED, 12), in(EJECTED, 90)));
    assertEquals(1, choose(in(EJECTED, 12), in(PROBATION, 90)));
    assertEquals(0, choose(measured(12), measured(90)));
  }

  @Test
  void a_new_region_that_is_only_guessed_displaces_nobody() {
    choose(measured(40), measured(60));
    seconds += 60;
    for (int i = 0; i < 5; i++) {
      assertEquals(0, choose(measured(40), measured(60), guess(1)));
      seconds++;
    }
  }

  @Test
  void it_never_chooses_what_is_not_usable_and_never_a_worse_state_than_need_be() {
    SplittableRandom random = new SplittableRandom(3);
    HealthState[] states = HealthState.values();
    for (int i = 0; i < 100_000; i++) {
      Candidate[] c = new Candidate[4];
      boolean usable = false;
      boolean healthy = false;
      for (int k = 0; k < c.length; k++) {
        HealthState state = states[random.nextInt(states.length)];
        usable |= state.usable();
        healthy |= state == HEALTHY;
        c[k] = new Candidate(random.nextDouble(1, 300), random.nextInt(6), state);
      }
      seconds += random.nextInt(5);
      int chosen = choose(c);
      assertEquals(usable, chosen >= 0);
      if (chosen >= 0) {
        assertEquals(true, c[chosen].state().usable());
        assertEquals(healthy, c[chosen].state() == HEALTHY);
      }
    }
  }

  private int choose(Candidate... candidates) {
    incumbent = SwitchRule.next(incumbent, List.of(candidates), TimeUnit.SECONDS.toNanos(seconds));
    return incumbent.index();
  }

  private static Candidate guess(double millis) {
    return new Candidate(millis, 0, HEALTHY);
  }

  private static Candidate measured(double millis) {
    return in(HEALTHY, millis);
  }

  private static Candidate in(HealthState state, double millis) {
    return new Candidate(millis, 10, state);
  }
}
