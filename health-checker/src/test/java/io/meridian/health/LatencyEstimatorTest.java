package io.meridian.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.Coordinates;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LatencyEstimatorTest {
  private static final Coordinates FRANKFURT = new Coordinates(50.11, 8.68);
  private static final Coordinates VIRGINIA = new Coordinates(38.95, -77.45);

  private static long seconds(double s) {
    return (long) (s * 1e9);
  }

  @Test
  void the_prior_is_geography_or_a_wide_guess() {
    assertEquals(124, Estimate.of(Prior.between(FRANKFURT, VIRGINIA)).millis(), 2);
    assertEquals(14, Estimate.of(Prior.between(FRANKFURT, FRANKFURT)).millis(), 1e-9);
    assertEquals(100, Estimate.of(Prior.between(null, VIRGINIA)).millis(), 1e-9);
    assertEquals(1, Estimate.of(Prior.between(FRANKFURT, null)).logDeviation(0), 1e-9);
  }

  @Test
  void the_first_sample_has_a_gain_of_83_percent() {
    Estimate prior = Estimate.of(Prior.between(FRANKFURT, VIRGINIA));
    Estimate first = LatencyEstimator.sample(prior, 90, 0);
    double gain = (first.logMean() - prior.logMean()) / (Math.log(90) - prior.logMean());
    assertEquals(0.83, gain, 0.005);
    assertEquals(1, first.samples());
  }

  @Test
  void many_samples_of_one_value_are_believed() {
    Estimate e = steady(Estimate.of(Prior.UNKNOWN), 20, 60);
    assertEquals(20, e.millis(), 0.5);
    assertTrue(e.logDeviation(seconds(60)) < 0.05, () -> "deviation " + e);
  }

  @Test
  void one_spike_moves_little_and_is_forgotten() {
    Estimate e = steady(Estimate.of(Prior.UNKNOWN), 20, 60);
    Estimate spiked = LatencyEstimator.sample(e, 400, seconds(60));
    assertTrue(spiked.millis() < 25, () -> "after a spike " + spiked.millis());
    Estimate later = LatencyEstimator.sample(spiked, 20, seconds(61));
    assertEquals(0, later.run());
    assertTrue(later.millis() < 25);
  }

  @Test
  void two_spikes_in_a_row_are_no_shift_and_three_are() {
    Estimate e = steady(Estimate.of(Prior.UNKNOWN), 12, 60);
    e = LatencyEstimator.sample(e, 190, seconds(60));
    e = LatencyEstimator.sample(e, 190, seconds(60.1));
    assertTrue(e.millis() < 20, "not yet");
    e = LatencyEstimator.sample(e, 190, seconds(60.2));
    assertEquals(190, e.millis(), 1e-6);
  }

  @Test
  void a_shift_down_is_followed_as_fast() {
    Estimate e = steady(Estimate.of(Prior.UNKNOWN), 190, 60);
    for (int i = 0; i < 3; i++) {
      e = LatencyEstimator.sample(e, 12, seconds(60 + i * 0.1));
    }
    assertEquals(12, e.millis(), 1e-6);
  }

  @Test
  void fractions_of_a_millisecond_are_never_a_shift() {
    Estimate e = steady(Estimate.of(Prior.UNKNOWN), 0.1, 60);
    assertEquals(0, LatencyEstimator.sample(e, 1.5, seconds(60)).run());
  }

  @Test
  void a_failure_makes_slower_never_faster_and_many_at_once_count_as_one() {
    Estimate e = steady(Estimate.of(Prior.UNKNOWN), 90, 60);
    Estimate once = LatencyEstimator.penalty(e, 1, seconds(60));
    assertTrue(once.millis() > e.millis(), "a fast failure is slow");
    Estimate often = once;
    for (int i = 0; i < 1000; i++) {
      often = LatencyEstimator.penalty(often, 1, seconds(60));
    }
    assertEquals(once.millis(), often.millis(), 1e-9);
    Estimate prior = Estimate.of(Prior.UNKNOWN);
    assertEquals(prior, LatencyEstimator.penalty(prior, 1, 0));
  }

  @Test
  void without_samples_the_deviation_grows_back_to_the_priors() {
    Estimate e = steady(Estimate.of(Prior.UNKNOWN), 20, 60);
    double fresh = e.logDeviation(seconds(59));
    assertEquals(fresh, e.logDeviation(seconds(59 + 45)), 1e-12);
    assertTrue(e.logDeviation(seconds(59 + 60)) > 2 * fresh);
    assertEquals(1, e.logDeviation(seconds(59 + 300)), 0.01);
    assertEquals(20, e.millis(), 0.5);
  }

  @Test
  void whatever_the_samples_it_stays_between_them_and_finite() {
    SplittableRandom random = new SplittableRandom(1);
    for (int round = 0; round < 2000; round++) {
      Estimate e = Estimate.of(Prior.UNKNOWN);
      double low = 100;
      double high = 100;
      long now = random.nextLong();
      for (int i = 0; i < 50; i++) {
        double ms = Math.exp(random.nextDouble(-3, 9));
        now += (long) Math.exp(random.nextDouble(0, 26));
        e = LatencyEstimator.sample(e, ms, now);
        low = Math.min(low, ms);
        high = Math.max(high, ms);
        assertTrue(e.millis() >= low * 0.999 && e.millis() <= high * 1.001, e.toString());
        assertTrue(e.logVariance() >= 0 && e.logDeviation(now) < 20, e.toString());
      }
    }
  }

  @Test
  void a_negative_time_is_refused() {
    Estimate prior = Estimate.of(Prior.UNKNOWN);
    assertThrows(
        IllegalArgumentException.class, () -> LatencyEstimator.sample(prior, Double.NaN, 0));
    assertThrows(IllegalArgumentException.class, () -> LatencyEstimator.sample(prior, -1, 0));
  }

  private static Estimate steady(Estimate from, double millis, int samples) {
    Estimate e = from;
    for (int i = 0; i < samples; i++) {
      e = LatencyEstimator.sample(e, millis, TimeUnit.SECONDS.toNanos(i));
    }
    return e;
  }
}
