package io.meridian.proxy.cache;

import java.util.Locale;

/** What the cache did for a request. */
public enum CacheResult {
  /** Nothing is asked of it for such requests. */
  BYPASS,
  /** Nothing that fits was stored. */
  MISS,
  /** Given out fresh. */
  HIT,
  /** Given out stale, while a newer one is fetched or as none can be had. */
  STALE,
  /** Given out after an endpoint said that it is still good. */
  REVALIDATED,
  /** What was stored had been replaced by the endpoint. */
  EXPIRED,
  /** Given out after another request had fetched it. */
  COALESCED;

  private final String label = name().toLowerCase(Locale.ROOT);

  /** As logs and metrics have it. */
  public String label() {
    return label;
  }
}
