package io.meridian.proxy.routing;

import io.meridian.config.Region;

/**
 * What an operator holds a region to for a while, whatever the configuration file says.
 *
 * @param dialFrom of its normal traffic that the region could have when the control began, 0 to 1
 * @param dialTo that it may have in the end, 0 to 1
 * @param beginNanos of the ticker
 * @param rampNanos over which the dial goes from one to the other; 0: at once
 * @param endNanos of the ticker: the control is over then
 * @param untilEpochMillis the same by the wall clock, for people
 * @param by who asked for it, as they said
 * @param source how it came: {@code api}
 */
public record Control(
    String region,
    Action action,
    double dialFrom,
    double dialTo,
    long beginNanos,
    long rampNanos,
    long endNanos,
    long untilEpochMillis,
    String by,
    String reason,
    String source) {
  /** A ramp goes in so many steps, so that not every tick makes a snapshot. */
  private static final int STEPS = 20;

  /** What operators can ask for. */
  public enum Action {
    /** No new requests, little by little. */
    DRAIN,
    /** No new requests, at once. */
    DOWN,
    /** All of its normal traffic, though the file may dial it down. */
    UP,
    /** A share of its normal traffic. */
    DIAL,
    /** The first place in routes by priority and in lists of primaries. */
    PROMOTE
  }

  /** Of its normal traffic that the region may have at this time, 0 to 1. */
  public double dial(long nowNanos) {
    long passed = nowNanos - beginNanos;
    if (passed >= rampNanos) {
      return dialTo;
    }
    double progress = Math.floor((double) passed / rampNanos * STEPS) / STEPS;
    return dialFrom + (dialTo - dialFrom) * progress;
  }

  boolean over(long nowNanos) {
    return nowNanos - endNanos >= 0;
  }

  /** What the file says, 0 to 1. */
  static double configured(Region region) {
    return region.dial() / 100.0;
  }
}
