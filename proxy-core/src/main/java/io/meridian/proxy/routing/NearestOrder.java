package io.meridian.proxy.routing;

import io.meridian.config.Coordinates;
import io.meridian.geo.GreatCircle;
import io.meridian.geo.Location;
import io.meridian.health.HealthState;
import io.meridian.proxy.routing.Plan.Verdict;
import io.meridian.proxy.routing.RouteDecision.Reason;
import io.meridian.proxy.routing.RouteDecision.Refuse;
import io.meridian.proxy.routing.RouteDecision.Why;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Regions by great-circle distance from the client, worked out for each request in memory that the
 * query owns: there are too many places to have an order for each. Shares and dials are as in
 * {@link Lots}. Immutable.
 */
@SuppressWarnings("ReferenceEquality") // there is one object for each region of a snapshot
final class NearestOrder {
  /** More than any distance: regions that are less surely well stand behind all that are. */
  private static final double BEHIND = 1e6;

  private static final Refuse DIALLED_OFF = new Refuse(Reason.DIALLED_OFF, 503);

  private final RoutedRegion[] regions; // that are on
  private final boolean[] up;
  private final double[] x;
  private final double[] y;
  private final double[] z;
  private final double[] factors;
  private final boolean biased;
  private final boolean byLatency;
  private final int upCount;
  private final @Nullable RoutedRegion canary;
  private final double canaryShare;

  /**
   * @param on regions that the fence and the operator leave, all with a location
   * @param well those of them that are up
   * @param canary region that is tried out and is up; null: none
   * @param byLatency by the estimate of the round trip from the client, instead of the distance
   */
  NearestOrder(
      List<RoutedRegion> on,
      List<RoutedRegion> well,
      @Nullable RoutedRegion canary,
      double share,
      boolean byLatency) {
    this.byLatency = byLatency;
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
    RoutedRegion best = sort(query);
    RoutedRegion[] sorted = query.sorted(upCount);
    RoutedRegion lead = null;
    for (int i = 0; i < upCount && lead == null; i++) {
      double portion = sorted[i].portion();
      if (chance < portion) {
        lead = sorted[i];
      } else {
        chance = portion < 1 ? (chance - portion) / (1 - portion) : 0;
      }
    }
    lead = lead == null ? leftOver(sorted, query) : lead;
    if (lead == null) {
      return DIALLED_OFF;
    }
    Why why =
        lead == best
            ? byLatency ? Why.FASTEST : Why.NEAREST
            : best.state() == HealthState.EJECTED || best.state() == HealthState.SUSPECT
                ? Why.FAILOVER
                : Why.SHARE;
    return arrange(lead, why, query);
  }

  /** To this region first, and from there to the others. */
  RouteDecision behind(RoutedRegion lead, Why why, RouteQuery query) {
    sort(query);
    return arrange(lead, why, query);
  }

  private @Nullable RoutedRegion leftOver(RoutedRegion[] sorted, RouteQuery query) {
    for (int i = 0; i < upCount; i++) {
      if (sorted[i].share() < 1 && admits(sorted[i], query)) {
        return sorted[i];
      }
    }
    for (int i = 0; i < upCount; i++) {
      if (sorted[i].emergency()) {
        return sorted[i];
      }
    }
    return null;
  }

  /**
   * Puts those that are up into the query's memory, those that are surely well first, each by
   * distance.
   *
   * @return the nearest as if all were well
   */
  private RoutedRegion sort(RouteQuery query) {
    Location place = query.location;
    double latitude = Math.toRadians(place.latitude());
    double longitude = Math.toRadians(place.longitude());
    double cx = Math.cos(latitude) * Math.cos(longitude);
    double cy = Math.cos(latitude) * Math.sin(longitude);
    double cz = Math.sin(latitude);
    RoutedRegion[] sorted = query.sorted(upCount);
    double[] keys = query.keys();
    int count = 0;
    int best = 0;
    double nearest = Double.MAX_VALUE;
    for (int i = 0; i < regions.length; i++) {
      double dx = cx - x[i];
      double dy = cy - y[i];
      double dz = cz - z[i];
      double square = dx * dx + dy * dy + dz * dz;
      double distance =
          byLatency
              ? query.clientMillis[regions[i].index()] * factors[i]
              : biased ? angle(square) * factors[i] : square;
      if (distance < nearest) {
        nearest = distance;
        best = i;
      }
      if (up[i]) {
        double key = distance + Caution.of(regions[i], !query.repeatable) * BEHIND;
        int at = count++;
        for (; at > 0 && keys[at - 1] > key; at--) {
          keys[at] = keys[at - 1];
          sorted[at] = sorted[at - 1];
        }
        keys[at] = key;
        sorted[at] = regions[i];
      }
    }
    return regions[best];
  }

  /** The leader, the others as their dials let them, then those for emergencies. */
  private RouteDecision arrange(RoutedRegion lead, Why why, RouteQuery query) {
    RoutedRegion[] sorted = query.sorted(upCount);
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
    long bits = Rendezvous.mix(query.random ^ (region.index() + 1) * 0x9e3779b97f4a7c15L);
    return dial == 1 || (bits >>> 11) * 0x1p-53 < dial;
  }

  /**
   * The angle between two points of the unit sphere, in radians, within 2e-8: 13 centimetres.
   *
   * @param square of the straight line between them
   * @see "M. Abramowitz, I. Stegun, Handbook of Mathematical Functions, 1964, 4.4.46"
   */
  static double angle(double square) {
    double near = Math.min(square / 2, 2); // 1 - cos
    return near <= 1 ? arc(near) : Math.PI - arc(2 - near);
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
    sort(query);
    RoutedRegion[] sorted = query.sorted(upCount);
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
    return verdicts;
  }

  Map<String, Double> shares(RouteQuery query) {
    sort(query);
    RoutedRegion[] sorted = query.sorted(upCount);
    List<RoutedRegion> ordered = new ArrayList<>();
    for (int i = 0; i < upCount; i++) {
      ordered.add(sorted[i]);
    }
    Lots lots = new Lots(ordered, List.of(), _ -> 1);
    RoutedRegion trial = canary;
    double tried =
        trial == null || Caution.of(trial, !query.repeatable) > 0
            ? 0
            : canaryShare * trial.portion();
    Map<String, Double> shares = new LinkedHashMap<>();
    if (trial != null && tried > 0) {
      shares.put(trial.name(), tried);
    }
    for (int i = 0; i < ordered.size(); i++) {
      if (lots.chance(i) > 0) {
        shares.merge(ordered.get(i).name(), lots.chance(i) * (1 - tried), Double::sum);
      }
    }
    return shares;
  }
}
