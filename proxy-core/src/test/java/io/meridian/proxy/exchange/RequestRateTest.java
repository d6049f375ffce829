package io.meridian.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.ClientLimits;
import io.meridian.config.Rate;
import io.meridian.config.RateLimit;
import io.meridian.config.RateLimit.By;
import io.netty.util.concurrent.MockTicker;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class RequestRateTest {
  private static final byte[] ONE = {(byte) 192, 0, 2, 1};
  private static final byte[] TWO = {(byte) 192, 0, 2, 2};
  private final MockTicker ticker = Ticker.newMockTicker();

  private RequestRate limit(By by, int remembered) {
    return new RequestRate(
        new RateLimit(new Rate(10, Duration.ofSeconds(1)), 1, by),
        new ClientLimits(null, 32, 64, 0, Duration.ZERO, 0, 0, null, remembered),
        ticker);
  }

  private long ask(RequestRate rate, byte[] client) {
    return rate.admit(client, ticker.nanoTime());
  }

  @Test
  void each_client_has_a_bucket_of_its_own() {
    RequestRate rate = limit(By.CLIENT, 100);
    assertEquals(0, ask(rate, ONE));
    assertEquals(100_000_000, ask(rate, ONE));
    assertEquals(0, ask(rate, TWO));
    ticker.advance(100, TimeUnit.MILLISECONDS);
    assertEquals(0, ask(rate, ONE));
  }

  @Test
  void all_clients_share_one_bucket_if_so_wanted() {
    RequestRate rate = limit(By.ALL, 100);
    assertEquals(0, ask(rate, ONE));
    assertEquals(100_000_000, ask(rate, TWO));
  }

  @Test
  void a_client_whose_bucket_is_full_again_is_forgotten() {
    RequestRate rate = limit(By.CLIENT, 100);
    ask(rate, ONE);
    ask(rate, TWO);
    assertEquals(2, rate.size());
    ticker.advance(1, TimeUnit.SECONDS);
    assertEquals(0, rate.size());
    assertEquals(0, ask(rate, ONE));
  }

  @Test
  void a_flood_of_clients_takes_no_more_memory_than_the_table_and_frees_nobody_who_keeps_asking() {
    RequestRate rate = limit(By.CLIENT, 1000);
    assertEquals(0, ask(rate, ONE));
    for (int i = 0; i < 100_000; i++) {
      ask(rate, new byte[] {10, (byte) (i >> 16), (byte) (i >> 8), (byte) i});
      if (i % 10 == 0) {
        assertTrue(ask(rate, ONE) > 0, "after " + i + " others");
      }
    }
    assertTrue(rate.size() <= 1000, "remembered: " + rate.size());
  }
}
