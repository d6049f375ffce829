package io.meridian.config;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Requests that match go to the fastest healthy region of {@code regions} that {@code fence}
 * allows. The most specific match wins, whatever the order in the file: exact host, then the
 * longest wildcard, then any host; then the longest path; then more header conditions; then methods
 * given.
 *
 * @param name for logs and metrics; the file may leave it out: {@code route-1}, {@code route-2},
 *     ...
 * @param regions names of the regions that serve this route, in the file's order; all if left out
 * @param fence name of the fence that binds it; null: none
 * @param deadline the longest a client waits for the head of an answer, all attempts together
 */
public record Route(
    String name,
    Match match,
    List<String> regions,
    Policy policy,
    @Nullable String fence,
    Duration deadline) {

  /**
   * All given conditions must hold; an empty list is no condition.
   *
   * @param hosts exact names or {@code *.example.com} (one or more labels), lower case, without
   *     port
   * @param paths {@code /api/} matches what begins so; {@code /api} matches itself and {@code
   *     /api/...}
   * @param methods upper case
   */
  public record Match(
      List<String> hosts, List<String> paths, List<String> methods, List<HeaderMatch> headers) {}

  /** A request field that must be there; {@code value} null: with any value, else exactly this. */
  public record HeaderMatch(String name, @Nullable String value) {}

  /** How allowed, healthy regions are ordered. */
  public enum Policy {
    /** Fastest first, as measured from this edge. */
    LATENCY,
    /** In the order of the route's {@code regions}: active, then passive. */
    PRIORITY
  }
}
