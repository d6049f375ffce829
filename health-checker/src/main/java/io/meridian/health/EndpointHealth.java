package io.meridian.health;

/**
 * One endpoint as of a view.
 *
 * @param region name of its region
 * @param name {@code host:port}
 * @param share of its normal traffic that it may get now, 0 to 1: less than 1 only on probation
 * @param estimateMillis round trip to it, best estimate
 * @param sinceNanos ticker time of the last change of state
 * @param cause why it is in this state, in a few words for people; empty while never changed
 */
public record EndpointHealth(
    String region,
    String name,
    HealthState state,
    double share,
    double estimateMillis,
    long sinceNanos,
    String cause) {}
