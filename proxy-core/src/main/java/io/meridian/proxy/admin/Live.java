package io.meridian.proxy.admin;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the page draws, as it changes. */
public final class Live {
  private Live() {}

  /**
   * What happened in the last span.
   *
   * @param requests a second
   * @param errors a second: of a region, tries that failed there; of all, answers of class 5xx
   * @param p50Millis time to the first byte of a region's answers; of all, to the end of the
   *     answer; null: there were none
   */
  public record Numbers(
      double requests, double errors, @Nullable Double p50Millis, @Nullable Double p99Millis) {}

  /**
   * One region in the last span.
   *
   * @param share of all requests, 0 to 1
   * @param dial percent of its traffic that it may get
   */
  public record RegionNumbers(
      String name, Numbers numbers, double estimateMillis, double share, int dial, long inFlight) {}

  /**
   * The newest numbers.
   *
   * @param epochMillis when the span ended
   * @param stepMillis how long it was to be
   * @param countries of clients, with requests in the last minute; at most forty, most first
   */
  public record Tick(
      long epochMillis,
      long stepMillis,
      Numbers all,
      List<RegionNumbers> regions,
      Map<String, Long> countries) {}

  /**
   * All that changes seldom.
   *
   * @param events the last ones, newest first
   */
  public record State(
      Overview overview, List<Event> events, ControlStatus controls, DrillStatus drills) {}

  /**
   * The last quarter of an hour, at even steps; the newest value is the last.
   *
   * @param epochMillis when the newest span ended; 0: there is none yet
   * @param regions by name
   */
  public record History(
      long epochMillis, long stepMillis, Series all, Map<String, Series> regions) {}

  /** One value for each step; null where there is none. */
  public record Series(
      List<@Nullable Double> requests,
      List<@Nullable Double> errors,
      List<@Nullable Double> p50Millis,
      List<@Nullable Double> p99Millis,
      List<@Nullable Double> estimateMillis) {}
}
