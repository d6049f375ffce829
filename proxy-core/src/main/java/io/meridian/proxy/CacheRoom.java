package io.meridian.proxy;

import io.meridian.config.MeridianConfig;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Whether stored answers, which are on the heap, leave room on it for all else. */
final class CacheRoom {
  private static final Logger log = LoggerFactory.getLogger(Meridian.class);

  private CacheRoom() {}

  /** Says so if they may not. */
  static void check(MeridianConfig config) {
    boolean used = config.routes().stream().anyMatch(route -> route.cache() != null);
    long heap = Runtime.getRuntime().maxMemory();
    long wanted = config.cache().maxBytes();
    if (used && wanted > heap / 2) {
      log.warn(
          "cache.max_bytes is {} MiB, more than half of the heap of {} MiB: raise -Xmx or lower it",
          wanted >> 20,
          heap >> 20);
    }
  }
}
