package io.meridian.geo;

/**
 * Where an address is. Immutable and shared: equal places are one object, so looking one up makes
 * no garbage. A text is empty and a number NaN where it is not known.
 *
 * @param continent two letters: AF, AN, AS, EU, NA, OC, SA
 * @param country ISO 3166-1 alpha-2
 * @param subdivision ISO 3166-2 code of the largest subdivision, without the country part
 * @param city English name
 * @param latitude degrees
 * @param longitude degrees
 * @param accuracyRadiusKm kilometres around the coordinates; 0 if not known
 * @param timeZone IANA name
 */
public record Location(
    String continent,
    String country,
    String subdivision,
    String city,
    double latitude,
    double longitude,
    int accuracyRadiusKm,
    String timeZone) {

  /** An address that no database or override places. */
  public static final Location UNKNOWN =
      new Location("", "", "", "", Double.NaN, Double.NaN, 0, "");

  public boolean hasCoordinates() {
    return !Double.isNaN(latitude);
  }
}
