package io.meridian.health;

import static io.meridian.health.HealthState.EJECTED;
import static io.meridian.health.HealthState.HEALTHY;
import static io.meridian.health.HealthState.PROBATION;
import static io.meridian.health.HealthState.SUSPECT;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.health.HealthPolicy.Guard;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class HealthPolicyTest {
  private static final long MILLI = 1_000_000;
  private static final Guard FROZEN = new Guard(false, false);

  private final HealthPolicy policy = new HealthPolicy(2, 2);
  private long now = 1000 * MILLI;
  private EndpointState state = EndpointState.initial(now);
  private Guard guard = Guard.NORMAL;

  @Test
  void one_failure_makes_suspect_and_two_proofs_of_life_end_it() {
    assertEquals(SUSPECT, fails());
    assertEquals("traffic: reset", state.cause());
    assertEquals(SUSPECT, probed(50));
    assertEquals(SUSPECT, probed(100));
    assertEquals(HEALTHY, probed(150));
  }

  @Test
  void a_probe_that_began_before_the_failure_proves_nothing() {
    fails();
    long failed = now;
    for (int i = 0; i < 5; i++) {
      now += 100 * MILLI;
      assertEquals(SUSPECT, on(new Signal.ProbeOk(failed - 10 * MILLI)));
    }
  }

  @Test
  void two_further_failures_within_a_second_eject() {
    fails();
    now += 400 * MILLI;
    assertEquals(SUSPECT, fails());
    now += 400 * MILLI;
    assertEquals(EJECTED, fails());
    assertTrue(state.cause().startsWith("3 failures within 1 s"), state.cause());
  }

  @Test
  void half_of_ten_eject_though_some_succeed() {
    on(new Signal.Traffic(3, 0));
    for (int i = 0; i < 6 && state.state() != EJECTED; i++) {
      now += 700 * MILLI;
      on(new Signal.Traffic(1, 1));
      fails();
    }
    assertEquals(EJECTED, state.state());
  }

  @Test
  void failed_probes_in_a_row_eject() {
    assertEquals(SUSPECT, probeFails(0));
    assertEquals(EJECTED, probeFails(100));
  }

  @Test
  void failed_probes_do_not_count_while_traffic_goes_well() {
    for (int i = 0; i < 20; i++) {
      now += 250 * MILLI;
      on(new Signal.Traffic(10, 0));
      assertEquals(HEALTHY, probeFails(0));
    }
    now += 1500 * MILLI;
    assertEquals(EJECTED, probeFails(0));
  }

  @Test
  void one_late_answer_during_a_false_alarm_passes_as_those_behind_it_come() {
    on(new Signal.Traffic(500, 0));
    assertEquals(HEALTHY, probeSaysNo(50)); // says no, but traffic goes well
    assertEquals(SUSPECT, on(new Signal.Failure(Outcome.OVERDUE)));
    now += 60 * MILLI;
    on(new Signal.Traffic(5, 0)); // those under way; nothing more is sent there
    for (int i = 0; i < 3 && state.state() != HEALTHY; i++) {
      probeSaysNo(100);
    }
    assertEquals(HEALTHY, state.state());
  }

  @Test
  void a_late_answer_passes_neither_without_answers_behind_it_nor_with_unanswered_probes() {
    on(new Signal.Traffic(500, 0));
    probeSaysNo(50);
    on(new Signal.Failure(Outcome.OVERDUE));
    probeSaysNo(100);
    assertEquals(EJECTED, probeSaysNo(100)); // no answer came behind it
    state = EndpointState.initial(now);
    on(new Signal.Traffic(500, 0));
    on(new Signal.Failure(Outcome.OVERDUE));
    on(new Signal.Traffic(5, 0));
    for (int i = 0; i < 8 && state.state() != EJECTED; i++) {
      now += 100 * MILLI;
      assertNotEquals(HEALTHY, on(new Signal.ProbeFailed(now, true, "connect overdue")));
    }
    assertEquals(EJECTED, state.state());
  }

  @Test
  void a_reset_during_a_false_alarm_is_no_mere_lateness() {
    on(new Signal.Traffic(500, 0));
    probeSaysNo(50);
    fails();
    now += 60 * MILLI;
    on(new Signal.Traffic(5, 0));
    for (int i = 0; i < 15 && state.state() != EJECTED; i++) {
      assertNotEquals(HEALTHY, probeSaysNo(100));
    }
    assertEquals(EJECTED, state.state());
  }

  @Test
  void an_ejection_that_was_the_edges_own_fault_is_no_flap() {
    eject();
    state = HealthPolicy.release(state, "the edge suspects itself", now);
    now += 2000 * MILLI;
    eject();
    assertEquals(Flaps.FIRST_NANOS, state.flaps().holdNanos());
  }

  @Test
  void a_lone_failure_among_many_successes_is_let_pass_after_a_refuted_suspicion() {
    on(new Signal.Traffic(500, 0));
    fails();
    probed(100);
    probed(100);
    assertEquals(HEALTHY, probed(100));
    on(new Signal.Traffic(500, 0));
    assertEquals(HEALTHY, fails());
    assertEquals(SUSPECT, fails());
  }

  @Test
  void an_ejected_endpoint_returns_by_probation_after_its_hold_down() {
    eject();
    long ejected = now;
    while (state.state() == EJECTED) {
      probed(50);
    }
    assertEquals(PROBATION, state.state());
    assertTrue(now - ejected >= Flaps.FIRST_NANOS, "held down");
    assertEquals(EndpointState.FIRST_SHARE, state.share(now), 1e-9);
    double last = 0;
    while (state.state() == PROBATION) {
      assertTrue(state.share(now) >= last, "grows");
      last = state.share(now);
      probed(50);
    }
    assertEquals(HEALTHY, state.state());
    assertEquals(1, state.share(now));
  }

  @Test
  void a_failure_on_probation_ejects_again_and_holds_no_shorter() {
    eject();
    long hold = 0;
    for (int i = 0; i < 20; i++) {
      assertTrue(state.flaps().holdNanos() >= hold, "grows");
      hold = state.flaps().holdNanos();
      assertTrue(hold <= Flaps.CAP_NANOS, "is capped");
      while (state.state() == EJECTED) {
        probed(100);
      }
      assertEquals(EJECTED, fails());
    }
    assertTrue(hold > 4 * Flaps.FIRST_NANOS, "in proportion to the time away");
  }

  @Test
  void each_flap_holds_twice_as_long_until_the_cap_and_calm_makes_up_for_it() {
    long last = 0;
    for (int i = 0; i < 8; i++) {
      eject();
      assertTrue(state.flaps().holdNanos() >= Math.min(2 * last, Flaps.CAP_NANOS) || i < 2);
      last = state.flaps().holdNanos();
      while (state.state() != HEALTHY) {
        probed(100);
      }
      now += 2000 * MILLI;
    }
    assertEquals(Flaps.CAP_NANOS, last);
    for (int i = 0; i < 300; i++) {
      probed(1000);
    }
    eject();
    assertEquals(Flaps.FIRST_NANOS, state.flaps().holdNanos());
  }

  @Test
  void a_frozen_endpoint_is_ejected_by_probes_and_traffic_together_only() {
    guard = FROZEN;
    for (int i = 0; i < 50; i++) {
      assertEquals(SUSPECT, fails());
    }
    assertEquals(SUSPECT, probeFails(100));
    assertEquals(EJECTED, probeFails(100));
  }

  @Test
  void a_frozen_endpoint_whose_traffic_still_succeeds_is_not_ejected_by_probes() {
    guard = FROZEN;
    probeFails(0);
    for (int i = 0; i < 50; i++) {
      now += 250 * MILLI;
      on(new Signal.Traffic(1, 5));
      on(new Signal.Traffic(1, 0));
      fails();
      if (i > 2) {
        assertTrue(probeFails(0).usable(), "usable");
      }
    }
  }

  @Test
  void the_first_sign_of_life_is_enough_when_nothing_else_is_left() {
    eject();
    guard = new Guard(false, true);
    assertEquals(PROBATION, probed(10));
  }

  @Test
  void whatever_happens_the_rules_hold() {
    for (int seed = 0; seed < 10_000; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      now = random.nextLong();
      state = EndpointState.initial(now);
      for (int i = 0; i < 60; i++) {
        now += (long) Math.exp(random.nextDouble(10, 24));
        guard = new Guard(random.nextInt(4) > 0, random.nextInt(10) == 0);
        EndpointState before = state;
        Signal signal = anything(random);
        on(signal);
        double share = state.share(now);
        assertTrue(share >= 0 && share <= 1, () -> "share " + share);
        assertEquals(state.state().usable(), share > 0);
        assertTrue(state.flaps().holdNanos() <= Flaps.CAP_NANOS, "hold-down is capped");
        assertTrue(allowed(before.state(), state.state()), () -> before + " -> " + state);
        if (before.state() != EJECTED && state.state() == EJECTED && !guard.mayEject()) {
          assertTrue(state.evidence().probeFailures() >= 2, "probes agree");
        }
        if (before.state() == EJECTED && state.state() == PROBATION && !guard.urgent()) {
          assertTrue(state.evidence().probeSuccesses() >= 2, "rise");
          assertTrue(now - before.sinceNanos() >= before.flaps().holdNanos(), "hold-down");
        }
      }
    }
  }

  private Signal anything(SplittableRandom random) {
    return switch (random.nextInt(6)) {
      case 0 -> new Signal.Failure(Outcome.RESET);
      case 1 -> new Signal.Traffic(random.nextInt(50), random.nextInt(10));
      case 2 -> new Signal.ProbeFailed(now - random.nextInt(500) * MILLI, random.nextBoolean(), "");
      case 3 -> new Signal.Tick();
      default -> new Signal.ProbeOk(now - random.nextInt(500) * MILLI);
    };
  }

  /** The arrows of the state machine. */
  private static boolean allowed(HealthState from, HealthState to) {
    return from == to
        || switch (from) {
          case HEALTHY -> to == SUSPECT || to == EJECTED;
          case SUSPECT -> to == HEALTHY || to == EJECTED;
          case EJECTED -> to == PROBATION;
          case PROBATION -> true;
        };
  }

  private HealthState on(Signal signal) {
    state = policy.next(state, signal, guard, now);
    return state.state();
  }

  private HealthState fails() {
    return on(new Signal.Failure(Outcome.RESET));
  }

  /** A probe that begins after this time and succeeds 20 ms later. */
  private HealthState probed(int afterMillis) {
    now += afterMillis * MILLI;
    long started = now;
    now += 20 * MILLI;
    return on(new Signal.ProbeOk(started));
  }

  private HealthState probeFails(int afterMillis) {
    now += afterMillis * MILLI;
    long started = now;
    now += 20 * MILLI;
    return on(new Signal.ProbeFailed(started, true, "connect refused"));
  }

  private HealthState probeSaysNo(int afterMillis) {
    now += afterMillis * MILLI;
    long started = now;
    now += 20 * MILLI;
    return on(new Signal.ProbeFailed(started, false, "status 503"));
  }

  private void eject() {
    fails();
    fails();
    assertEquals(EJECTED, fails());
  }
}
