package io.meridian.proxy.admin;

/**
 * One thing that changed.
 *
 * @param kind {@code health}, {@code control}, {@code hold}, {@code edge}, {@code config}, {@code
 *     geo} or {@code lag}
 * @param region empty if it is not about one
 * @param endpoint {@code host:port}; empty for a region's own change or one of the edge itself
 * @param from the state before, or the percentage of its traffic that a region could have
 * @param to the same afterwards
 * @param cause in a few words for people
 */
public record Event(
    long epochMillis,
    String kind,
    String region,
    String endpoint,
    String from,
    String to,
    String cause) {}
