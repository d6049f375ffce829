package io.meridian.proxy.routing;

import io.meridian.health.HealthState;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One region as the router sees it.
 *
 * @param index its place in {@link RoutingSnapshot#regions()}
 * @param share of its normal traffic that it may get after an outage, 0 to 1
 * @param dial of its normal traffic that the operator lets it have, 0 to 1
 * @param weight among equally near regions; null: not given
 * @param estimateMillis round trip from this edge
 * @param samples that the estimate holds; 0: only the prior
 */
public record RoutedRegion(
    int index,
    String name,
    HealthState state,
    double share,
    double dial,
    @Nullable Integer weight,
    double estimateMillis,
    long samples,
    List<RoutedEndpoint> endpoints) {

  /** {@link #estimateMillis} in nanoseconds. */
  public long estimateNanos() {
    return (long) (estimateMillis * 1e6);
  }
}
