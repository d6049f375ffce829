package io.meridian.proxy.telemetry;

import io.meridian.config.AccessLog.Sample;
import java.time.Duration;

/** Which requests get a line in the access log: all that went wrong, and some of the others. */
record LogSampling(int oneIn, long slowNanos, int statusFrom) {
  static final LogSampling ALL = new LogSampling(1, Long.MAX_VALUE, 500);

  static LogSampling of(Sample sample) {
    Duration slow = sample.slow();
    return new LogSampling(
        sample.oneIn(),
        slow == null ? Long.MAX_VALUE : slow.toNanos(),
        sample.clientErrors() ? 400 : 500);
  }

  /** Whether the line is written whatever chance says. */
  boolean keeps(RequestLog log) {
    return oneIn == 1
        || log.flags != 0
        || log.status >= statusFrom
        || log.attempts > 1
        || log.totalNanos >= slowNanos;
  }
}
