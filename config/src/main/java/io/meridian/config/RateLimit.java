package io.meridian.config;

import org.jspecify.annotations.Nullable;

/** Requests beyond it are answered with 429 and {@code Retry-After}. */
@Key("How many requests are let in; those beyond are answered with 429 and `Retry-After`.")
public record RateLimit(
    @Key("Requests in a time, over all workers together.") Rate requests,
    @Key(
            value = "Requests that may come at once after a pause.",
            absent = "as many as `requests` lets in within a second, but at least 1",
            min = "1",
            max = "1000000")
        @Nullable Integer burst,
    @Key(
            value =
                "What is counted together: `client`, the requests of one client prefix, as seen"
                    + " through trusted proxies, or `all` requests.",
            or = "client")
        By by) {

  /** What has a count of its own. */
  public enum By {
    CLIENT,
    ALL
  }

  /** {@link #burst}, or what stands for it. */
  public int burstOrDefault() {
    return burst != null
        ? burst
        : (int) Math.max(1, Math.min(1_000_000, 1_000_000_000L / requests.intervalNanos()));
  }
}
