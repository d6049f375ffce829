package io.meridian.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.Capacity;
import io.meridian.proxy.exchange.RegionLoad.Room;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class RegionLoadTest {
  private static final long SECOND = 1_000_000_000L;

  private static RegionLoad load(Capacity.By by, int soft, int hard, boolean adaptive) {
    return new RegionLoad("r", new Capacity(by, soft, hard, Duration.ofMillis(20), adaptive));
  }

  @Test
  void own_traffic_fills_it_up_to_the_hard_limit_and_others_to_the_soft_one() {
    RegionLoad load = load(Capacity.By.IN_FLIGHT, 2, 3, false);
    assertTrue(load.enter(Room.SOFT, 0));
    assertTrue(load.enter(Room.SOFT, 0));
    assertFalse(load.enter(Room.SOFT, 0));
    assertTrue(load.enter(Room.HARD, 0));
    assertFalse(load.enter(Room.HARD, 0));
    assertEquals(3, load.used(0));
    load.leave();
    assertTrue(load.enter(Room.HARD, 0));
  }

  @Test
  void requests_a_second_slide_from_one_second_to_the_next() {
    RegionLoad load = load(Capacity.By.RPS, 100, 100, false);
    for (int i = 0; i < 100; i++) {
      assertTrue(load.enter(Room.HARD, 7 * SECOND + SECOND / 2));
      load.leave();
    }
    assertFalse(load.enter(Room.HARD, 7 * SECOND + SECOND / 2));
    assertEquals(50, load.used(8 * SECOND + SECOND / 2));
    assertEquals(0, load.used(9 * SECOND));
    assertTrue(load.enter(Room.HARD, 8 * SECOND + SECOND / 2));
    assertEquals(0, load.used(200 * SECOND));
  }

  @Test
  void over_many_seconds_the_rate_is_the_limit() {
    RegionLoad load = load(Capacity.By.RPS, 50, 50, false);
    int entered = 0;
    for (long now = 0; now < 20 * SECOND; now += SECOND / 1000) {
      entered += load.enter(Room.HARD, now) ? 1 : 0;
    }
    assertTrue(entered >= 950 && entered <= 1050, "entered: " + entered);
  }

  @Test
  void threads_together_never_pass_the_hard_limit() throws InterruptedException {
    RegionLoad load = load(Capacity.By.IN_FLIGHT, 5, 5, false);
    AtomicInteger inside = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    CountDownLatch done = new CountDownLatch(4);
    try (var threads = Executors.newFixedThreadPool(4)) {
      for (int t = 0; t < 4; t++) {
        threads.execute(() -> {
          for (int i = 0; i < 20_000; i++) {
            if (load.enter(Room.HARD, 0)) {
              most.accumulateAndGet(inside.incrementAndGet(), Math::max);
              inside.decrementAndGet();
              load.leave();
            }
          }
          done.countDown();
        });
      }
      done.await();
    }
    assertTrue(most.get() <= 5, "at a time: " + most);
    assertEquals(0, load.used(0));
  }

  @Test
  void an_adaptive_limit_shrinks_while_answers_are_slow_and_grows_back() {
    RegionLoad load = load(Capacity.By.IN_FLIGHT, 80, 100, true);
    for (int i = 0; i < 90; i++) {
      load.enter(Room.HARD, 0);
    }
    for (int i = 0; i < 50; i++) {
      load.answered(20, 50);
    }
    assertEquals(100, load.hard(), 1e-9);
    for (int i = 0; i < 10; i++) {
      load.answered(100, 50);
    }
    assertTrue(load.hard() < 60, "hard: " + load.hard());
    assertEquals(load.hard() * 0.8, load.soft(), 1e-9);
    for (int i = 0; i < 1000; i++) {
      load.answered(20, 50);
    }
    assertEquals(100, load.hard(), 1);
    for (int i = 0; i < 80; i++) {
      load.leave();
    }
    for (int i = 0; i < 20; i++) {
      load.answered(500, 50);
    }
    assertEquals(100, load.hard(), 1, "a limit that is not used is not judged");
  }

  @Test
  void a_limit_never_falls_below_a_tenth() {
    RegionLoad load = load(Capacity.By.IN_FLIGHT, 100, 100, true);
    for (int i = 0; i < 100; i++) {
      load.enter(Room.HARD, 0);
    }
    for (int i = 0; i < 20; i++) {
      load.answered(10, 50);
    }
    for (int i = 0; i < 50; i++) {
      load.answered(5000, 50);
    }
    assertTrue(load.hard() >= 10 && load.hard() < 60, "hard: " + load.hard());
  }
}
