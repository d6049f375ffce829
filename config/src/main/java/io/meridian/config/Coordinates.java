package io.meridian.config;

/** A place on the globe in degrees, WGS 84: latitude -90 to 90, longitude -180 to 180. */
@Key("A place on the globe in degrees, WGS 84.")
public record Coordinates(
    @Key(value = "Degrees north of the equator; south is negative.", min = "-90", max = "90")
        double latitude,
    @Key(value = "Degrees east of Greenwich; west is negative.", min = "-180", max = "180")
        double longitude) {
  public Coordinates {
    if (!(latitude >= -90 && latitude <= 90)) {
      throw new IllegalArgumentException("latitude: " + latitude + " (expected: -90 to 90)");
    }
    if (!(longitude >= -180 && longitude <= 180)) {
      throw new IllegalArgumentException("longitude: " + longitude + " (expected: -180 to 180)");
    }
  }
}
