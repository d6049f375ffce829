package io.meridian.proxy.telemetry;

/** Why a request or a connection of a client was turned away, or cut. */
public enum Rejection {
  /** The head or the body breaks the protocol. */
  MALFORMED,
  /** The request line is too long. */
  REQUEST_LINE,
  /** The head is too large or has too many fields. */
  HEAD_SIZE,
  /** The head took too long. */
  HEAD_TIMEOUT,
  BODY_SIZE,
  /** No byte of the body came for too long. */
  BODY_TIMEOUT,
  /** The body came too slowly. */
  BODY_RATE,
  /** The client took its answer too slowly. */
  RESPONSE_RATE,
  /** Too many connections in all. */
  CONNECTIONS,
  /** Too many connections of one client. */
  CLIENT_CONNECTIONS,
  /** A connection without a request made room for a new one. */
  IDLE_EVICTED,
  /** A rate limit. */
  REQUEST_RATE,
  /** Too many requests in progress. */
  OVERLOAD_REQUESTS,
  /** The event loop is late. */
  OVERLOAD_LAG,
  /** The memory for socket buffers is nearly full. */
  OVERLOAD_MEMORY;

  private static final Rejection[] VALUES = values();

  private final String label = Labels.of(this);

  /** What metrics call it. */
  public String label() {
    return label;
  }

  /** Its place in a row of counts. */
  @SuppressWarnings("EnumOrdinal") // within one process
  int slot() {
    return ordinal();
  }

  static Rejection of(int slot) {
    return VALUES[slot];
  }

  static int count() {
    return VALUES.length;
  }
}
