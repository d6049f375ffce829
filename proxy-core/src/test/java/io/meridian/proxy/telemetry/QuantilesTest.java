package io.meridian.proxy.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Quantiles from histograms, and what two pulses tell of the time between them. */
class QuantilesTest {
  @Test
  void fine_buckets_are_right_within_seven_percent_from_10_microseconds_to_minutes() {
    SplittableRandom random = new SplittableRandom(11);
    for (int i = 0; i < 10_000; i++) {
      long nanos = (long) (10_000 * Math.pow(10, random.nextDouble() * 7));
      long[] counts = new long[FineBuckets.SLOTS];
      counts[FineBuckets.slot(nanos)]++;
      double millis = nanos / 1e6;
      assertEquals(millis, FineBuckets.quantileMillis(counts, 0.5), millis * 0.07 + 0.001);
    }
  }

  @Test
  void slots_of_fine_buckets_follow_each_other_and_the_last_takes_all_above() {
    for (int slot = 0; slot < FineBuckets.SLOTS; slot++) {
      assertEquals(slot, FineBuckets.slot(FineBuckets.micros(slot) * 1000), "slot " + slot);
    }
    assertEquals(FineBuckets.SLOTS - 1, FineBuckets.slot(Long.MAX_VALUE));
    assertEquals(0, FineBuckets.slot(-1));
    assertTrue(Double.isNaN(FineBuckets.quantileMillis(new long[FineBuckets.SLOTS], 0.5)));
  }

  @Test
  void two_pulses_tell_what_happened_between_them_and_nothing_before() {
    Telemetry telemetry = new Telemetry(1, "test");
    RegionMeters region = telemetry.region("eu");
    EndpointMeters endpoint = telemetry.endpoint("eu", "127.0.0.1:80");
    RouteMeters route = telemetry.route("public", "all");
    for (int i = 0; i < 50; i++) {
      region.decided(0, DecisionReason.FASTEST);
      endpoint.ttfb(0, TimeUnit.SECONDS.toNanos(4), 1);
    }
    Pulse before = telemetry.pulse(List.of("eu", "us"));
    for (int i = 0; i < 100; i++) {
      region.decided(0, DecisionReason.FASTEST);
      endpoint.ttfb(0, TimeUnit.MILLISECONDS.toNanos(25), 1);
      route.finished(0, 0, i < 10 ? 503 : 200, TimeUnit.MILLISECONDS.toNanos(40), 1, 1);
    }
    endpoint.attempt(0, AttemptOutcome.RESET);
    endpoint.attempt(0, AttemptOutcome.SUCCESS);
    Pulse after = telemetry.pulse(List.of("eu", "us"));
    Pulse.Span eu = after.since(before, "eu");
    assertEquals(25, eu.p50Millis(), 5, "the slow ones were before");
    assertEquals(100, eu.requests() / eu.errors(), 0.001);
    Pulse.Span all = after.since(before);
    assertEquals(10, all.requests() / all.errors(), 0.001);
    assertEquals(40, all.p50Millis(), 10);
    assertEquals(0, after.since(before, "us").requests());
    assertTrue(Double.isNaN(after.since(before, "us").p50Millis()));
    telemetry.close();
  }

  @Test
  void requests_are_counted_by_country() {
    Telemetry telemetry = new Telemetry(2, "test");
    telemetry.loop(0).geoLookup("DE");
    telemetry.loop(1).geoLookup("DE");
    telemetry.loop(1).geoLookup("US");
    for (String none : List.of("", "D", "de", "DEU", "1A")) {
      telemetry.loop(0).geoLookup(none);
    }
    assertEquals(Map.of("DE", 2L, "US", 1L), telemetry.countries());
    telemetry.close();
  }
}
