package io.meridian.proxy.demo;

import java.util.List;

/**
 * A region of the demo: its place, and how far it really is from an edge in Frankfurt.
 *
 * <p>Round trips: from the AWS region eu-central-1 to the region named, as measured by
 * cloudping.co; 50th percentile over the year that ended in October 2025. Coordinates: the data set
 * cloud-regions (MIT), at the level of a metropolis.
 *
 * @param place the city or state, for people
 * @param aws the AWS region that was measured
 * @param latitude degrees north
 * @param longitude degrees east
 * @param roundTripMillis milliseconds
 */
public record DemoRegion(
    String name,
    String place,
    String aws,
    double latitude,
    double longitude,
    double roundTripMillis) {
  /** Nearest first. */
  static final List<DemoRegion> ALL =
      List.of(
          new DemoRegion("eu-central", "Frankfurt", "eu-central-1", 50.111, 8.707, 3.97),
          new DemoRegion("eu-west", "Dublin", "eu-west-1", 53.351, -6.257, 26.86),
          new DemoRegion("us-east", "Virginia", "us-east-1", 37.258, -79.371, 92.61),
          new DemoRegion("ap-southeast", "Singapore", "ap-southeast-1", 1.281, 103.880, 160.59),
          new DemoRegion("sa-east", "São Paulo", "sa-east-1", -22.697, -47.365, 203.95));

  /** The only regions for clients in Europe. */
  static final List<String> EUROPEAN = List.of("eu-central", "eu-west");
}
