package io.meridian.proxy.routing;

import io.meridian.config.Route;
import io.meridian.health.HealthState;
import io.meridian.proxy.routing.Plan.Choice;
import io.meridian.proxy.routing.Plan.Verdict;
import io.meridian.proxy.routing.RouteDecision.Forward;
import io.meridian.proxy.routing.RouteDecision.Reason;
import io.meridian.proxy.routing.RouteDecision.Refuse;
import io.meridian.proxy.routing.RouteDecision.Why;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The filters of a decision, in their order: fence, controls, health, order, band. Each narrows or
 * orders the candidates and leaves a verdict. Runs when the world changes, not for each request.
 */
@SuppressWarnings("ReferenceEquality") // there is one object for each region of a snapshot
final class PlanBuilder {
  /** Regions within this of the fastest count as equally near. */
  private static final double BAND_MILLIS = 10;

  private static final double BAND_RATIO = 0.10;

  private final PlanKey key;
  private final List<Verdict> verdicts = new ArrayList<>();

  private PlanBuilder(PlanKey key) {
    this.key = key;
  }

  /**
   * @param leader name of the region that the switch rule lets lead; null: the fastest leads
   */
  static Plan build(PlanKey key, Map<String, RoutedRegion> regions, @Nullable String leader) {
    return new PlanBuilder(key).build(regions, leader);
  }

  private Plan build(Map<String, RoutedRegion> regions, @Nullable String leader) {
    List<RoutedRegion> candidates = new ArrayList<>();
    for (String name : key.candidates()) {
      RoutedRegion region = regions.get(name);
      if (region != null) {
        candidates.add(region);
      }
    }
    List<RoutedRegion> fenced = fence(candidates);
    List<RoutedRegion> on = controls(fenced);
    List<RoutedRegion> up = health(on);
    if (up.isEmpty()) {
      Choice refuse = Choice.only(refuse(fenced, on));
      return new Plan(key, refuse, refuse, List.copyOf(verdicts));
    }
    List<RoutedRegion> best = order(on, leader); // as it would be if all were well
    List<RoutedRegion> ordered = order(up, leader);
    for (int i = 0; i < ordered.size(); i++) {
      RoutedRegion region = ordered.get(i);
      verdict(region, "order", true, "place " + (i + 1) + ", " + millis(region));
    }
    Choice repeatable = choice(standing(ordered, false), best.getFirst(), false);
    Choice unrepeatable = choice(standing(ordered, true), best.getFirst(), true);
    return new Plan(key, repeatable, unrepeatable, List.copyOf(verdicts));
  }

  private List<RoutedRegion> fence(List<RoutedRegion> candidates) {
    List<RoutedRegion> kept = new ArrayList<>();
    for (RoutedRegion region : candidates) {
      boolean allowed = key.allowed().contains(region.name());
      if (allowed) {
        kept.add(region);
      }
      if (key.fence() != null) {
        verdict(region, "fence", allowed, key.fence() + (allowed ? " allows it" : " forbids it"));
      }
    }
    return kept;
  }

  private List<RoutedRegion> controls(List<RoutedRegion> candidates) {
    List<RoutedRegion> kept = new ArrayList<>();
    for (RoutedRegion region : candidates) {
      if (region.dial() > 0) {
        kept.add(region);
      } else {
        verdict(region, "controls", false, "dial 0 %");
      }
    }
    return kept;
  }

  private List<RoutedRegion> health(List<RoutedRegion> candidates) {
    List<RoutedRegion> kept = new ArrayList<>();
    for (RoutedRegion region : candidates) {
      boolean usable = region.state().usable() && region.share() > 0;
      if (usable) {
        kept.add(region);
      }
      String share =
          region.share() < 1
              ? String.format(Locale.ROOT, ", share %.0f %%", region.share() * 100)
              : "";
      verdict(region, "health", usable, region.state().name().toLowerCase(Locale.ROOT) + share);
    }
    return kept;
  }

  private List<RoutedRegion> order(List<RoutedRegion> candidates, @Nullable String leader) {
    List<RoutedRegion> ordered = new ArrayList<>(candidates);
    switch (key.policy()) {
      case LATENCY ->
          ordered.sort(
              Comparator.<RoutedRegion>comparingInt(r -> place(r, candidates, leader))
                  .thenComparingDouble(RoutedRegion::estimateMillis)
                  .thenComparingInt(RoutedRegion::index));
      case PRIORITY ->
          ordered.sort(Comparator.comparingInt(r -> key.candidates().indexOf(r.name())));
    }
    return ordered;
  }

  /** The leader first, but for faster regions that come back: they get their share before it. */
  private static int place(
      RoutedRegion region, List<RoutedRegion> candidates, @Nullable String leader) {
    if (region.name().equals(leader)) {
      return 1;
    }
    if (region.state() == HealthState.PROBATION) {
      for (RoutedRegion other : candidates) {
        if (other.name().equals(leader) && region.estimateMillis() < other.estimateMillis()) {
          return 0;
        }
      }
    }
    return 2;
  }

  /** Those that are surely well first; a request that can't be repeated is the more careful one. */
  private static List<RoutedRegion> standing(List<RoutedRegion> ordered, boolean careful) {
    List<RoutedRegion> sorted = new ArrayList<>(ordered);
    sorted.sort(Comparator.comparingInt(region -> caution(region, careful)));
    return sorted;
  }

  private static int caution(RoutedRegion region, boolean careful) {
    return switch (region.state()) {
      case HEALTHY -> 0;
      case PROBATION -> careful && region.share() < 0.5 ? 1 : 0;
      case SUSPECT -> 2;
      case EJECTED -> 3;
    };
  }

  private Choice choice(List<RoutedRegion> ordered, RoutedRegion best, boolean careful) {
    List<RoutedRegion> band = band(ordered, careful);
    double[] chance = new double[ordered.size()];
    double left = 1;
    if (band.size() > 1) {
      double total = 0;
      for (RoutedRegion region : band) {
        total += weight(region) * portion(region);
      }
      for (RoutedRegion region : band) {
        double share = total == 0 ? 0 : weight(region) * portion(region) / total;
        chance[ordered.indexOf(region)] = share;
        left -= share;
        if (!careful) {
          verdict(region, "band", true, String.format(Locale.ROOT, "share %.1f %%", share * 100));
        }
      }
    } else {
      for (int i = 0; i < ordered.size() && left > 0; i++) {
        chance[i] = left * portion(ordered.get(i));
        left -= chance[i];
      }
    }
    chance[0] += Math.max(0, left);
    return draw(ordered, chance, best, band.size() > 1);
  }

  private Choice draw(
      List<RoutedRegion> ordered, double[] chance, RoutedRegion best, boolean byWeight) {
    List<RouteDecision> decisions = new ArrayList<>();
    List<Double> cumulative = new ArrayList<>();
    double sum = 0;
    for (int lead = 0; lead < ordered.size(); lead++) {
      if (chance[lead] <= 1e-9) {
        continue;
      }
      sum += chance[lead];
      RoutedRegion[] order = new RoutedRegion[ordered.size()];
      order[0] = ordered.get(lead);
      int at = 1;
      for (RoutedRegion region : ordered) {
        if (region != order[0]) {
          order[at++] = region;
        }
      }
      decisions.add(new Forward(new RegionOrder(order), why(order[0], best, byWeight)));
      cumulative.add(sum);
    }
    return new Choice(
        decisions.toArray(RouteDecision[]::new),
        cumulative.stream().mapToDouble(Double::doubleValue).toArray());
  }

  private Why why(RoutedRegion lead, RoutedRegion best, boolean byWeight) {
    if (lead == best && !byWeight) {
      return key.policy() == Route.Policy.PRIORITY ? Why.PRIORITY : Why.FASTEST;
    }
    if (best.state() == HealthState.EJECTED || best.state() == HealthState.SUSPECT) {
      return Why.FAILOVER;
    }
    return byWeight ? Why.WEIGHT : Why.SHARE;
  }

  /** Regions as near as the first, if the operator gave weights to choose between them by. */
  private List<RoutedRegion> band(List<RoutedRegion> ordered, boolean careful) {
    RoutedRegion first = ordered.getFirst();
    if (key.policy() != Route.Policy.LATENCY) {
      return List.of(first);
    }
    double fastest = Double.MAX_VALUE;
    for (RoutedRegion region : ordered) {
      if (caution(region, careful) == caution(first, careful)) {
        fastest = Math.min(fastest, region.estimateMillis());
      }
    }
    double limit = fastest + Math.max(BAND_MILLIS, fastest * BAND_RATIO);
    List<RoutedRegion> band = new ArrayList<>();
    boolean weighted = false;
    for (RoutedRegion region : ordered) {
      if (region.estimateMillis() <= limit && caution(region, careful) == caution(first, careful)) {
        band.add(region);
        weighted |= region.weight() != null;
      }
    }
    return weighted && band.size() > 1 ? band : List.of(first);
  }

  private static double weight(RoutedRegion region) {
    Integer weight = region.weight();
    return weight == null ? 1 : weight;
  }

  private static double portion(RoutedRegion region) {
    return Math.min(region.share(), 1) * region.dial();
  }

  private Refuse refuse(List<RoutedRegion> fenced, List<RoutedRegion> on) {
    if (fenced.isEmpty()) {
      return new Refuse(Reason.FENCE, key.refusalStatus());
    }
    return on.isEmpty()
        ? new Refuse(Reason.DIALLED_OFF, 503)
        : new Refuse(Reason.NO_HEALTHY_REGION, key.fence() == null ? 503 : key.refusalStatus());
  }

  private void verdict(RoutedRegion region, String filter, boolean kept, String detail) {
    verdicts.add(new Verdict(region.name(), filter, kept, detail));
  }

  private static String millis(RoutedRegion region) {
    return String.format(Locale.ROOT, "%.1f ms", region.estimateMillis())
        + (region.samples() == 0 ? " (prior)" : "");
  }
}
