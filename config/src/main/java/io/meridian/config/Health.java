package io.meridian.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How endpoints are probed. Probes start at once and are spread over the interval.
 *
 * @param check what a probe does
 * @param interval between probes of one endpoint, plus or minus 10 % jitter
 * @param burstInterval between probes while an endpoint is suspect, ejected or on probation
 * @param timeout the longest a probe may take; the adaptive time-out is never longer
 * @param rise successes in a row that bring an ejected endpoint to probation
 * @param fall failed probes in a row that eject
 */
public record Health(
    Check check, Duration interval, Duration burstInterval, Duration timeout, int rise, int fall) {

  /** What a probe does. */
  public sealed interface Check {}

  /**
   * One HTTP/1.1 request on a connection of its own; HTTPS where the endpoint's URL says so.
   *
   * @param host the Host field; null: the endpoint's own host and port
   * @param statuses inclusive ranges that mean success
   * @param bodyContains text that the first 64 KiB of the body must hold; null: not looked at
   */
  public record Http(
      String method,
      String path,
      @Nullable String host,
      List<StatusRange> statuses,
      @Nullable String bodyContains)
      implements Check {}

  /** A TCP connection that opens. */
  public record Tcp() implements Check {}

  /**
   * A TLS handshake that completes.
   *
   * @param serverName the name to ask for; null: the endpoint's host
   */
  public record Tls(@Nullable String serverName) implements Check {}

  /** Inclusive range of status codes. */
  public record StatusRange(int first, int last) {}
}
