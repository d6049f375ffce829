package io.meridian.proxy.telemetry;

import java.util.Locale;

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

  private final String label = name().toLowerCase(Locale.ROOT);

  /** Label for metrics. */
  public String label() {
    return label;
  }
}
