package io.meridian.health;

import java.util.List;

/**
 * All that others may know of health: immutable, published by one volatile write.
 *
 * @param version grows with every publication
 * @param regions in the configuration's order
 * @param selfSuspect all regions turned bad together, so the fault is probably this edge's own;
 *     ejections are frozen
 * @param firstRoundDone every endpoint has been measured or has failed, or had its time to
 */
public record HealthView(
    long version, List<RegionHealth> regions, boolean selfSuspect, boolean firstRoundDone) {}
