package io.meridian.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class LatenessTest {
  private final Lateness lateness = new Lateness();

  private boolean after(long... samples) {
    for (long late : samples) {
      lateness.sample(late, 500);
    }
    return lateness.overloaded();
  }

  @Test
  void one_pause_however_long_is_no_overload() {
    assertFalse(after(1_000_000, 0, 0, 1_000_000, 1_000_000, 0));
  }

  @Test
  void three_late_turns_in_a_row_are_and_one_in_time_ends_it() {
    assertFalse(after(501, 501));
    assertTrue(after(501));
    assertTrue(after(501));
    assertFalse(after(500));
  }

  @Test
  void without_a_bound_it_is_never_late() {
    for (int i = 0; i < 5; i++) {
      lateness.sample(Long.MAX_VALUE, 0);
    }
    assertFalse(lateness.overloaded());
  }
}
