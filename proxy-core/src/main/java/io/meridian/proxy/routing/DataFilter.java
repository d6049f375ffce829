package io.meridian.proxy.routing;

import io.meridian.config.Data;
import io.meridian.config.Route;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.http.ResponseHead;
import io.meridian.proxy.routing.Plan.Verdict;
import io.meridian.proxy.routing.RouteDecision.Forward;
import io.meridian.proxy.routing.RouteDecision.Reason;
import io.meridian.proxy.routing.RouteDecision.Refuse;
import io.meridian.proxy.routing.RouteDecision.Why;
import io.meridian.proxy.routing.RouteQuery.Pin;
import io.meridian.proxy.routing.WroteCookie.Wrote;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What of a route depends on where its clients' data is. It works on a decision that fences, dials
 * and health have made: it takes another of the plan's regions first, or moves regions within the
 * order, and never adds one that the plan does not let in. What a trusted proxy or a canary's
 * condition asks for stays as it is. Immutable.
 */
public final class DataFilter {
  private static final RegionOrder NOWHERE = new RegionOrder();
  private static final Refuse NOT_FRESH = new Refuse(Reason.NOT_FRESH, 503);

  private final int route;
  private final double maxLagMillis; // NaN: no bound
  private final @Nullable WroteCookie wrote;
  private final boolean refuses;
  private final @Nullable HomeRegion home;
  private final @Nullable String replayHeader; // lower case
  private final @Nullable String positionHeader; // lower case

  private DataFilter(
      int route,
      Data data,
      @Nullable WroteCookie wrote,
      @Nullable HomeRegion home,
      @Nullable String positionHeader) {
    Data.ReadYourWrites rule = data.readYourWrites();
    Data.AppReplay replay = data.replay();
    this.route = route;
    this.maxLagMillis = data.maxLag() == null ? Double.NaN : data.maxLag().toNanos() / 1e6;
    this.wrote = wrote;
    this.refuses = rule != null && rule.otherwise() == Data.Otherwise.REFUSE;
    this.home = home;
    this.replayHeader = replay == null ? null : replay.header().toLowerCase(Locale.ROOT);
    this.positionHeader = positionHeader == null ? null : positionHeader.toLowerCase(Locale.ROOT);
  }

  /**
   * Null: the route has none.
   *
   * @param keys what the files hold that routes name; a cookie without its key is not looked at
   * @param names of all regions, by index
   */
  static @Nullable DataFilter of(
      int index,
      Route route,
      Map<Path, byte[]> keys,
      List<String> names,
      @Nullable String positionHeader) {
    Data data = route.data();
    if (data == null) {
      return null;
    }
    Data.ReadYourWrites rule = data.readYourWrites();
    byte[] key = rule == null ? null : keys.get(rule.keyFile());
    WroteCookie wrote =
        rule == null || key == null ? null : new WroteCookie(route.name(), rule, key, names);
    Data.Home at = data.home();
    byte[] homeKey = at == null || at.keyFile() == null ? null : keys.get(at.keyFile());
    HomeRegion home = at == null ? null : new HomeRegion(route.name(), at, homeKey, names);
    return new DataFilter(index, data, wrote, home, positionHeader);
  }

  /** The same decision, or one that suits the client's data better. */
  RouteDecision refine(RouteDecision decision, Plan plan, RouteQuery query, Replicas replicas) {
    query.wrote = null;
    RequestHead head = query.head;
    if (query.pin == Pin.REQUEST || head == null) {
      return decision;
    }
    RouteDecision refined = decision;
    HomeRegion at = home;
    int region = at == null ? -1 : at.region(query, head);
    if (refined instanceof Forward && plan.has(region)) {
      query.pin = Pin.HOME;
      refined = renamed(plan.pinned(region, query), Why.HOME, query);
    }
    if (query.safe && !Double.isNaN(maxLagMillis) && refined instanceof Forward forward) {
      refined = leaveLagging(forward, query, replicas);
    }
    WroteCookie cookie = wrote;
    Wrote said = cookie == null ? null : cookie.read(head, query.epochSeconds);
    query.wrote = said;
    return said != null && refined instanceof Forward forward
        ? where(said, forward, plan, query, replicas)
        : refined;
  }

  /** Whether a region's data will do for the request that was decided last. */
  boolean suits(RoutedRegion region, RouteQuery query, Replicas replicas) {
    Wrote said = query.wrote;
    boolean lags =
        query.safe && !Double.isNaN(maxLagMillis) && replicas.lagging(route, region.index());
    return !lags && (said == null || has(region, said, replicas));
  }

  private static RouteDecision renamed(RouteDecision decision, Why why, RouteQuery query) {
    if (!(decision instanceof Forward(RegionOrder order, _))) {
      return decision;
    }
    int size = order.size();
    RoutedRegion[] copy = query.spare(size);
    for (int i = 0; i < size; i++) {
      copy[i] = order.get(i);
    }
    System.arraycopy(copy, 0, query.regions(size), 0, size);
    return query.forward(size, why);
  }

  /** Regions within the bound first; the others behind them, those that lag least first. */
  private Forward leaveLagging(Forward forward, RouteQuery query, Replicas replicas) {
    RegionOrder order = forward.order();
    int size = order.size();
    boolean some = false;
    for (int i = 0; i < size; i++) {
      some |= replicas.lagging(route, order.get(i).index());
    }
    if (!some) {
      return forward;
    }
    RoutedRegion[] kept = query.spare(size);
    int count = 0;
    for (int i = 0; i < size; i++) {
      if (!replicas.lagging(route, order.get(i).index())) {
        kept[count++] = order.get(i);
      }
    }
    int fresh = count;
    for (int i = 0; i < size; i++) {
      RoutedRegion region = order.get(i);
      if (replicas.lagging(route, region.index())) {
        double lag = replicas.lagMillis(region.index());
        int at = count++;
        for (; at > fresh && replicas.lagMillis(kept[at - 1].index()) > lag; at--) {
          kept[at] = kept[at - 1];
        }
        kept[at] = region;
      }
    }
    return taken(forward, order.first().index(), count, Why.LAG, query);
  }

  /** Regions that have what the client has written first. */
  private RouteDecision where(
      Wrote said, Forward forward, Plan plan, RouteQuery query, Replicas replicas) {
    Forward from = forward;
    if (count(from.order(), said, replicas) == 0) {
      if (plan.has(said.region()) && plan.pinned(said.region(), query) instanceof Forward pinned) {
        boolean bounded = query.safe && !Double.isNaN(maxLagMillis);
        from = bounded ? leaveLagging(pinned, query, replicas) : pinned;
        query.pin = Pin.WROTE;
        return split(from, -1, said, query, replicas);
      }
      return refuses && query.safe ? NOT_FRESH : forward;
    }
    return split(from, from.order().first().index(), said, query, replicas);
  }

  private static int count(RegionOrder order, Wrote said, Replicas replicas) {
    int count = 0;
    for (int i = 0; i < order.size(); i++) {
      count += has(order.get(i), said, replicas) ? 1 : 0;
    }
    return count;
  }

  private static boolean has(RoutedRegion region, Wrote said, Replicas replicas) {
    return region.index() == said.region()
        || (said.position() != Replicas.UNKNOWN && replicas.has(region.index(), said.position()));
  }

  private RouteDecision split(
      Forward from, int first, Wrote said, RouteQuery query, Replicas replicas) {
    RegionOrder order = from.order();
    int size = order.size();
    RoutedRegion[] kept = query.spare(size);
    int count = 0;
    for (int i = 0; i < size; i++) {
      if (has(order.get(i), said, replicas)) {
        kept[count++] = order.get(i);
      }
    }
    query.pin = Pin.WROTE;
    for (int i = 0; i < size && !(refuses && query.safe); i++) {
      if (!has(order.get(i), said, replicas)) {
        kept[count++] = order.get(i);
      }
    }
    return taken(from, first, count, Why.WROTE, query);
  }

  /** The first so many of the query's spare room as a decision. */
  private static Forward taken(Forward before, int first, int count, Why why, RouteQuery query) {
    RoutedRegion[] kept = query.spare(count);
    Why reason = kept[0].index() == first ? before.why() : why;
    System.arraycopy(kept, 0, query.regions(count), 0, count);
    return query.forward(count, reason);
  }

  /** Whether the client has written a moment ago, and is to read what it wrote. */
  boolean hasWritten(RouteQuery query, RequestHead head) {
    return wrote != null && wrote.read(head, query.epochSeconds) != null;
  }

  // ---- what answers say

  /**
   * The value of {@code Set-Cookie} for the answer to a request that was decided last; null: none.
   *
   * @param region name of the region that answered
   * @param tls whether the client came by TLS
   */
  public byte @Nullable [] wroteCookie(
      RouteQuery query, ResponseHead answer, String region, boolean tls) {
    WroteCookie cookie = wrote;
    if (cookie == null || query.safe || answer.status() < 200 || answer.status() >= 400) {
      return null;
    }
    long position = Replicas.UNKNOWN;
    int field = positionHeader == null ? -1 : answer.find(positionHeader, 0);
    if (field >= 0) {
      position =
          Positions.parse(answer.bytes(), answer.valueStart(field), answer.valueLength(field));
    }
    Wrote before = query.wrote;
    if (before != null && position != Replicas.UNKNOWN) {
      position = Math.max(position, before.position());
    }
    return cookie.setCookie(region, position, query.epochSeconds, tls);
  }

  /** Whether a client that has written reads what may lack it, in the region of this index. */
  public boolean stale(RouteQuery query, int region, Replicas replicas) {
    Wrote said = query.wrote;
    return said != null
        && query.safe
        && region != said.region()
        && (said.position() == Replicas.UNKNOWN || !replicas.has(region, said.position()));
  }

  /**
   * The value of {@code Set-Cookie} that keeps what the answer says is the client's home; null:
   * nothing. The field that says it goes no further.
   */
  public byte @Nullable [] homeCookie(RouteQuery query, ResponseHead answer, boolean tls) {
    HomeRegion at = home;
    return at == null ? null : at.setCookie(query, answer, tls);
  }

  /** The answer's field that sends requests elsewhere, in lower case; null: there is none. */
  public @Nullable String replayHeader() {
    return replayHeader;
  }

  /** Fields that only endpoints may set do not come from clients. */
  public void strip(RequestHead head) {
    String name = replayHeader;
    if (name != null) {
      for (int i = head.find(name, 0); i >= 0; i = head.find(name, i + 1)) {
        head.omit(i);
      }
    }
  }

  /** Whether decisions depend on the time of day. */
  public boolean needsTime() {
    return wrote != null;
  }

  /** Where a request goes that an endpoint has sent on. */
  RouteDecision replayed(Plan plan, RouteQuery query, RouteDecision decision, AppDirective to) {
    RegionOrder usual = decision instanceof Forward(RegionOrder order, _) ? order : NOWHERE;
    query.pin = Pin.REQUEST;
    int wanted = to.region();
    RouteDecision there = wanted == AppDirective.ANY ? null : plan.forced(wanted);
    if (there != null && (there instanceof Refuse || !to.elsewhere())) {
      if (!to.elsewhere()) {
        return there instanceof Forward ? renamed(there, Why.REPLAYED, query) : there;
      }
      there = null;
    }
    int count = 0;
    RoutedRegion[] kept = query.spare(usual.size() + 1);
    if (there instanceof Forward(RegionOrder only, _)) {
      kept[count++] = only.first();
    }
    for (int i = 0; i < usual.size(); i++) {
      RoutedRegion region = usual.get(i);
      boolean first = count > 0 && kept[0].index() == region.index();
      if (region.index() != to.from() && !first) {
        kept[count++] = region;
      }
    }
    if (count == 0) {
      return new Refuse(Reason.NO_HEALTHY_REGION, 503);
    }
    System.arraycopy(kept, 0, query.regions(count), 0, count);
    return query.forward(count, Why.REPLAYED);
  }

  // ---- for people

  /** What is known of the data, for this request. */
  List<Verdict> verdicts(RoutingSnapshot snapshot, RouteQuery query) {
    List<Verdict> all = new ArrayList<>();
    Replicas replicas = snapshot.replicas();
    RequestHead head = query.head;
    HomeRegion at = home;
    int homeIndex = at == null || head == null ? -1 : at.region(query, head);
    WroteCookie cookie = wrote;
    Wrote said = cookie == null || head == null ? null : cookie.read(head, query.epochSeconds);
    for (RoutedRegion region : snapshot.regions()) {
      int i = region.index();
      double lag = replicas.lagMillis(i);
      if (!Double.isNaN(maxLagMillis) && !Double.isNaN(lag)) {
        boolean lagging = replicas.lagging(route, i);
        String detail =
            String.format(Locale.ROOT, "lags %.1f ms, bound %.0f ms", lag, maxLagMillis);
        all.add(new Verdict(region.name(), "lag", !lagging || !query.safe, detail));
      }
      if (i == homeIndex) {
        all.add(new Verdict(region.name(), "home", true, "the client's home"));
      }
      if (said != null) {
        all.add(
            new Verdict(
                region.name(), "wrote", has(region, said, replicas), wrote(i, said, replicas)));
      }
    }
    return all;
  }

  private static String wrote(int region, Wrote said, Replicas replicas) {
    if (region == said.region()) {
      return "the client has written here";
    }
    long position = replicas.position(region);
    return said.position() == Replicas.UNKNOWN
        ? "the client has written elsewhere"
        : position == Replicas.UNKNOWN
            ? "position not known, the client's is " + said.position()
            : "position " + position + ", the client's is " + said.position();
  }
}
