package io.meridian.proxy.downstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.ClientLimits;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class ConnectionLifeTest {
  private static ClientLimits limits(int requests, Duration age) {
    return new ClientLimits(null, 32, 64, requests, age, 0, 0, null, 100);
  }

  private static int requests(ConnectionLife life, ClientLimits limits) {
    int count = 1;
    while (!life.spend(0, limits)) {
      count++;
    }
    return count;
  }

  @Test
  void few_requests_are_counted_exactly_and_many_give_or_take_an_eighth() {
    SplittableRandom random = new SplittableRandom(1);
    int least = Integer.MAX_VALUE;
    int most = 0;
    for (int i = 0; i < 1000; i++) {
      assertEquals(3, requests(new ConnectionLife(0, random.nextLong()), limits(3, Duration.ZERO)));
      int count = requests(new ConnectionLife(0, random.nextLong()), limits(800, Duration.ZERO));
      least = Math.min(least, count);
      most = Math.max(most, count);
    }
    assertTrue(least >= 700 && least < 710, "least: " + least);
    assertTrue(most <= 800 && most > 790, "most: " + most);
  }

  @Test
  void an_old_connection_has_one_more_request() {
    ConnectionLife life = new ConnectionLife(5, 0);
    ClientLimits limits = limits(0, Duration.ofNanos(1000));
    assertFalse(life.spend(5 + 874, limits));
    assertTrue(life.spend(5 + 1000, limits));
  }

  @Test
  void without_limits_it_goes_on() {
    ConnectionLife life = new ConnectionLife(0, 7);
    for (int i = 0; i < 1_000_000; i++) {
      assertFalse(life.spend(Long.MAX_VALUE, limits(0, Duration.ZERO)));
    }
  }
}
