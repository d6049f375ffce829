package io.meridian.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class RateWatchTest {
  private static final long SECOND = 1_000_000_000;
  private static final long WINDOW = 10 * SECOND;
  private final RateWatch watch = new RateWatch();

  @Test
  void nothing_is_judged_before_a_window_is_full() {
    watch.start(0, 0);
    assertFalse(watch.tooSlow(WINDOW - 1, 0, 100, WINDOW));
    assertTrue(watch.tooSlow(WINDOW, 0, 100, WINDOW));
    assertEquals(WINDOW, watch.dueNanos(WINDOW));
  }

  @Test
  void the_least_is_enough_and_one_less_is_not() {
    watch.start(0, 0);
    assertTrue(watch.tooSlow(WINDOW, 999, 100, WINDOW));
    assertFalse(watch.tooSlow(WINDOW, 1000, 100, WINDOW));
  }

  @Test
  void what_was_fast_earns_no_right_to_be_slow() {
    watch.start(0, 0);
    assertFalse(watch.tooSlow(WINDOW, 1_000_000, 100, WINDOW));
    assertFalse(watch.tooSlow(WINDOW * 2 - 1, 1_000_001, 100, WINDOW));
    assertTrue(watch.tooSlow(WINDOW * 2, 1_000_001, 100, WINDOW));
  }

  @Test
  void a_late_look_asks_for_more() {
    watch.start(0, 0);
    assertTrue(watch.tooSlow(WINDOW * 2, 1500, 100, WINDOW));
    watch.start(0, 0);
    assertFalse(watch.tooSlow(WINDOW * 2, 2000, 100, WINDOW));
  }

  @Test
  void without_a_rate_only_what_stands_still_is_too_slow() {
    watch.start(0, 5);
    assertFalse(watch.tooSlow(WINDOW, 6, 0, WINDOW));
    assertTrue(watch.tooSlow(WINDOW * 2, 6, 0, WINDOW));
  }
}
