package io.meridian.proxy.routing;

import io.meridian.geo.Location;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.routing.RouteDecision.Forward;
import io.meridian.proxy.routing.RouteDecision.Why;
import org.jspecify.annotations.Nullable;

/**
 * What a decision may depend on, beside the route. Reusable: one for each request in progress; it
 * owns the memory of an order that is worked out for its request alone.
 */
public final class RouteQuery {
  /** Of the client, 4 or 16 bytes. */
  public byte[] address = new byte[4];

  public Location location = Location.UNKNOWN;

  /** Number of the client's autonomous system; 0: not known or not needed. */
  public long asn;

  /** The name that the client asked for in TLS; empty without TLS, or if it named none. */
  public byte[] serverName = new byte[0];

  /** Whether what the peer says about the request is believed. */
  public boolean trusted;

  /** Whether the request only reads (RFC 9110, 9.2.1). */
  public boolean safe = true;

  /** Whether the request may be sent twice: safe or idempotent, or with an idempotency key. */
  public boolean repeatable;

  /** 64 evenly spread bits for choices by chance. */
  public long random;

  /** The request's head; null: no condition on it can be told. */
  public @Nullable RequestHead head;

  /** How loaded regions are; null: none has a capacity. */
  public @Nullable Loads loads;

  /** The time of day in seconds since 1970; only looked at where a cookie ends by it. */
  public long epochSeconds;

  /** Estimates of the round trip from the client to each region, by index. */
  public double[] clientMillis = new double[0];

  /** Whether these estimates say more than nothing. */
  public boolean clientKnown;

  /** The round trip from the client to this edge, as clients report it; NaN: they do not. */
  public double edgeMillis = Double.NaN;

  /** What the client has written lately, as the last decision saw it; null: nothing. */
  WroteCookie.@Nullable Wrote wrote;

  /** What pinned the last decision. */
  Pin pin = Pin.NONE;

  private final RegionOrder order = new RegionOrder();
  private RoutedRegion[] regions = new RoutedRegion[0];
  private RoutedRegion[] spare = new RoutedRegion[0];
  private RoutedRegion[] sorted = new RoutedRegion[0];
  private long[] keys = new long[0];
  private final Division division = new Division();
  private final Forward[] forwards = new Forward[Why.COUNT];

  public RouteQuery() {
    for (Why why : Why.values()) {
      forwards[why.slot()] = new Forward(order, why);
    }
  }

  /** {@link #random} as a number from 0 to 1, exclusive. */
  double chance() {
    return (random >>> 11) * 0x1p-53;
  }

  /** Room for the regions of a decision. */
  RoutedRegion[] regions(int count) {
    if (regions.length < count) {
      regions = new RoutedRegion[count];
    }
    return regions;
  }

  /** Room to put an order together beside {@link #regions}. */
  RoutedRegion[] spare(int count) {
    if (spare.length < count) {
      spare = new RoutedRegion[count];
    }
    return spare;
  }

  /** Room to sort so many regions in, by {@link #keys}. */
  RoutedRegion[] sorted(int count) {
    if (sorted.length < count) {
      sorted = new RoutedRegion[count];
      keys = new long[count];
    }
    return sorted;
  }

  long[] keys() {
    return keys;
  }

  /** Room to divide requests between regions. */
  Division division() {
    return division;
  }

  /** A decision for the first of {@link #regions}; valid until the next one of this query. */
  Forward forward(int count, Why why) {
    order.set(regions, count);
    return forwards[why.slot()];
  }

  /** What asked for one region. */
  public enum Pin {
    /** Nothing did, or what was asked for can't be had. */
    NONE,
    /** The client's cookie or prefix. */
    AFFINITY,
    /** The client's home. */
    HOME,
    /** The client has written. */
    WROTE,
    /** A trusted proxy or a canary's condition. */
    REQUEST
  }

  public Pin pin() {
    return pin;
  }
}
