package io.meridian.proxy.telemetry;

/**
 * What drills did for one region.
 *
 * @param active whether one is under way
 * @param lastSuccessEpochSeconds when one last ran its whole time; 0: none did
 */
public record RegionDrill(String region, boolean active, double lastSuccessEpochSeconds) {}
