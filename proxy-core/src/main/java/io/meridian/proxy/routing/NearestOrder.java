package io.meridian.proxy.routing;

import io.meridian.config.Coordinates;
import io.meridian.geo.GreatCircle;
import io.meridian.geo.Location;
import io.meridian.health.HealthState;
import io.meridian.proxy.routing.Ordering.Fastest;
import io.meridian.proxy.routing.Ordering.Nearest;
import io.meridian.proxy.routing.Plan.Verdict;
import io.meridian.proxy.routing.RouteDecision.Reason;
import io.meridian.proxy.routing.RouteDecision.Refuse;
import io.meridian.proxy.routing.RouteDecision.Why;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Regions by great-circle distance or round trip from the client, worked out in memory that the
 * query owns: there are too many places to have an order for each, but those that were asked for
 * lately are kept. Shares and dials are as in {@link Lots}, and by round trip so are weights within
 * the band. Any thread.
 */
@SuppressWarnings("ReferenceEquality") // there is one object for each region of a snapshot
final class NearestOrder {
  /** Below the caution in a key: a number that is not negative, of which two bits are dropped. */
  private static final int CAUTION_SHIFT = 61;

  /** Places whose order is kept; a power of two. */
  private static final int KNOWN = 1024;

  private static final Refuse DIALLED_OFF = new Refuse(Reason.DIALLED_OFF, 503);

  private final RoutedRegion[] regions; // that are on
  private final boolean[] up;
  private final double[] x;
  private final double[] y;
  private final double[] z;
  private final double[] factors;
  private final boolean biased;
  private final boolean byLatency;
  private final Fastest band;
  private final boolean weighted; // whether weights divide what lies in the band
  private final boolean divided; // whether not all requests go to the first region
  private final int upCount;
  private final @Nullable Known[] known = new Known[KNOWN];
  private final @Nullable RoutedRegion canary;
  private final double canaryShare;

  /**
   * @param on regions that the fence and the operator leave, by distance all with a location
   * @param well those of them that are up
   * @param canary region that is tried out and is up; null: none
   * @param share of the requests that the canary gets
   */
  NearestOrder(
      Nearest ordering,
      List<RoutedRegion> on,
      List<RoutedRegion> well,
      @Nullable RoutedRegion canary,
      double share) {
    this.byLatency = ordering.byLatency();
    this.band = ordering.band();
    this.weighted = byLatency && well.stream().anyMatch(region -> region.weight() != null);
    this.divided = weighted || well.stream().anyMatch(region -> region.portion() < 1);
    int count = on.size();
    regions = on.toArray(RoutedRegion[]::new);
    up = new boolean[count];
    x = new double[count];
    y = new double[count];
    z = new double[count];
    factors = new double[count];
    for (int i = 0; i < count; i++) {
      RoutedRegion region = regions[i];
      Coordinates at = region.location();
      up[i] = well.contains(region);
      factors[i] = Bias.factor(region.bias());
      if (byLatency) {
        continue;
      }
      if (at == null) {
        throw new IllegalStateException(region.name() + ": no location");
      }
      double latitude = Math.toRadians(at.latitude());
      double longitude = Math.toRadians(at.longitude());
      x[i] = Math.cos(latitude) * Math.cos(longitude);
      y[i] = Math.cos(latitude) * Math.sin(longitude);
      z[i] = Math.sin(latitude);
    }
    biased = on.stream().anyMatch(region -> region.bias() != 0);
    upCount = well.size();
    this.canary = canary;
    this.canaryShare = share;
  }

  boolean byLatency() {
    return byLatency;
  }

  /** Whether so much is known of the client that it can be told which is its nearest. */
  boolean fits(RouteQuery query) {
    return byLatency ? query.clientKnown : query.location.hasCoordinates();
  }

  /** Where a request goes that asks for no region. */
  RouteDecision draw(RouteQuery query) {
    double chance = query.chance();
    RoutedRegion trial = canary;
    if (trial != null && Caution.of(trial, !query.repeatable) == 0) {
      double share = canaryShare * trial.portion();
      if (chance < share) {
        return behind(trial, Why.CANARY, query);
      }
      chance = (chance - share) / (1 - share);
    }
    RoutedRegion[] sorted = sort(query);
    int at = divided ? drawn(chance, divide(sorted, query)) : 0;
    return at < 0
        ? DIALLED_OFF
        : arrange(sorted[at], why(sorted[at], sorted, query), sorted, query);
  }

  /** Place of the region for this number; -1: none takes it. */
  private int drawn(double chance, Division division) {
    double rest = chance;
    int last = -1;
    for (int i = 0; i < upCount; i++) {
      double share = division.chance(i);
      if (share > 0 && rest < share) {
        return i;
      }
      rest -= share;
      last = share > 0 ? i : last;
    }
    return division.left() > 0 ? -1 : last; // what rounding has lost
  }

  /** How often each of the sorted regions comes first. */
  private Division divide(RoutedRegion[] sorted, RouteQuery query) {
    Division division = query.division();
    division.begin(upCount);
    int members = weighted ? band(sorted, query) : 0;
    for (int i = 0; i < upCount && members > 1; i++) {
      if (isNear(sorted[i], sorted[0], query)) {
        Integer weight = sorted[i].weight();
        division.weigh(i, weight == null ? 1 : weight);
      }
    }
    division.divide(sorted, upCount);
    return division;
  }

  /** How many regions weights divide; 0: they don't. */
  private int band(RoutedRegion[] sorted, RouteQuery query) {
    int members = 0;
    boolean given = false;
    for (int i = 0; i < upCount; i++) {
      if (isNear(sorted[i], sorted[0], query)) {
        members++;
        given |= sorted[i].weight() != null;
      }
    }
    return given ? members : 0;
  }

  /** Whether it is as near as the nearest of those that are as surely well, within the band. */
  private boolean isNear(RoutedRegion region, RoutedRegion first, RouteQuery query) {
    boolean careful = !query.repeatable;
    double least = millis(first, query);
    return Caution.of(region, careful) == Caution.of(first, careful)
        && millis(region, query) <= least + Math.max(band.bandMillis(), least * band.bandRatio());
  }

  /** From the client, as it counts with the bias. */
  private static double millis(RoutedRegion region, RouteQuery query) {
    return query.clientMillis[region.index()] * Bias.factor(region.bias());
  }

  private Why why(RoutedRegion lead, RoutedRegion[] sorted, RouteQuery query) {
    RoutedRegion best = sorted[upCount];
    boolean shared = weighted && band(sorted, query) > 1 && isNear(lead, sorted[0], query);
    if (lead == best && !shared) {
      return byLatency ? Why.FASTEST : Why.NEAREST;
    }
    if (best.state() == HealthState.EJECTED || best.state() == HealthState.SUSPECT) {
      return Why.FAILOVER;
    }
    return shared ? Why.WEIGHT : Why.SHARE;
  }

  /** To this region first, and from there to the others. */
  RouteDecision behind(RoutedRegion lead, Why why, RouteQuery query) {
    return arrange(lead, why, sort(query), query);
  }

  /** Of one place; {@code sorted} as {@link #sort} returns it. */
  private static final class Known {
    private final double latitude;
    private final double longitude;
    private final boolean repeatable;
    private final RoutedRegion[] sorted;

    Known(double latitude, double longitude, boolean repeatable, RoutedRegion[] sorted) {
      this.latitude = latitude;
      this.longitude = longitude;
      this.repeatable = repeatable;
      this.sorted = sorted;
    }

    boolean of(double otherLatitude, double otherLongitude, boolean otherRepeatable) {
      return latitude == otherLatitude
          && longitude == otherLongitude
          && repeatable == otherRepeatable;
    }
  }

  /**
   * Those that are up: those that are surely well first, each by distance; and behind them all the
   * nearest as if all were well. Databases know few places, and most clients are at few of them:
   * what was worked out lately is kept. Not to be changed.
   */
  private RoutedRegion[] sort(RouteQuery query) {
    if (byLatency) {
      return work(query, 0, 0); // what is known of a client is not that of its place
    }
    double latitude = query.location.latitude();
    double longitude = query.location.longitude();
    long bits = Double.doubleToRawLongBits(latitude) * 31 + Double.doubleToRawLongBits(longitude);
    int slot = ((int) (Rendezvous.mix(bits) >>> 33) & (KNOWN - 2)) | (query.repeatable ? 1 : 0);
    Known one = known[slot]; // any thread may put another one there, whole
    if (one != null && one.of(latitude, longitude, query.repeatable)) {
      return one.sorted;
    }
    RoutedRegion[] sorted = work(query, Math.toRadians(latitude), Math.toRadians(longitude));
    if (one == null || (query.random & 7) == 0) { // places that share a slot don't fight for it
      RoutedRegion[] kept = Arrays.copyOf(sorted, upCount + 1);
      known[slot] = new Known(latitude, longitude, query.repeatable, kept);
    }
    return sorted;
  }

  private RoutedRegion[] work(RouteQuery query, double latitude, double longitude) {
    double cx = Math.cos(latitude) * Math.cos(longitude);
    double cy = Math.cos(latitude) * Math.sin(longitude);
    double cz = Math.sin(latitude);
    RoutedRegion[] sorted = query.sorted(upCount + 1);
    long[] keys = query.keys();
    long indexes = (Long.highestOneBit(regions.length) << 1) - 1;
    int count = 0;
    int best = 0;
    double nearest = Double.MAX_VALUE;
    for (int i = 0; i < regions.length; i++) {
      double distance = distance(i, query, cx, cy, cz);
      if (distance < nearest) {
        nearest = distance;
        best = i;
      }
      if (up[i]) {
        // caution, then distance within 1e-12 of it, then place in the file: sorted as one number
        keys[count++] =
            (long) Caution.of(regions[i], !query.repeatable) << CAUTION_SHIFT
                | (Double.doubleToRawLongBits(distance) >>> 2 & ~indexes)
                | i;
      }
    }
    Arrays.sort(keys, 0, count);
    for (int i = 0; i < count; i++) {
      sorted[i] = regions[(int) (keys[i] & indexes)];
    }
    sorted[upCount] = regions[best];
    return sorted;
  }

  /** What counts of the way to a region; by distance, only to be compared with others. */
  private double distance(int i, RouteQuery query, double cx, double cy, double cz) {
    if (byLatency) {
      return query.clientMillis[regions[i].index()] * factors[i];
    }
    double dx = cx - x[i];
    double dy = cy - y[i];
    double dz = cz - z[i];
    double square = dx * dx + dy * dy + dz * dz;
    return biased ? angle(square) * factors[i] : square;
  }

  /** Whether a region that is nearer to the client than this one is not well. */
  boolean standsIn(RoutedRegion region, RouteQuery query) {
    double latitude = byLatency ? 0 : Math.toRadians(query.location.latitude());
    double longitude = byLatency ? 0 : Math.toRadians(query.location.longitude());
    double cx = Math.cos(latitude) * Math.cos(longitude);
    double cy = Math.cos(latitude) * Math.sin(longitude);
    double cz = Math.sin(latitude);
    double own = -1;
    double unwell = Double.MAX_VALUE;
    for (int i = 0; i < regions.length; i++) {
      double distance = distance(i, query, cx, cy, cz);
      if (regions[i] == region) {
        own = distance;
      } else if (!up[i] || regions[i].state() == HealthState.SUSPECT) {
        unwell = Math.min(unwell, distance);
      }
    }
    return unwell < own;
  }

  /** The leader, the others as their dials let them, then those for emergencies. */
  private RouteDecision arrange(
      RoutedRegion lead, Why why, RoutedRegion[] sorted, RouteQuery query) {
    RoutedRegion[] order = query.regions(upCount + 1);
    int count = 0;
    order[count++] = lead;
    for (int i = 0; i < upCount; i++) {
      if (sorted[i] != lead && admits(sorted[i], query)) {
        order[count++] = sorted[i];
      }
    }
    for (int i = 0; i < upCount; i++) {
      if (sorted[i] != lead && sorted[i].emergency() && !admits(sorted[i], query)) {
        order[count++] = sorted[i];
      }
    }
    return query.forward(count, why);
  }

  private static boolean admits(RoutedRegion region, RouteQuery query) {
    double dial = region.dial();
    if (dial == 1) {
      return true;
    }
    long bits = Rendezvous.mix(query.random ^ (region.index() + 1) * 0x9e3779b97f4a7c15L);
    return (bits >>> 11) * 0x1p-53 < dial;
  }

  /**
   * The angle between two points of the unit sphere, in radians, within 2e-8: 13 centimetres.
   *
   * @param square of the straight line between them
   * @see "M. Abramowitz, I. Stegun, Handbook of Mathematical Functions, 1964, 4.4.46"
   */
  static double angle(double square) {
    double cosine = 1 - Math.min(square / 2, 2);
    double right = Math.PI / 2; // no branch: half of all regions are on the other side of the earth
    return right - Math.copySign(right - arc(1 - Math.abs(cosine)), cosine);
  }

  /** The arc whose cosine is {@code 1 - near}, for cosines that are not negative. */
  private static double arc(double near) {
    double x = 1 - near;
    double sum = -0.0012624911;
    sum = sum * x + 0.0066700901;
    sum = sum * x - 0.0170881256;
    sum = sum * x + 0.0308918810;
    sum = sum * x - 0.0501743046;
    sum = sum * x + 0.0889789874;
    sum = sum * x - 0.2145988016;
    sum = sum * x + 1.5707963050;
    return Math.sqrt(near) * sum;
  }

  List<Verdict> verdicts(RouteQuery query) {
    RoutedRegion[] sorted = sort(query);
    List<Verdict> verdicts = new ArrayList<>();
    Location place = query.location;
    for (int i = 0; i < upCount; i++) {
      RoutedRegion region = sorted[i];
      if (byLatency) {
        String detail =
            String.format(
                Locale.ROOT,
                "place %d, %.1f ms from the client%s",
                i + 1,
                query.clientMillis[region.index()],
                region.bias() == 0 ? "" : ", bias " + region.bias());
        verdicts.add(new Verdict(region.name(), "order", true, detail));
        continue;
      }
      Coordinates at = Objects.requireNonNull(region.location());
      double km =
          GreatCircle.kilometres(
              place.latitude(), place.longitude(), at.latitude(), at.longitude());
      String bias =
          region.bias() == 0
              ? ""
              : String.format(
                  Locale.ROOT,
                  ", counts as %.0f km by bias %d",
                  km * Bias.factor(region.bias()),
                  region.bias());
      String detail =
          String.format(Locale.ROOT, "place %d, %.0f km from the client%s", i + 1, km, bias);
      verdicts.add(new Verdict(region.name(), "order", true, detail));
    }
    if (weighted) {
      verdicts.addAll(band(query));
    }
    return verdicts;
  }

  private List<Verdict> band(RouteQuery query) {
    List<Verdict> verdicts = new ArrayList<>();
    for (Map.Entry<String, Double> entry : shares(query).entrySet()) {
      if (entry.getValue() < 1) {
        String detail = String.format(Locale.ROOT, "share %.1f %%", entry.getValue() * 100);
        verdicts.add(new Verdict(entry.getKey(), "band", true, detail));
      }
    }
    return verdicts;
  }

  Map<String, Double> shares(RouteQuery query) {
    RoutedRegion[] sorted = sort(query);
    Division division = divide(sorted, query);
    RoutedRegion trial = canary;
    double tried =
        trial == null || Caution.of(trial, !query.repeatable) > 0
            ? 0
            : canaryShare * trial.portion();
    Map<String, Double> shares = new LinkedHashMap<>();
    if (trial != null && tried > 0) {
      shares.put(trial.name(), tried);
    }
    for (int i = 0; i < upCount; i++) {
      if (division.chance(i) > 0) {
        shares.merge(sorted[i].name(), division.chance(i) * (1 - tried), Double::sum);
      }
    }
    return shares;
  }
}
