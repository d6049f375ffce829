package io.meridian.proxy.downstream;

import io.meridian.config.ClientLimits;

/**
 * How long one client connection may be used: so many requests, such an age, each cut by up to an
 * eighth at random, so that connections that came together don't go together. Event loop only.
 */
final class ConnectionLife {
  private final long bornNanos;
  private final double part;
  private long requests;

  /**
   * @param random any number
   */
  ConnectionLife(long nowNanos, long random) {
    bornNanos = nowNanos;
    part = 1 - (random >>> 11) * 0x1p-53 / 8;
  }

  /** One more request; true if it is the last one. */
  boolean spend(long nowNanos, ClientLimits limits) {
    requests++;
    int most = limits.requestsPerConnection();
    long age = limits.connectionAge().toNanos();
    return (most > 0 && requests >= Math.ceil(most * part))
        || (age > 0 && nowNanos - bornNanos >= age * part);
  }
}
