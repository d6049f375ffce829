package io.meridian.proxy.admin;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One drill: what was asked, what it did, how it ended. Times in milliseconds.
 *
 * @param id region and time of its start
 * @param outcome {@code running}; {@code completed}: it ran its whole time; {@code stopped} by
 *     somebody; {@code aborted} by a guard
 * @param why it ended, in a few words; empty while it runs
 * @param remainingSeconds 0 when it is over
 * @param effectMillis from the order until requests went elsewhere
 * @param firstMovedMillis from the order until the first request was moved; null: none was
 * @param moved requests of clients that it took in and that the region would have got
 * @param usual requests that the region got meanwhile, of other clients
 * @param addedP50Millis how much longer the moved ones took; null: not both were seen
 * @param receivers who got the moved ones
 */
@JsonIgnoreProperties(ignoreUnknown = true)
public record DrillReport(
    String id,
    String region,
    int sharePercent,
    String by,
    String reason,
    long startedEpochMillis,
    @Nullable Long endedEpochMillis,
    double plannedSeconds,
    double remainingSeconds,
    String outcome,
    String why,
    double effectMillis,
    @Nullable Double firstMovedMillis,
    Requests moved,
    Requests usual,
    @Nullable Double addedP50Millis,
    @Nullable Double addedP95Millis,
    List<Receiver> receivers,
    Guards guards) {
  /** As {@link #outcome} has it. */
  public static final String RUNNING = "running";

  public static final String COMPLETED = "completed";
  public static final String STOPPED = "stopped";
  public static final String ABORTED = "aborted";

  /**
   * What requests came to.
   *
   * @param errors those that failed, by no fault of the client's
   * @param p50Millis of those answered, first byte of the request to last byte of the answer; null:
   *     none was
   */
  public record Requests(
      long requests,
      long errors,
      double errorRatio,
      @Nullable Double p50Millis,
      @Nullable Double p95Millis) {}

  /**
   * A region that got moved requests.
   *
   * @param requests how many it got first
   * @param inFlightBefore requests under way there when the drill began
   * @param inFlightPeak the most at a time while it ran, looked at five times a second
   * @param rateBefore requests a second in the seconds before
   * @param ratePeak the most in any second
   */
  public record Receiver(
      String region,
      long requests,
      long inFlightBefore,
      long inFlightPeak,
      double rateBefore,
      double ratePeak) {}

  /** What breaks it off. */
  public record Guards(int maxErrorsPercent, double maxP95Millis, int minRequests) {}
}
