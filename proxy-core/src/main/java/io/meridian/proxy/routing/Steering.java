package io.meridian.proxy.routing;

import io.meridian.config.Coordinates;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.config.Route;
import io.meridian.config.Steer;
import io.meridian.proxy.http.Method;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.routing.RouteQuery.Pin;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Whether a client is better off at a region's own address than by way of this edge. Only regions
 * of the decision's order come into question, so that fences, dials and health hold here too. Who
 * is bound to a region for whatever reason is not sent away. Immutable.
 */
public final class Steering {
  private final Steer rule;
  private final byte[] cookie;
  private final @Nullable Coordinates edge;
  private final @Nullable String[] urls; // by region index, without a slash at the end
  private final byte[][] hosts; // of all regions' own addresses, without ports

  private Steering(Steer rule, MeridianConfig config) {
    this.rule = rule;
    this.cookie = FieldMatch.bytes(rule.name());
    this.edge = config.edge().location();
    List<Region> regions = config.regions();
    this.urls = new String[regions.size()];
    for (int i = 0; i < urls.length; i++) {
      urls[i] = regions.get(i).publicAddress();
    }
    this.hosts =
        regions.stream()
            .map(Region::publicHost)
            .filter(Objects::nonNull)
            .map(FieldMatch::bytes)
            .toArray(byte[][]::new);
  }

  /** Null: nobody is sent away. */
  static @Nullable Steering of(Route route, MeridianConfig config) {
    Steer rule = route.steer();
    return rule == null ? null : new Steering(rule, config);
  }

  /** The region to whose own address the client goes; null: it stays. */
  public @Nullable RoutedRegion target(RouteQuery query, RegionOrder order) {
    RequestHead head = query.head;
    if (head == null
        || query.pin != Pin.NONE
        || edge == null
        || !query.location.hasCoordinates()
        || !asked(head)
        || Cookies.find(head, cookie) >= 0
        || regional(head)) {
      return null;
    }
    RoutedRegion best = best(query, order);
    return best != null && worth(pathMillis(query, order), query.clientMillis[best.index()])
        ? best
        : null;
  }

  private @Nullable RoutedRegion best(RouteQuery query, RegionOrder order) {
    RoutedRegion best = null;
    for (int i = 0; i < order.size(); i++) {
      RoutedRegion region = order.get(i);
      boolean serves = region.index() < urls.length && urls[region.index()] != null;
      if (serves
          && Caution.of(region, true) == 0
          && (best == null
              || query.clientMillis[region.index()] < query.clientMillis[best.index()])) {
        best = region;
      }
    }
    return best;
  }

  private boolean worth(double path, double direct) {
    double gain = path - direct;
    return gain > rule.gain().toNanos() / 1e6 && gain > path * rule.gainRatio() / 100.0;
  }

  /** From the client by this edge to where it would go. */
  private double pathMillis(RouteQuery query, RegionOrder order) {
    return ClientEstimates.toEdge(query, edge) + order.first().estimateMillis();
  }

  private boolean asked(RequestHead head) {
    boolean read = head.method() == Method.GET || head.method() == Method.HEAD;
    if (head.upgrade()) {
      return false;
    }
    return switch (rule.requests()) {
      case ALL -> true;
      case READS -> read;
      case DOCUMENTS -> read && document(head);
    };
  }

  private static boolean document(RequestHead head) {
    int mode = head.find("sec-fetch-mode", 0);
    if (mode >= 0) {
      return head.value(mode).equals("navigate");
    }
    int accept = head.find("accept", 0);
    return accept >= 0 && head.value(accept).toLowerCase(Locale.ROOT).contains("text/html");
  }

  /** Whether it came by a region's own address, and so has been sent already. */
  private boolean regional(RequestHead head) {
    for (byte[] host : hosts) {
      if (ByteMap.equal(host, head.bytes(), head.hostStart(), head.hostLength())) {
        return true;
      }
    }
    return false;
  }

  /** Where the same is to be had at the region's own address. */
  public String location(RoutedRegion region, RequestHead head) {
    String target =
        new String(
            head.bytes(), head.targetStart(), head.targetLength(), StandardCharsets.US_ASCII);
    return urls[region.index()] + (target.startsWith("/") ? target : "");
  }

  public int status() {
    return rule.status();
  }

  /** The value of {@code Set-Cookie} by which a client that comes back is known. */
  public String setCookie(boolean tls) {
    return rule.name()
        + "=1; Path=/; Max-Age="
        + Math.max(1, rule.pause().toSeconds())
        + "; HttpOnly; SameSite=Lax"
        + (tls ? "; Secure" : "");
  }

  /** In numbers what speaks for it, for people; null: it does not come into question. */
  public @Nullable String explain(RouteQuery query, RegionOrder order) {
    RoutedRegion best = edge == null || query.head == null ? null : best(query, order);
    if (best == null || !query.location.hasCoordinates()) {
      return null;
    }
    return String.format(
        Locale.ROOT,
        "%s is %.1f ms from the client, %s by this edge %.1f ms: %s",
        best.name(),
        query.clientMillis[best.index()],
        order.first().name(),
        pathMillis(query, order),
        target(query, order) == null ? "it stays" : "it is sent there");
  }
}
