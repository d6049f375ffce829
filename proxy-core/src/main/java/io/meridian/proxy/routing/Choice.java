package io.meridian.proxy.routing;

import io.meridian.proxy.routing.RouteDecision.Forward;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;

/** A few decisions and how often each is taken. Immutable. */
final class Choice {
  private final RouteDecision[] decisions;
  private final double[] cumulative;

  /**
   * @param cumulative rising to 1: decision i is taken for numbers below its entry
   */
  Choice(RouteDecision[] decisions, double[] cumulative) {
    this.decisions = decisions;
    this.cumulative = cumulative;
  }

  static Choice only(RouteDecision decision) {
    return new Choice(new RouteDecision[] {decision}, new double[] {1});
  }

  /**
   * @param chance 0 to 1, exclusive
   */
  RouteDecision draw(double chance) {
    if (decisions.length == 1) {
      return decisions[0];
    }
    int found = Arrays.binarySearch(cumulative, chance);
    int at = found < 0 ? -found - 1 : found + 1;
    return decisions[Math.min(at, decisions.length - 1)];
  }

  /** How often each region comes first; what is missing to 1 is refused. */
  Map<String, Double> shares() {
    Map<String, Double> shares = new LinkedHashMap<>();
    double before = 0;
    for (int i = 0; i < decisions.length; i++) {
      if (decisions[i] instanceof Forward(RegionOrder order, _)) {
        shares.merge(order.first().name(), cumulative[i] - before, Double::sum);
      }
      before = cumulative[i];
    }
    return shares;
  }
}
