package io.meridian.proxy.exchange;

import java.nio.charset.StandardCharsets;
import java.util.Locale;

/**
 * What an answer tells its client of where its time went, in milliseconds: {@code connect} and
 * {@code upstream} of the attempt that answered, {@code edge} for all else before the answer's
 * first byte, other attempts included; and the region's name.
 *
 * @see "W3C, Server Timing"
 */
final class ServerTiming {
  static final byte[] NAME = "Server-Timing".getBytes(StandardCharsets.US_ASCII);

  private ServerTiming() {}

  /**
   * @param startNanos when the request's first byte came
   */
  static byte[] value(Attempt attempt, long startNanos, long nowNanos) {
    long upstream = Math.max(0, attempt.ttfbNanos());
    long connect = Math.max(0, attempt.connectNanos());
    long edge = Math.max(0, nowNanos - startNanos - upstream - connect);
    return String.format(
            Locale.ROOT,
            "edge;dur=%.3f, connect;dur=%.3f, upstream;dur=%.3f, region;desc=\"%s\","
                + " attempt;desc=\"%d\"",
            edge / 1e6,
            connect / 1e6,
            upstream / 1e6,
            attempt.region().name(),
            attempt.number())
        .getBytes(StandardCharsets.US_ASCII);
  }
}
