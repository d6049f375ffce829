package io.meridian.proxy.exchange;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.meridian.config.ClientLimits;
import io.meridian.config.RateLimit;
import io.meridian.config.RateLimit.By;
import io.netty.util.concurrent.Ticker;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One rate limit: a token bucket for each client, or one for all. The table of clients is bounded;
 * a client is forgotten when its bucket is full again anyway, and under a flood of others the ones
 * that ask most often are kept (W-TinyLFU). Any thread.
 */
final class RequestRate {
  private final RateLimit limit;
  private final int prefixV4;
  private final int prefixV6;
  private final int remembered;
  private final long intervalNanos;
  private final int burst;
  private final @Nullable TokenBucket all;
  private final @Nullable Cache<ClientPrefix, TokenBucket> clients;

  RequestRate(RateLimit limit, ClientLimits tables, Ticker ticker) {
    this.limit = limit;
    this.prefixV4 = tables.prefixV4();
    this.prefixV6 = tables.prefixV6();
    this.remembered = tables.remembered();
    this.intervalNanos = limit.requests().intervalNanos();
    this.burst = limit.burstOrDefault();
    this.all = limit.by() == By.ALL ? new TokenBucket(ticker.nanoTime()) : null;
    this.clients =
        limit.by() == By.ALL
            ? null
            : Caffeine.newBuilder()
                .maximumSize(remembered)
                .expireAfterAccess(Duration.ofNanos(intervalNanos * burst))
                .ticker(ticker::nanoTime)
                .executor(Runnable::run) // its upkeep is small: no other thread for it
                .build();
  }

  /** Whether it would be made anew from these. */
  boolean sameAs(RateLimit other, ClientLimits tables) {
    return limit.equals(other)
        && prefixV4 == tables.prefixV4()
        && prefixV6 == tables.prefixV6()
        && remembered == tables.remembered();
  }

  /**
   * Lets a request in; 0 if it may, else the nanoseconds to wait.
   *
   * @param client 4 or 16 bytes
   */
  long admit(byte[] client, long nowNanos) {
    TokenBucket bucket = all;
    Cache<ClientPrefix, TokenBucket> table = clients;
    if (bucket == null && table != null) {
      ClientPrefix prefix = ClientPrefix.of(client, prefixV4, prefixV6);
      bucket = table.get(prefix, _ -> new TokenBucket(nowNanos));
    }
    return bucket == null ? 0 : bucket.take(nowNanos, intervalNanos, burst);
  }

  /** Clients that are remembered now, about. */
  long size() {
    Cache<ClientPrefix, TokenBucket> table = clients;
    if (table == null) {
      return 1;
    }
    table.cleanUp();
    return table.estimatedSize();
  }
}
