package io.meridian.proxy.routing;

import java.util.List;

/**
 * The answer for one {@link PlanKey} under one state of the world: a few decisions and how often
 * each is taken. Immutable.
 *
 * @param key what it is the answer for
 * @param repeatable decisions for requests that may be sent twice
 * @param unrepeatable decisions for the others: they avoid regions that are not surely well
 * @param verdicts what each filter said, for people
 */
public record Plan(PlanKey key, Choice repeatable, Choice unrepeatable, List<Verdict> verdicts) {

  /**
   * What a filter said about a region.
   *
   * @param filter its name: {@code fence, controls, health, order, band}
   * @param detail with numbers
   */
  public record Verdict(String region, String filter, boolean kept, String detail) {}

  /** Decisions, drawn by share. */
  public static final class Choice {
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

    RouteDecision draw(long random) {
      if (decisions.length == 1) {
        return decisions[0];
      }
      double at = (random >>> 11) * 0x1p-53;
      for (int i = 0; i < decisions.length - 1; i++) {
        if (at < cumulative[i]) {
          return decisions[i];
        }
      }
      return decisions[decisions.length - 1];
    }

    /** What is drawn most often. */
    public RouteDecision usual() {
      int best = 0;
      double share = cumulative[0];
      for (int i = 1; i < decisions.length; i++) {
        if (cumulative[i] - cumulative[i - 1] > share) {
          share = cumulative[i] - cumulative[i - 1];
          best = i;
        }
      }
      return decisions[best];
    }
  }
}
