package io.meridian.proxy.telemetry;

/** Why the region that got the request was the one. */
public enum DecisionReason {
  /** Lowest measured round trip. */
  FASTEST,
  /** Nearest on the map: by the route's policy, or because nothing is measured yet. */
  NEAREST,
  /** First in the list of the rule for the client's place. */
  GEOLOCATION,
  /** First in the route's own order. */
  PRIORITY,
  /** It takes what is written. */
  PRIMARY,
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
  /** Drawn by weight. */
  WEIGHTED,
  /** The client is bound to it, or asked for it. */
  PINNED,
  /** The fence left out a better one. */
  FENCE,
  /** A better one is ejected, or has just failed this request. */
  FAILOVER,
  /** A better one is drained or dialled down. */
  CONTROL,
  /** A drill fails a better one on purpose. */
  DRILL,
  /** None is healthy; this one may yet answer. */
  LAST_RESORT;

  private static final DecisionReason[] VALUES = values();

  private final String label = Labels.of(this);

  /** What metrics and logs call it. */
  public String label() {
    return label;
  }

  /** Its place in a row of counts. */
  @SuppressWarnings("EnumOrdinal") // within one process
  int slot() {
    return ordinal();
  }

  static DecisionReason of(int slot) {
    return VALUES[slot];
  }

  static int count() {
    return VALUES.length;
  }
}
