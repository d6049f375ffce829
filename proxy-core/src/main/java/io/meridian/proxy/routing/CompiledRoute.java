package io.meridian.proxy.routing;

import io.meridian.config.Compress;
import io.meridian.config.Route;
import io.meridian.config.RouteCache;
import io.meridian.proxy.cache.CacheRules;
import io.meridian.proxy.compress.Compression;
import io.meridian.proxy.http.FieldId;
import io.meridian.proxy.http.Method;
import io.meridian.proxy.http.RequestHead;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One route, ready to match and to look its plan up. Immutable. */
public final class CompiledRoute {
  private static final byte[] EXPLAIN = FieldMatch.bytes("x-meridian-explain");

  private final int index;
  private final Route config;
  private final FenceRule[] fences;
  private final Plans plans;
  private final @Nullable Pins pins;
  private final @Nullable DataFilter data;
  private final @Nullable Steering steering;
  private final byte @Nullable [] explainToken;
  private final long deadlineNanos;
  private final @Nullable Compression compression;
  private final @Nullable CacheRules cache;
  private final int methods;
  private final boolean needsClients;
  private final FieldMatch[] headers;

  /**
   * Indexes of a route's plans.
   *
   * @param byFences by the bits of the fences that apply, then by class: the rule for the client's
   *     place, or 0 for reads and 1 for writes
   */
  record Plans(
      List<List<Integer>> byFences, @Nullable GeolocationRules geolocation, boolean writes) {}

  CompiledRoute(
      int index,
      Route config,
      List<FenceRule> fences,
      Plans plans,
      @Nullable Pins pins,
      @Nullable DataFilter data,
      @Nullable Steering steering,
      byte @Nullable [] explainToken) {
    this.index = index;
    this.config = config;
    this.fences = fences.toArray(FenceRule[]::new);
    this.plans = plans;
    this.pins = pins;
    this.data = data;
    this.steering = steering;
    this.explainToken = explainToken;
    this.deadlineNanos = config.deadline().toNanos();
    Compress compress = config.compress();
    this.compression = compress == null ? null : new Compression(compress);
    RouteCache caching = config.cache();
    this.cache = caching == null ? null : CacheRules.of(config.name(), caching, !fences.isEmpty());
    this.needsClients = config.latencyFrom() == Route.LatencyFrom.CLIENT || steering != null;
    int known = 0;
    for (String method : config.match().methods()) {
      known |= 1 << methodId(method);
    }
    this.methods = known;
    this.headers =
        config.match().headers().stream().map(FieldMatch::new).toArray(FieldMatch[]::new);
  }

  public int index() {
    return index;
  }

  public String name() {
    return config.name();
  }

  public Route config() {
    return config;
  }

  /** All fences that may bind the route's clients. */
  public List<FenceRule> fences() {
    return List.of(fences);
  }

  /** The first fence that binds this request; null: none does. */
  public @Nullable FenceRule binding(RouteQuery query) {
    for (FenceRule fence : fences) {
      if (fence.applies(query)) {
        return fence;
      }
    }
    return null;
  }

  /** Whether decisions depend on the client's autonomous system. */
  public boolean needsAsn() {
    GeolocationRules rules = plans.geolocation();
    return (rules != null && rules.needsAsn()) || needsClients || config.beacon();
  }

  /** Whether decisions depend on round trips from the client. */
  public boolean needsClients() {
    return needsClients;
  }

  /** Whether decisions depend on the time of day. */
  public boolean needsTime() {
    return needsClients || (data != null && data.needsTime());
  }

  /**
   * The value of {@code Set-Cookie} for the answer to the query that was decided last; null: none.
   * Not to be changed.
   *
   * @param region name of the region that answered
   * @param tls whether the client came by TLS
   */
  public byte @Nullable [] setCookie(RouteQuery query, String region, boolean tls) {
    return pins == null ? null : pins.setCookie(query, region, tls);
  }

  public long deadlineNanos() {
    return deadlineNanos;
  }

  /** Whether the request has the token of those who are told where it goes and why. */
  public boolean explains(RequestHead head) {
    byte[] token = explainToken;
    if (token == null || !head.has(FieldId.X_MERIDIAN)) {
      return false;
    }
    int field = Pins.field(head, EXPLAIN);
    return field >= 0
        && AffinityCookie.same(
            token, head.bytes(), head.valueStart(field), head.valueLength(field));
  }

  /** Null: nothing is known of where the clients' data is. */
  public @Nullable DataFilter data() {
    return data;
  }

  /** Null: no client is sent to a region's own address. */
  public @Nullable Steering steering() {
    return steering;
  }

  @Nullable Pins pins() {
    return pins;
  }

  /** Null: answers of this route are passed on as they come. */
  public @Nullable Compression compression() {
    return compression;
  }

  /** Null: nothing of this route is stored. */
  public @Nullable CacheRules cache() {
    return cache;
  }

  /**
   * Whether a client may have an answer that came from this region before: one that serves the
   * route, and that every fence which binds the request allows.
   */
  public boolean mayHave(RouteQuery query, String region) {
    if (!config.regions().contains(region)) {
      return false;
    }
    for (FenceRule fence : fences) {
      if (fence.applies(query) && !fence.allows(region)) {
        return false;
      }
    }
    return true;
  }

  /**
   * Whether the request asks for a region, in a way that what is stored must not stand in for it: a
   * trusted proxy forces one, it is one of those that try one out, its client has just written, or
   * its sender wants to be told.
   */
  public boolean asksForRegion(RouteQuery query) {
    RequestHead head = query.head;
    return head != null
        && (explains(head)
            || (pins != null && pins.asksForRegion(query, head))
            || (data != null && data.hasWritten(query, head)));
  }

  /** Index of the plan for this request. */
  int plan(RouteQuery query) {
    int applied = 0;
    for (int i = 0; i < fences.length; i++) {
      applied |= fences[i].applies(query) ? 1 << i : 0;
    }
    GeolocationRules rules = plans.geolocation();
    int place = rules != null ? rules.match(query) : plans.writes() && !query.safe ? 1 : 0;
    return plans.byFences().get(applied).get(place);
  }

  /** Whether the method and field conditions hold; host and path were looked up already. */
  boolean accepts(RequestHead head) {
    return acceptsMethod(head) && acceptsHeaders(head);
  }

  /** How many conditions beyond host and path it has: more are more specific. */
  int specificity() {
    return headers.length * 2 + (methods == 0 ? 0 : 1);
  }

  private boolean acceptsMethod(RequestHead head) {
    return methods == 0 || (methods >> head.method() & 1) != 0;
  }

  private boolean acceptsHeaders(RequestHead head) {
    for (FieldMatch header : headers) {
      if (!header.matches(head)) {
        return false;
      }
    }
    return true;
  }

  private static int methodId(String method) {
    for (int id = Method.GET; id <= Method.PATCH; id++) {
      if (Method.label(id).equals(method)) {
        return id;
      }
    }
    throw new IllegalArgumentException("method: " + method + " (expected: a known method)");
  }
}
