package io.meridian.proxy.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class EndpointMetersTest {
  private static final long SECOND = 1_000_000_000L;
  private static final long MILLI = 1_000_000L;
  private final EndpointMeters meters = new EndpointMeters("eu", "10.0.0.1:80", 2);

  @Test
  void a_drain_tells_what_happened_since_the_last() {
    // given
    meters.attempt(0, AttemptOutcome.SUCCESS);
    meters.attempt(1, AttemptOutcome.SUCCESS);
    meters.attempt(1, AttemptOutcome.RESET);
    meters.attempt(1, AttemptOutcome.CANCELLED);
    meters.attempt(0, AttemptOutcome.CLIENT_ABORT);
    meters.connect(0, 20 * MILLI);
    meters.ttfb(1, 80 * MILLI, 0);
    // when
    EndpointMeters.Fold first = meters.drain();
    EndpointMeters.Fold second = meters.drain();
    meters.attempt(0, AttemptOutcome.CONNECT_TIMEOUT);
    EndpointMeters.Fold third = meters.drain();
    // then
    assertEquals(2, first.successes());
    assertEquals(1, first.failures());
    assertEquals(1, first.samples());
    assertEquals(80, Math.exp(first.logMeanMillis()), 0.1);
    assertTrue(second.isEmpty());
    assertTrue(Double.isNaN(second.logMeanMillis()));
    assertEquals(1, third.failures());
  }

  @Test
  void the_mean_of_many_round_trips_is_exact_to_a_thousandth_even_after_the_sum_has_wrapped() {
    Random random = new Random(3);
    for (int round = 0; round < 40; round++) {
      double sum = 0;
      int samples = 1_000_000;
      for (int i = 0; i < samples; i++) {
        long nanos = (long) Math.exp(6 + random.nextDouble() * 18);
        meters.ttfb(i & 1, nanos, 0);
        sum += Math.log(nanos / 1e6);
      }
      EndpointMeters.Fold fold = meters.drain();
      assertEquals(samples, fold.samples());
      assertEquals(sum / samples, fold.logMeanMillis(), 0.001);
    }
  }

  @Test
  void a_slow_answer_counts_at_once_and_fades_with_time() {
    meters.ttfb(0, 10 * MILLI, 0);
    assertEquals(10 * MILLI, meters.peakEwmaNanos(0, 0), 1);
    meters.ttfb(0, 500 * MILLI, SECOND);
    assertEquals(500 * MILLI, meters.peakEwmaNanos(0, SECOND), 1);
    meters.ttfb(0, 10 * MILLI, 2 * SECOND);
    double after = meters.peakEwmaNanos(0, 2 * SECOND);
    assertTrue(after > 400 * MILLI && after < 500 * MILLI, () -> "peak: " + after);
    assertTrue(meters.peakEwmaNanos(0, 60 * SECOND) < 2 * MILLI);
    assertEquals(0, meters.peakEwmaNanos(1, 0));
  }

  @Test
  void a_clock_may_wrap_around() {
    meters.ttfb(0, 10 * MILLI, Long.MAX_VALUE);
    assertEquals(10 * MILLI, meters.peakEwmaNanos(0, Long.MIN_VALUE), 1);
  }

  @Test
  void requests_in_flight_are_counted_for_a_loop_and_for_all() {
    meters.active(0, 1);
    meters.active(1, 1);
    meters.active(1, 1);
    meters.active(0, -1);
    assertEquals(0, meters.inFlight(0));
    assertEquals(2, meters.inFlight(1));
    assertEquals(2, meters.inFlight());
  }
}
