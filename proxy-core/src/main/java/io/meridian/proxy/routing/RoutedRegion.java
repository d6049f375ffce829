package io.meridian.proxy.routing;

import io.meridian.config.Coordinates;
import io.meridian.health.HealthState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One region as the router sees it.
 *
 * @param index its place in {@link RoutingSnapshot#regions()}
 * @param share of its normal traffic that it may get after an outage, 0 to 1
 * @param dial of its normal traffic that the operator lets it have, 0 to 1
 * @param emergency whether it may have more than its dial when nothing else is left
 * @param promoted whether an operator put it first where regions are listed
 * @param weight among equally near regions; null: not given
 * @param bias -99 to 99: how much nearer than it is it counts
 * @param location where it stands; null: not known
 * @param estimateMillis round trip from this edge
 * @param samples that the estimate holds; 0: only the prior
 */
public record RoutedRegion(
    int index,
    String name,
    HealthState state,
    double share,
    double dial,
    boolean emergency,
    boolean promoted,
    @Nullable Integer weight,
    int bias,
    @Nullable Coordinates location,
    double estimateMillis,
    long samples,
    List<RoutedEndpoint> endpoints) {

  /** {@link #estimateMillis} in nanoseconds. */
  public long estimateNanos() {
    return (long) (estimateMillis * 1e6);
  }

  /** The estimate as it counts in an order: with the operator's bias. */
  public double rankMillis() {
    return estimateMillis * Bias.factor(bias);
  }

  /** How much of what it is offered it takes at first. */
  double portion() {
    return Math.min(share, 1) * dial;
  }
}
