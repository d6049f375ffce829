package io.meridian.health;

/**
 * One change of state, with its cause.
 *
 * @param endpoint {@code host:port}; empty for a region's own change or one of the edge itself
 * @param hypothetical whether it would have come to this, but is only reported
 * @param cause the signal that led to it, in a few words for people
 */
public record HealthEvent(
    long epochMillis,
    String region,
    String endpoint,
    HealthState from,
    HealthState to,
    boolean hypothetical,
    String cause) {}
