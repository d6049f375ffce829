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
    /** The first in the route's list. */
    PRIORITY,
    /** Drawn by weight among equally near ones. */
    WEIGHT,
    /** A better one is not well. */
    FAILOVER,
    /** A better one has had its share: it is dialled down or comes back slowly. */
    SHARE;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** As logs and metrics have it. */
    public String label() {
      return label;
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
    /** The operator has turned all allowed regions off. */
    DIALLED_OFF;

    private final String label = name().toLowerCase(Locale.ROOT);

    /** As logs and metrics have it. */
    public String label() {
      return label;
    }
  }
}
