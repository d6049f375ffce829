package io.meridian.proxy.telemetry;

/** Why a stream of a client ended early. */
public enum Http2Reset {
  /** The client wanted no more of it. */
  CLIENT,
  /** The request, or a frame of it, broke a rule (RFC 9113, 5.4.2 and 8.1.1). */
  MALFORMED,
  /** More streams at a time than are allowed, or after GOAWAY. */
  REFUSED,
  /** The answer was cut, so that it must not look whole. */
  CUT,
  /** Answered before the request was complete: the rest is not wanted (RFC 9113, 8.1). */
  EARLY_ANSWER,
  /** The client took nothing of the answer for too long. */
  STALLED;

  private static final Http2Reset[] VALUES = values();

  private final String label = Labels.of(this);

  /** Label for metrics. */
  public String label() {
    return label;
  }

  /** Its place in a row of counts. */
  @SuppressWarnings("EnumOrdinal") // within one process
  int slot() {
    return ordinal();
  }

  static Http2Reset of(int slot) {
    return VALUES[slot];
  }

  static int count() {
    return VALUES.length;
  }
}
