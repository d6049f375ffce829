package io.meridian.proxy.admin;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.time.Duration;
import java.util.Set;

/**
 * A drill that an operator asks for.
 *
 * @param time how long it is to go on
 * @param percent of the clients that it takes in, 1 to 100
 * @param by who asks, as they say; with the address that it comes from
 */
public record DrillRequest(String region, Duration time, int percent, String by, String reason) {
  private static final Set<String> KNOWN = Set.of("region", "for", "share", "by", "reason");
  private static final Set<String> STOP = Set.of("by", "reason");

  /**
   * Reads {@code region=}, {@code for=}, {@code share=}, {@code reason=} and {@code by=}.
   *
   * @throws IllegalArgumentException if a parameter is missing, unknown, twice there or malformed
   */
  static DrillRequest from(QueryStringDecoder query, String address) {
    Parameters given = new Parameters(query, KNOWN);
    int percent = given.percent("share");
    if (percent == 0) {
      throw new IllegalArgumentException("share: 0 (expected: 1 to 100)");
    }
    return new DrillRequest(
        given.one("region"),
        given.time("for"),
        percent,
        given.text("by", "somebody") + " from " + address,
        given.text("reason", ""));
  }

  /**
   * An order to stop: who gives it, and why.
   *
   * @param by as in {@link DrillRequest}
   */
  public record Stop(String by, String reason) {
    static Stop from(QueryStringDecoder query, String address) {
      Parameters given = new Parameters(query, STOP);
      return new Stop(
          given.text("by", "somebody") + " from " + address,
          given.text("reason", "no reason given"));
    }
  }
}
