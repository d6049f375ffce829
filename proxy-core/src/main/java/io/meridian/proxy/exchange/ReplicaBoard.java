package io.meridian.proxy.exchange;

import io.meridian.config.Health;
import io.meridian.proxy.http.ResponseHead;
import io.meridian.proxy.routing.CompiledRoute;
import io.meridian.proxy.routing.Positions;
import io.meridian.proxy.routing.Replicas;
import io.meridian.proxy.routing.RoutedEndpoint;
import io.meridian.proxy.routing.RoutedRegion;
import io.meridian.proxy.routing.RoutingSnapshot;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What endpoints say of their copies of the data, and what follows for the regions. Words are noted
 * on any thread, each endpoint's last one counts; the fold runs on one.
 */
public final class ReplicaBoard {
  /** A region that has left comes back below this share of the bound. */
  private static final double BACK = 0.8;

  private final @Nullable String lagHeader; // lower case
  private final @Nullable String positionHeader;
  private final double millis; // of one unit of the lag
  private final long expiresNanos;
  private final Health.Replica rule;
  private final Word[] words; // by endpoint id
  private Replicas last = Replicas.NONE; // the folding thread's

  /** Of one endpoint. Times are the ticker's. */
  private static final class Word {
    volatile double lag = Double.NaN;
    volatile long lagNanos;
    volatile long position = Replicas.UNKNOWN;
    volatile long positionNanos;
  }

  /** A region's crossing of a route's bound. */
  public record Crossing(String route, String region, boolean lagging, double lagMillis) {}

  /**
   * @param endpoints how many ids there are
   * @param before what was known under the configuration before; null: nothing
   */
  public ReplicaBoard(Health.Replica rule, int endpoints, @Nullable ReplicaBoard before) {
    this.rule = rule;
    lagHeader = lower(rule.lagHeader());
    positionHeader = lower(rule.positionHeader());
    millis = rule.lagUnit() == Health.Unit.S ? 1000 : 1;
    expiresNanos = rule.expires().toNanos();
    words = new Word[endpoints];
    boolean same = before != null && before.rule.equals(rule);
    for (int i = 0; i < endpoints; i++) {
      words[i] = same && before != null && i < before.words.length ? before.words[i] : new Word();
    }
  }

  /** Null: no field is named that could tell. */
  public static @Nullable ReplicaBoard of(
      Health.Replica rule, int endpoints, @Nullable ReplicaBoard before) {
    return rule.lagHeader() == null && rule.positionHeader() == null
        ? null
        : new ReplicaBoard(rule, endpoints, before);
  }

  private static @Nullable String lower(@Nullable String name) {
    return name == null ? null : name.toLowerCase(Locale.ROOT);
  }

  /**
   * Notes what an answer says.
   *
   * @param read whether it answers a read: the position of a write is the write's, which the
   *     endpoint may have passed on and not have yet itself
   */
  void answered(int endpoint, ResponseHead head, boolean read, long nowNanos) {
    String lag = lagHeader;
    int field = lag == null ? -1 : head.find(lag, 0);
    if (field >= 0) {
      lag(endpoint, head.bytes(), head.valueStart(field), head.valueLength(field), nowNanos);
    }
    String position = read ? positionHeader : null;
    field = position == null ? -1 : head.find(position, 0);
    if (field >= 0) {
      position(endpoint, head.bytes(), head.valueStart(field), head.valueLength(field), nowNanos);
    }
  }

  /** Notes what a probe's answer says, whose fields are given by name. */
  public void probed(int endpoint, UnaryOperator<@Nullable String> fields, long nowNanos) {
    if (endpoint < 0 || endpoint >= words.length) {
      return;
    }
    String lag = lagHeader == null ? null : fields.apply(lagHeader);
    if (lag != null) {
      byte[] bytes = lag.getBytes(StandardCharsets.ISO_8859_1);
      lag(endpoint, bytes, 0, bytes.length, nowNanos);
    }
    String position = positionHeader == null ? null : fields.apply(positionHeader);
    if (position != null) {
      byte[] bytes = position.getBytes(StandardCharsets.ISO_8859_1);
      position(endpoint, bytes, 0, bytes.length, nowNanos);
    }
  }

  private void lag(int endpoint, byte[] bytes, int start, int length, long nowNanos) {
    double value = Positions.number(bytes, start, length) * millis;
    if (!Double.isNaN(value)) {
      Word word = words[endpoint];
      word.lagNanos = nowNanos;
      word.lag = value;
    }
  }

  /** Words that are overtaken on their way don't count: a copy goes forward only. */
  private void position(int endpoint, byte[] bytes, int start, int length, long nowNanos) {
    long value = Positions.parse(bytes, start, length);
    Word word = words[endpoint];
    boolean newer = value >= word.position || nowNanos - word.positionNanos > expiresNanos;
    if (value != Replicas.UNKNOWN && newer) {
      word.positionNanos = nowNanos;
      word.position = value;
    }
  }

  /**
   * What is known of the regions now. A region is as far behind as the worst of its endpoints that
   * are in use, and has what all of them have.
   */
  public Replicas fold(RoutingSnapshot routing, long nowNanos) {
    List<RoutedRegion> regions = routing.regions();
    double[] lags = new double[regions.size()];
    long[] positions = new long[regions.size()];
    for (int i = 0; i < lags.length; i++) {
      lags[i] = lag(regions.get(i), nowNanos);
      positions[i] = position(regions.get(i), nowNanos);
    }
    List<CompiledRoute> routes = routing.routes().routes();
    boolean[][] lagging = new boolean[routes.size()][];
    for (int i = 0; i < lagging.length; i++) {
      lagging[i] = lagging(routes.get(i), lags);
    }
    Replicas next = new Replicas(lags, positions, lagging);
    last = next.same(last) ? last : next;
    return last;
  }

  private boolean[] lagging(CompiledRoute route, double[] lags) {
    var data = route.config().data();
    Duration bound = data == null ? null : data.maxLag();
    boolean[] over = new boolean[lags.length];
    for (int i = 0; bound != null && i < over.length; i++) {
      double most = bound.toNanos() / 1e6;
      over[i] = lags[i] > (last.lagging(route.index(), i) ? most * BACK : most);
    }
    return over;
  }

  private double lag(RoutedRegion region, long nowNanos) {
    double worst = Double.NaN;
    for (RoutedEndpoint endpoint : region.endpoints()) {
      Word word = words[endpoint.id()];
      boolean counts = endpoint.state().usable() && nowNanos - word.lagNanos <= expiresNanos;
      if (counts && !Double.isNaN(word.lag)) {
        worst = Double.isNaN(worst) ? word.lag : Math.max(worst, word.lag);
      }
    }
    return worst;
  }

  private long position(RoutedRegion region, long nowNanos) {
    long least = Long.MAX_VALUE;
    for (RoutedEndpoint endpoint : region.endpoints()) {
      Word word = words[endpoint.id()];
      if (endpoint.state().usable()) {
        boolean known = nowNanos - word.positionNanos <= expiresNanos;
        least = Math.min(least, known ? word.position : Replicas.UNKNOWN);
      }
    }
    return least == Long.MAX_VALUE ? Replicas.UNKNOWN : least;
  }

  /** What has changed between two folds under the same configuration. */
  public static List<Crossing> crossings(RoutingSnapshot routing, Replicas was, Replicas is) {
    return was.equals(is)
        ? List.of()
        : routing.routes().routes().stream()
            .flatMap(route ->
                routing.regions().stream()
                    .filter(region ->
                        was.lagging(route.index(), region.index())
                            != is.lagging(route.index(), region.index()))
                    .map(region ->
                        new Crossing(
                            route.name(),
                            region.name(),
                            is.lagging(route.index(), region.index()),
                            is.lagMillis(region.index()))))
            .toList();
  }
}
