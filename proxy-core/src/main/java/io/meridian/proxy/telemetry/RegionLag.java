package io.meridian.proxy.telemetry;

/** How far a region's copy of the data is behind. */
public record RegionLag(String region, double seconds) {}
