package io.meridian.proxy.routing;

import io.meridian.health.HealthState;

/**
 * One endpoint as the router sees it.
 *
 * @param id the same for as long as the process lives: index of its pools and meters
 * @param name {@code host:port}
 * @param share of its normal traffic that it may get, 0 to 1
 */
public record RoutedEndpoint(
    int id, String region, String name, int weight, HealthState state, double share) {}
