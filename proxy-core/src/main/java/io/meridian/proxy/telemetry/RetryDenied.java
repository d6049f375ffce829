package io.meridian.proxy.telemetry;

/** Why a failed attempt was not followed by another. */
public enum RetryDenied {
  /** Bytes of a request that must not be repeated had left. */
  BYTES_SENT,
  /** The body was longer than what is held for a replay. */
  BODY_OVER_LIMIT,
  /** The retry budget was spent. */
  BUDGET,
  /** The fence allows none of the regions that are left. */
  FENCE,
  /** The route's deadline is too near. */
  DEADLINE,
  /** The request has had all its attempts. */
  ATTEMPTS,
  /** No usable endpoint is left. */
  NO_CANDIDATE,
  /** The client has already got a part of the response. */
  RESPONSE_BEGUN,
  /** All memory for replays is in use. */
  REPLAY_MEMORY;

  private static final RetryDenied[] VALUES = values();

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

  static RetryDenied of(int slot) {
    return VALUES[slot];
  }

  static int count() {
    return VALUES.length;
  }
}
