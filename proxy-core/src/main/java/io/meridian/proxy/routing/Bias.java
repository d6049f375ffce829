package io.meridian.proxy.routing;

/**
 * How a region's bias b changes the distance or round trip that it counts with: 1 - b/100, which
 * draws traffic, and for a negative one 1 / (1 + b/100), which pushes it away.
 */
final class Bias {
  private Bias() {}

  /**
   * @param bias -99 to 99
   */
  static double factor(int bias) {
    return bias >= 0 ? 1 - bias / 100.0 : 1 / (1 + bias / 100.0);
  }
}
