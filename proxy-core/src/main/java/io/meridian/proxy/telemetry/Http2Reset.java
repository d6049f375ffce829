package io.meridian.proxy.telemetry;

import java.util.Locale;

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

  private final String label = name().toLowerCase(Locale.ROOT);

  /** Label for metrics. */
  public String label() {
    return label;
  }
}
