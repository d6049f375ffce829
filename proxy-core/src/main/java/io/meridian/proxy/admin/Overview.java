package io.meridian.proxy.admin;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The world as this edge sees it.
 *
 * @param edge its name
 * @param location where it stands; null: not configured
 * @param selfSuspect all regions turned bad together, so the fault is probably this edge's own
 * @param requestsPerSecond over the last seconds
 * @param regions in the configuration's order
 * @param attribution what the page must say about the data it shows; empty if nothing
 */
public record Overview(
    String edge,
    String version,
    @Nullable Place location,
    AdminApi.Readiness readiness,
    boolean selfSuspect,
    double requestsPerSecond,
    List<RegionStatus> regions,
    String attribution) {

  /** Degrees. */
  public record Place(double latitude, double longitude) {}

  /**
   * @param state as health calls it, lower case
   * @param cause why it is in this state
   * @param sinceSeconds how long it has been in it
   * @param estimateMillis round trip from this edge, best estimate
   * @param measured whether the estimate rests on measurements, not only on geography
   * @param trafficRatio its share of requests over the last seconds, 0 to 1
   * @param dial percent of its traffic that it may get now
   * @param control what an operator holds it to; null: as the file says
   */
  public record RegionStatus(
      String name,
      @Nullable Place location,
      String state,
      String cause,
      double sinceSeconds,
      double estimateMillis,
      boolean measured,
      double trafficRatio,
      int dial,
      ControlStatus.@Nullable Active control,
      List<EndpointStatus> endpoints) {}

  /**
   * @param name {@code host:port}
   * @param shareRatio of its normal traffic that it may get: below 1 on probation
   * @param inFlight requests under way there
   */
  public record EndpointStatus(
      String name,
      String state,
      String cause,
      double sinceSeconds,
      double estimateMillis,
      double shareRatio,
      long inFlight) {}
}
