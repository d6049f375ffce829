package io.meridian.health;

import java.util.List;

/**
 * One region as of a view: derived from its endpoints and its own outcomes.
 *
 * @param share as in {@link EndpointHealth}
 * @param estimateMillis round trip edge to region, best estimate; the prior until something is
 *     measured
 * @param logDeviation standard deviation of ln(estimate)
 * @param samples how many samples the estimate holds; 0: only the prior
 * @param endpoints in the configuration's order
 */
public record RegionHealth(
    String name,
    HealthState state,
    double share,
    double estimateMillis,
    double logDeviation,
    long samples,
    long sinceNanos,
    String cause,
    List<EndpointHealth> endpoints) {}
