package io.meridian.geo;

/** Distance on a sphere of radius 6371 km. */
public final class GreatCircle {
  private GreatCircle() {}

  /** Kilometres between two points in degrees (haversine). */
  public static double kilometres(double lat1, double lon1, double lat2, double lon2) {
    double p = Math.toRadians(lat1);
    double q = Math.toRadians(lat2);
    double sinP = Math.sin((q - p) / 2);
    double sinL = Math.sin(Math.toRadians(lon2 - lon1) / 2);
    double h = sinP * sinP + Math.cos(p) * Math.cos(q) * sinL * sinL;
    return 2 * 6371 * Math.asin(Math.min(1, Math.sqrt(h)));
  }
}
