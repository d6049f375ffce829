package io.meridian.health;

/**
 * What an attempt on real traffic showed about an endpoint. Client aborts and 4xx are no outcome.
 */
public enum Outcome {
  /** A response head that is no failure arrived in time. */
  SUCCESS(false),
  /** Connect refused, unreachable, or timed out, or the TLS handshake failed. */
  CONNECT_FAILED(true),
  /** Reset or closed before a complete response. */
  RESET(true),
  /** Accepted the request and is overdue: the hedge or the deadline fired. */
  OVERDUE(true),
  /** A status that the configuration counts as failure. */
  BAD_STATUS(true),
  /** A response that breaks the protocol. */
  BAD_RESPONSE(true),
  /** Response body cut off or stalled. */
  TRUNCATED(true);

  private final boolean failure;

  Outcome(boolean failure) {
    this.failure = failure;
  }

  public boolean failure() {
    return failure;
  }
}
