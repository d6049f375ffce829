package io.meridian.proxy.telemetry;

/** Why an HTTP/2 connection of a client was cut off. */
public enum Http2Flood {
  /** The client reset more streams than it let be answered. */
  RAPID_RESET,
  /** As many streams had to be reset through the client's fault. */
  PROVOKED_RESET,
  PING,
  SETTINGS,
  PRIORITY,
  WINDOW_UPDATE,
  /** DATA frames with nothing in them. */
  EMPTY_DATA,
  /** A header block in endless, or very many, frames. */
  CONTINUATION,
  /** Heads over the limit. */
  LARGE_HEADS,
  UNKNOWN_FRAME;

  private static final Http2Flood[] VALUES = values();

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

  static Http2Flood of(int slot) {
    return VALUES[slot];
  }

  static int count() {
    return VALUES.length;
  }
}
