package io.meridian.proxy.downstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.proxy.telemetry.Http2Flood;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class Http2GuardTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

  private final Http2Guard guard = new Http2Guard(0);

  private int framesUntilFlood(long now) {
    int count = 0;
    while (guard.frame(1, Http2Flood.PING, now) == null) {
      count++;
    }
    return count;
  }

  @Test
  void frames_that_carry_nothing_are_paid_from_a_budget() {
    assertEquals(Http2Guard.FRAMES, framesUntilFlood(0));
    assertEquals(Http2Flood.PRIORITY, guard.frame(1, Http2Flood.PRIORITY, SECOND / 2));
  }

  @Test
  void time_refills_it_slowly() {
    framesUntilFlood(0);
    int after = framesUntilFlood(2 * SECOND);
    assertTrue(after >= 2 * Http2Guard.FRAMES_PER_SECOND - 2, "frames: " + after);
    assertTrue(after <= 2 * Http2Guard.FRAMES_PER_SECOND, "frames: " + after);
    int late = framesUntilFlood(10_000 * SECOND);
    assertTrue(late <= Http2Guard.FRAMES + 1, "never more than at first: " + late);
  }

  @Test
  void frames_that_carry_something_refill_it() {
    for (int i = 0; i < 100_000; i++) {
      guard.useful();
      for (int k = 0; k < Http2Guard.FRAMES_PER_USE; k++) {
        assertNull(guard.frame(1, Http2Flood.WINDOW_UPDATE, 0));
      }
    }
  }

  @Test
  void answers_pay_for_resets_and_time_does_a_little() {
    for (int i = 0; i < 10_000; i++) {
      guard.answered();
      assertNull(guard.reset(1, Http2Flood.RAPID_RESET, 0));
    }
    int count = 0;
    while (guard.reset(1, Http2Flood.RAPID_RESET, 0) == null) {
      count++;
    }
    assertTrue(count >= Http2Guard.RESETS - 1, "resets: " + count);
    assertNull(guard.reset(1, Http2Flood.RAPID_RESET, SECOND));
  }

  @Test
  void what_is_gone_is_remembered_for_a_while() {
    Http2Past past = new Http2Past();
    past.ended(1);
    past.reset(3);
    assertTrue(past.hasEnded(1));
    assertFalse(past.wasReset(1));
    assertTrue(past.wasReset(3));
    assertFalse(past.hasEnded(3));
    assertFalse(past.hasEnded(5));
    for (int id = 5; id < 600; id += 2) {
      past.ended(id);
    }
    assertFalse(past.wasReset(3));
    assertTrue(past.hasEnded(599));
  }

  @Test
  void the_answer_to_a_key_is_that_of_the_rfc() {
    assertEquals("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", WebSocketAccept.of("dGhlIHNhbXBsZSBub25jZQ=="));
  }
}
