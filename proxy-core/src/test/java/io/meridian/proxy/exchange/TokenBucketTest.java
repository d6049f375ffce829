package io.meridian.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenBucketTest {
  private static final long INTERVAL = 10_000_000; // 100 a second

  @Test
  void a_full_bucket_gives_its_burst_and_then_one_an_interval() {
    TokenBucket bucket = new TokenBucket(0);
    for (int i = 0; i < 5; i++) {
      assertEquals(0, bucket.take(0, INTERVAL, 5));
    }
    assertEquals(INTERVAL, bucket.take(0, INTERVAL, 5));
    assertEquals(1, bucket.take(INTERVAL - 1, INTERVAL, 5));
    assertEquals(0, bucket.take(INTERVAL, INTERVAL, 5));
    assertEquals(INTERVAL, bucket.take(INTERVAL, INTERVAL, 5));
  }

  @Test
  void what_is_denied_costs_nothing() {
    TokenBucket bucket = new TokenBucket(0);
    assertEquals(0, bucket.take(0, INTERVAL, 1));
    for (int i = 0; i < 100; i++) {
      assertEquals(INTERVAL, bucket.take(0, INTERVAL, 1));
    }
    assertEquals(0, bucket.take(INTERVAL, INTERVAL, 1));
  }

  @Test
  void a_long_pause_saves_no_more_than_the_burst() {
    TokenBucket bucket = new TokenBucket(0);
    long later = 1_000_000 * INTERVAL;
    assertEquals(0, bucket.take(later, INTERVAL, 2));
    assertEquals(0, bucket.take(later, INTERVAL, 2));
    assertEquals(INTERVAL, bucket.take(later, INTERVAL, 2));
  }

  @ParameterizedTest
  @ValueSource(longs = {0, Long.MAX_VALUE - 3 * INTERVAL, Long.MIN_VALUE})
  void in_no_stretch_of_time_are_there_more_than_burst_and_rate_allow(long start) {
    SplittableRandom random = new SplittableRandom(1);
    TokenBucket bucket = new TokenBucket(start);
    int burst = 7;
    long taken = 0;
    long passed = 0;
    for (int i = 0; i < 100_000; i++) {
      passed += random.nextLong(INTERVAL / 2);
      if (bucket.take(start + passed, INTERVAL, burst) == 0) {
        taken++;
      }
      assertTrue(taken <= burst + passed / INTERVAL, taken + " after " + passed);
    }
    assertTrue(taken >= passed / INTERVAL - 1, "and none is lost: " + taken);
  }
}
