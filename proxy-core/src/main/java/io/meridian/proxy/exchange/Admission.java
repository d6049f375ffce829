package io.meridian.proxy.exchange;

import io.meridian.config.Overload;
import io.meridian.proxy.loop.DirectMemory;
import io.meridian.proxy.routing.CompiledRoute;
import io.meridian.proxy.telemetry.LoopMeters;
import io.meridian.proxy.telemetry.Rejection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Who is let in on one event loop: requests beyond a rate get 429, and when there is too much to do
 * new ones get 503, so that those under way come through. That loop's thread only.
 */
final class Admission {
  private static final Logger log = LoggerFactory.getLogger(Admission.class);
  private static final long NANOS = 1_000_000_000;
  private static final ErrorAnswer OVERLOADED =
      new ErrorAnswer(503, "too busy", "http_request_denied", "overload", 1, false);

  private final DirectMemory memory;
  private final LoopMeters meters;
  private final int loops;
  private final Lateness lateness = new Lateness();
  private int most;
  private int running;
  private @Nullable Rejection shedding; // as of the last look, the number of requests aside
  private @Nullable Rejection why;

  Admission(Overload limits, DirectMemory memory, LoopMeters meters, int loops) {
    this.memory = memory;
    this.meters = meters;
    this.loops = loops;
    configure(limits);
  }

  void configure(Overload limits) {
    most = Math.ceilDiv(limits.requests(), loops);
  }

  /** Looks at what there is to do; ten times a second. */
  void tick(long lateNanos, Overload limits) {
    lateness.sample(lateNanos, limits.lag().toNanos());
    Rejection now =
        memory.full()
            ? Rejection.OVERLOAD_MEMORY
            : lateness.overloaded() ? Rejection.OVERLOAD_LAG : null;
    if (now != shedding) {
      if (now == null) {
        log.info("requests are taken again");
      } else if (shedding == null) {
        log.warn("new requests are turned away: {}", now.label());
      }
      shedding = now;
    }
    meters.inProgress(running);
    meters.shedding(now);
  }

  /**
   * Lets a request in, to be followed by {@link #leave}; else what to answer, and {@link #why}.
   *
   * @param client 4 or 16 bytes
   */
  @Nullable ErrorAnswer enter(RateLimits rates, CompiledRoute route, byte[] client, long nowNanos) {
    if (shedding != null || running >= most) {
      why = shedding != null ? shedding : Rejection.OVERLOAD_REQUESTS;
      return OVERLOADED;
    }
    if (!rates.none()) {
      long wait = rates.admit(route, client, nowNanos);
      if (wait > 0) {
        why = Rejection.REQUEST_RATE;
        int seconds = (int) Math.min(3600, (wait + NANOS - 1) / NANOS);
        return new ErrorAnswer(
            429, "too many requests", "http_request_denied", "rate_limit", seconds, false);
      }
    }
    running++;
    return null;
  }

  /** Why the last one was turned away. */
  Rejection why() {
    Rejection last = why;
    if (last == null) {
      throw new IllegalStateException("nobody was turned away");
    }
    return last;
  }

  /** A request that was let in is over, or needs next to nothing any more. */
  void leave() {
    running--;
  }

  /** Requests that were let in. */
  int running() {
    return running;
  }
}
