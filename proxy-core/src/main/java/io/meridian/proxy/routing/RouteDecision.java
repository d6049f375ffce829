package io.meridian.proxy.routing;

import java.util.Locale;

/** Where a request goes, and why; or why it goes nowhere. */
public sealed interface RouteDecision {

  /** To the first of these regions; the others are the failover order. */
  record Forward(RegionOrder order, Why why) implements RouteDecision {}

  /** Nowhere. */
  record Refuse(Reason reason, int status) implements RouteDecision {}

  /** Why the first region is the first. */
  enum Why {
    /** The fastest from here. */
    FASTEST,
    /** The nearest to the client. */
    NEAREST,
    /** The first in the list of the rule for the client's place. */
    GEOLOCATION,
    /** The first in the route's list. */
    PRIORITY,
    /** It takes what is written. */
    PRIMARY,
    /** Drawn by weight. */
    WEIGHT,
    /** The client belongs to it, or a trusted proxy asked for it. */
    PINNED,
    /** It is tried out. */
    CANARY,
    /** It is the client's home. */
    HOME,
    /** The client has written there, or it has what was written. */
    WROTE,
    /** The copy of the data in a better one lags too far behind. */
    LAG,
    /** An endpoint has sent the request there. */
    REPLAYED,
    /** A fence forbids a better one. */
    FENCE,
    /** A better one is not well. */
    FAILOVER,
    /** A better one has had its share: it is dialled down or comes back slowly. */
    SHARE;

    static final int COUNT = values().length;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** As logs and metrics have it. */
    public String label() {
      return label;
    }

    /** Its place in a row. */
    @SuppressWarnings("EnumOrdinal") // within one process
    int slot() {
      return ordinal();
    }
  }

  /** Why no region may serve a request. */
  enum Reason {
    /** No route matches. */
    NO_ROUTE,
    /** The fence leaves no region of the route. */
    FENCE,
    /** Allowed regions exist, and none of them is up. */
    NO_HEALTHY_REGION,
    /** The operator lets no allowed region that is up have this request. */
    DIALLED_OFF,
    /** A trusted proxy asked for a region that does not serve the route, and for no other. */
    FORCED_ELSEWHERE,
    /** No region that has what the client wrote can be had, and no other will do. */
    NOT_FRESH;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** As logs and metrics have it. */
    public String label() {
      return label;
    }
  }
}
