package io.meridian.proxy.telemetry;

/**
 * What a region can take and what it has: requests in flight, or a second.
 *
 * @param soft from which on requests go to other regions
 * @param hard at which it gets no more
 */
public record RegionCapacity(String region, double used, double soft, double hard) {}
