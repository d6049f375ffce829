package io.meridian.proxy.telemetry;

/**
 * What the operator lets a region have.
 *
 * @param ratio of its normal traffic, 0 to 1
 * @param controlled whether by the API, not only by the file
 */
public record RegionDial(String region, double ratio, boolean controlled) {}
