package io.meridian.config;

/** A place on the globe in degrees, WGS 84: latitude -90 to 90, longitude -180 to 180. */
public record Coordinates(double latitude, double longitude) {
  public Coordinates {
    if (!(latitude >= -90 && latitude <= 90)) {
      throw new IllegalArgumentException("latitude: " + latitude + " (expected: -90 to 90)");
    }
    if (!(longitude >= -180 && longitude <= 180)) {
      throw new IllegalArgumentException("longitude: " + longitude + " (expected: -180 to 180)");
    }
  }
}
