package io.meridian.proxy.routing;

import io.meridian.geo.Location;

/** What a decision may depend on, beside the route. Reusable: one for each request in progress. */
public final class RouteQuery {
  /** Of the client, 4 or 16 bytes. */
  public byte[] address = new byte[4];

  public Location location = Location.UNKNOWN;

  /** Whether the request may be sent twice: safe or idempotent, or with an idempotency key. */
  public boolean repeatable;

  /** 64 random bits for choices by weight. */
  public long random;
}
