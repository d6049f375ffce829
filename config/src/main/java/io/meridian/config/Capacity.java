package io.meridian.config;

import java.time.Duration;

/**
 * How much a region can take, as one edge counts it. Between {@code soft} and {@code hard} requests
 * move to other regions, those first that lose least by it; at {@code hard} none comes in any more.
 */
@Key(
    "How much a region can take, as this edge counts it. From `soft` on requests go to other regions"
        + " that are below theirs, those first that lose least; beyond `hard` the region gets none:"
        + " what no other region takes is answered with 503 and `Retry-After`.")
public record Capacity(
    @Key(
            value =
                "What is counted: requests that are `in_flight`, or requests a second (`rps`), both"
                    + " with every retry, race and hedge.",
            or = "in_flight")
        By by,
    @Key(
            value = "From here on requests move to other regions; up to here it takes in others'.",
            min = "1",
            max = "10000000")
        int soft,
    @Key(
            value = "No more than this at a time, failover included. At least `soft`.",
            min = "1",
            max = "10000000")
        int hard,
    @Key(
            value =
                "The round trip that a request may lose by moving when the load is halfway between"
                    + " `soft` and `hard`; at load p between them it may lose this times p/(1 - p).",
            or = "20ms",
            min = "0s",
            max = "10s")
        Duration spillLoss,
    @Key(
            value =
                "Whether both limits shrink, down to a tenth, while the region's answers take longer"
                    + " than they used to, and grow back when they do not. With `by: in_flight` only.",
            or = "false")
        boolean adaptive) {

  /** What is counted. */
  public enum By {
    IN_FLIGHT,
    RPS
  }
}
