package io.meridian.proxy.telemetry;

/** How one try of a request at one endpoint ended. */
public enum AttemptOutcome {
  /** A complete response that is no failure. */
  SUCCESS,
  /** Refused, unreachable, reset while connecting, or the TLS handshake failed. */
  CONNECT_FAILED,
  CONNECT_TIMEOUT,
  /** Reset or closed after the request began, before a complete response head. */
  RESET,
  /** No response head in the attempt's time. */
  OVERDUE,
  /** A status that the configuration counts as failure. */
  BAD_STATUS,
  /** A response that breaks the protocol. */
  BAD_RESPONSE,
  /** Response body cut off or stalled. */
  TRUNCATED,
  /** Given up because another attempt of the same request was faster. */
  CANCELLED,
  /** Given up because the client left. */
  CLIENT_ABORT;

  private static final AttemptOutcome[] VALUES = values();

  private final String label = Labels.of(this);

  /** What metrics and logs call it. */
  public String label() {
    return label;
  }

  /** Whether it speaks against the endpoint. */
  public boolean failure() {
    return this != SUCCESS && this != CANCELLED && this != CLIENT_ABORT;
  }

  /** Its place in a row of counts. */
  @SuppressWarnings("EnumOrdinal") // within one process
  int slot() {
    return ordinal();
  }

  static AttemptOutcome of(int slot) {
    return VALUES[slot];
  }

  static int count() {
    return VALUES.length;
  }
}
