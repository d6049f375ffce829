package io.meridian.proxy.telemetry;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

class BucketsTest {
  @Test
  void a_bound_belongs_to_its_own_bucket() {
    assertEquals(0, Buckets.LATENCY.bucket(0));
    assertEquals(0, Buckets.LATENCY.bucket(1_000_000));
    assertEquals(1, Buckets.LATENCY.bucket(1_000_001));
    assertEquals(Buckets.LATENCY.size() - 1, Buckets.LATENCY.bucket(10_000_000_000L));
    assertEquals(Buckets.LATENCY.size(), Buckets.LATENCY.bucket(10_000_000_001L));
    assertEquals(Buckets.LATENCY.size(), Buckets.LATENCY.bucket(Long.MAX_VALUE));
  }

  @Test
  void every_duration_lies_under_its_bound_and_above_the_one_before() {
    Random random = new Random(7);
    for (int i = 0; i < 10_000; i++) {
      long nanos = (long) Math.exp(random.nextDouble() * Math.log(2e10));
      int bucket = Buckets.LATENCY.bucket(nanos);
      double seconds = nanos / 1e9;
      assertEquals(true, bucket == Buckets.LATENCY.size() || seconds <= at(bucket));
      assertEquals(true, bucket == 0 || seconds > at(bucket - 1));
    }
  }

  @Test
  void loops_are_folded_into_one_histogram() {
    Cells cells = new Cells(3, 1 + Buckets.LAG.slots());
    Buckets.LAG.record(cells, 0, 1, 50_000);
    Buckets.LAG.record(cells, 2, 1, 50_000);
    Buckets.LAG.record(cells, 1, 1, 2_000_000_000L);
    long[] slots = new long[Buckets.LAG.slots()];
    Buckets.LAG.fold(cells, 1, slots);
    assertArrayEquals(new long[] {2, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2_000_100_000L}, slots);
  }

  private static double at(int bucket) {
    return Buckets.LATENCY.seconds(bucket);
  }
}
