package io.meridian.proxy.telemetry;

/**
 * What was out of the ordinary with a request, in Envoy's letters where Envoy has some. A set of
 * flags is an {@code int} of {@link #bit()}s.
 *
 * @see "Envoy, access logging, RESPONSE_FLAGS"
 */
public enum Flag {
  /** No healthy upstream. */
  UH,
  /** Upstream connect failure. */
  UF,
  /** Upstream request timeout. */
  UT,
  /** Upstream closed the connection. */
  UC,
  /** Upstream broke the protocol. */
  UPE,
  /** Overflow: an upstream limit is reached. */
  UO,
  /** Retries are used up or not allowed. */
  URX,
  /** No route matches. */
  NR,
  /** The client closed the connection. */
  DC,
  /** The client broke the protocol. */
  DPE,
  /** Rate limited. */
  RL,
  /** Overload: the request was shed. */
  OM,
  /** Served by another region after one failed. */
  RF,
  /** Blocked by a fence: nothing allowed was left. */
  RG,
  /** An endpoint wanted the request in another region, and that could not be done. */
  RD,
  /** Sent to a region's own address, which is nearer. */
  ST;

  /** Its place in a set. */
  @SuppressWarnings("EnumOrdinal") // within one process
  public int bit() {
    return 1 << ordinal();
  }
}
