package io.meridian.proxy.routing;

import io.meridian.proxy.routing.RouteDecision.Why;
import java.util.Map;

/** How the regions that are left by the filters before are ordered. */
public sealed interface Ordering {

  /**
   * Fastest from this edge first; those in the band of the fastest are equally near.
   *
   * @param bandMillis width of the band
   * @param bandRatio the same, as a share of the fastest one's round trip
   */
  record Fastest(double bandMillis, double bandRatio) implements Ordering {}

  /**
   * As the candidates are listed.
   *
   * @param why the first is the first
   * @param rule which list it is, for people
   * @param manual whether only the first serves, until an operator promotes another
   */
  record Listed(Why why, String rule, boolean manual) implements Ordering {
    Listed(Why why, String rule) {
      this(why, rule, false);
    }

    /** Whether an operator may put another region first. */
    public boolean promotable() {
      return why == Why.PRIORITY || why == Why.PRIMARY;
    }
  }

  /**
   * As a group and the groups in it say.
   *
   * @param band within which members of a group count as equally near
   */
  record Grouped(Member.Group root, Fastest band) implements Ordering {}

  /** Drawn by these weights; the others follow by weight. */
  record Weighted(Map<String, Integer> weights) implements Ordering {}

  /**
   * Nearest to the client first, worked out for each request.
   *
   * @param byLatency by what is estimated of the round trip from the client, else by distance
   * @param band within which regions count as equally near, by round trips from the client; and
   *     where nothing is known of it, by those from this edge
   */
  record Nearest(boolean byLatency, Fastest band) implements Ordering {}
}
