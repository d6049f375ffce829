package io.meridian.proxy.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class TimerWheelTest {
  private static final long TICK = TimerWheel.TICK_NANOS;

  private static final class Alarm extends TimerWheel.Timer {
    int fired;
    long firedNanos;
    Runnable then = () -> {};

    @Override
    protected void fire(long nowNanos) {
      fired++;
      firedNanos = nowNanos;
      then.run();
    }
  }

  @Test
  void a_timer_fires_once_at_its_deadline_or_one_tick_later() {
    TimerWheel wheel = new TimerWheel(0);
    Alarm alarm = new Alarm();
    wheel.arm(alarm, 10 * TICK - 1);
    wheel.advance(9 * TICK);
    assertEquals(0, alarm.fired);
    wheel.advance(10 * TICK);
    assertEquals(1, alarm.fired);
    assertFalse(alarm.armed());
    wheel.advance(3000 * TICK);
    assertEquals(1, alarm.fired);
  }

  @Test
  void a_deadline_that_has_passed_fires_with_the_next_tick() {
    TimerWheel wheel = new TimerWheel(0);
    wheel.advance(50 * TICK);
    Alarm alarm = new Alarm();
    wheel.arm(alarm, 3 * TICK);
    wheel.advance(51 * TICK);
    assertEquals(1, alarm.fired);
  }

  @Test
  void a_deadline_beyond_the_wheel_is_kept() {
    TimerWheel wheel = new TimerWheel(0);
    Alarm alarm = new Alarm();
    long deadline = 5L * TimerWheel.SLOTS * TICK + 7;
    wheel.arm(alarm, deadline);
    for (long now = 0; now < deadline; now += 100 * TICK) {
      wheel.advance(now);
      assertEquals(0, alarm.fired);
    }
    wheel.advance(deadline + TICK);
    assertEquals(1, alarm.fired);
  }

  @Test
  void a_timer_may_arm_itself_and_others_while_it_fires() {
    TimerWheel wheel = new TimerWheel(0);
    Alarm again = new Alarm();
    Alarm other = new Alarm();
    Alarm removed = new Alarm();
    again.then =
        () -> {
          if (again.fired < 3) {
            wheel.arm(again, again.firedNanos + TICK);
          }
          wheel.arm(other, again.firedNanos);
          wheel.remove(removed);
        };
    wheel.arm(removed, 5 * TICK);
    wheel.arm(again, 5 * TICK);
    for (int tick = 1; tick < 20; tick++) {
      wheel.advance(tick * TICK);
    }
    assertEquals(3, again.fired);
    assertTrue(other.fired > 0);
    assertEquals(0, removed.fired);
  }

  @Test
  void nothing_to_wait_for_means_no_next_tick() {
    TimerWheel wheel = new TimerWheel(0);
    assertEquals(Long.MAX_VALUE, wheel.nextTickNanos());
    Alarm alarm = new Alarm();
    wheel.arm(alarm, 7 * TICK);
    assertEquals(7 * TICK, wheel.nextTickNanos());
    wheel.remove(alarm);
    assertEquals(Long.MAX_VALUE, wheel.nextTickNanos());
  }

  /** Random arming, moving, disarming and waiting, against a list that is searched each time. */
  @Test
  void it_agrees_with_a_sorted_list() {
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      long origin = random.nextLong(); // the ticker's zero is anywhere, and it may wrap
      long now = origin;
      TimerWheel wheel = new TimerWheel(origin);
      List<Alarm> alarms = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        alarms.add(new Alarm());
      }
      Set<Alarm> armed = new HashSet<>();
      for (int step = 0; step < 400; step++) {
        Alarm alarm = alarms.get(random.nextInt(alarms.size()));
        switch (random.nextInt(6)) {
          case 0, 1 -> {
            long span = random.nextBoolean() ? 50 : 3L * TimerWheel.SLOTS;
            wheel.arm(alarm, now + random.nextLong(span * TICK));
            armed.add(alarm);
          }
          case 2 -> {
            wheel.disarm(alarm);
            armed.remove(alarm);
          }
          case 3 -> {
            wheel.remove(alarm);
            armed.remove(alarm);
          }
          default -> {
            long before = now;
            now += random.nextLong((random.nextInt(5) == 0 ? 1500 : 10) * TICK);
            int[] counts = alarms.stream().mapToInt(a -> a.fired).toArray();
            wheel.advance(now);
            for (int i = 0; i < counts.length; i++) {
              Alarm one = alarms.get(i);
              int more = one.fired - counts[i];
              boolean due = armed.contains(one) && one.deadlineNanos() - now <= -TICK;
              boolean notDue = !armed.contains(one) || one.deadlineNanos() - now > 0;
              String what = "seed " + seed + " step " + step + " after " + (now - before);
              assertTrue(!due || more == 1, what + ": did not fire");
              assertTrue(!notDue || more == 0, what + ": fired too early, or unarmed");
              if (more > 0) {
                armed.remove(one);
              }
              assertEquals(armed.contains(one), one.armed(), what);
            }
          }
        }
        if (!armed.isEmpty()) {
          long next = wheel.nextTickNanos();
          long earliest = Long.MAX_VALUE;
          for (Alarm one : armed) {
            earliest = Math.min(earliest, one.deadlineNanos() - now);
          }
          assertTrue(
              next - now <= Math.max(earliest, 0) + TICK,
              "seed " + seed + ": it would wake up too late");
        }
      }
    }
  }
}
