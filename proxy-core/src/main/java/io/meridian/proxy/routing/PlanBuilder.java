package io.meridian.proxy.routing;

import io.meridian.health.HealthState;
import io.meridian.proxy.routing.Ordering.Fastest;
import io.meridian.proxy.routing.Ordering.Grouped;
import io.meridian.proxy.routing.Ordering.Listed;
import io.meridian.proxy.routing.Ordering.Nearest;
import io.meridian.proxy.routing.Ordering.Weighted;
import io.meridian.proxy.routing.Plan.Verdict;
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
 * The filters of a decision, in their order: fence, controls, health, pin, order, band. Each
 * narrows or orders the candidates and leaves a verdict. Runs when the world changes, not for each
 * request.
 */
@SuppressWarnings("ReferenceEquality") // there is one object for each region of a snapshot
final class PlanBuilder {
  private final PlanKey key;
  private final Map<String, RoutedRegion> regions;
  private final @Nullable String leader;
  private final Map<String, String> leaders;
  private final List<Verdict> verdicts = new ArrayList<>();
  private @Nullable GroupOrder groups; // of the regions that are as surely well as the first

  private PlanBuilder(
      PlanKey key,
      Map<String, RoutedRegion> regions,
      @Nullable String leader,
      Map<String, String> leaders) {
    this.key = key;
    this.regions = regions;
    this.leader = leader;
    this.leaders = leaders;
  }

  /**
   * @param regions all, by name, in the configuration's order
   * @param leader name of the region that the switch rule lets lead; null: the fastest leads
   */
  static Plan build(PlanKey key, Map<String, RoutedRegion> regions, @Nullable String leader) {
    return build(key, regions, leader, Map.of());
  }

  /**
   * @param leaders of groups: the members that the switch rule lets lead, by the group's name
   */
  static Plan build(
      PlanKey key,
      Map<String, RoutedRegion> regions,
      @Nullable String leader,
      Map<String, String> leaders) {
    return new PlanBuilder(key, regions, leader, leaders).build();
  }

  private Plan build() {
    List<RoutedRegion> candidates = new ArrayList<>();
    for (String name : key.candidates()) {
      RoutedRegion region = regions.get(name);
      if (region != null) {
        candidates.add(region);
      }
    }
    RoutedRegion canary = key.canary() == null ? null : regions.get(key.canary());
    List<RoutedRegion> all = new ArrayList<>(candidates);
    if (canary != null && !all.contains(canary)) {
      all.add(canary);
    }
    List<String> serving = promotion(candidates);
    candidates.removeIf(region -> key.allows(region.name()) && !serving.contains(region.name()));
    all.removeIf(
        region -> key.allows(region.name()) && !candidates.contains(region) && region != canary);
    List<RoutedRegion> up = health(controls(fence(all)));
    List<RoutedRegion> on = candidates.stream().filter(r -> key.allows(r.name()) && on(r)).toList();
    List<RoutedRegion> well = up.stream().filter(candidates::contains).toList();
    RoutedRegion trial = canary != null && up.contains(canary) ? canary : null;
    Refuse refuse = refuse(candidates, on);
    Plan plan = new Plan(key, regions, up, refuse);
    if (well.isEmpty()) {
      plan.choose(alone(trial, refuse, false), alone(trial, refuse, true));
      if (trial != null && trial.dial() > 0 && key.pinnable()) {
        plan.pin(trial, pinned(trial, List.of()), pinned(trial, List.of()));
      }
      plan.say(verdicts);
      return plan;
    }
    List<RoutedRegion> ordered = order(well);
    standIns(plan, on, well);
    groupVerdicts(ordered);
    for (int i = 0; i < ordered.size(); i++) {
      verdict(ordered.get(i), "order", true, place(i, ordered.get(i)));
    }
    for (boolean careful : new boolean[] {false, true}) {
      List<RoutedRegion> standing = standing(ordered, careful);
      plan.choose(careful, choice(standing, on, trial, careful));
      if (key.pinnable()) {
        for (RoutedRegion region : up) {
          if (region.dial() > 0) {
            plan.pin(careful, region, pinned(region, behind(region, standing, careful)));
          }
        }
      }
    }
    if (key.ordering() instanceof Nearest nearest) {
      plan.nearest(new NearestOrder(nearest, on, well, trial, key.canaryPercent() / 100.0));
    }
    standing(ordered, false);
    if (key.pinnable()) {
      plan.rendezvous(new Rendezvous(well, this::weight));
    }
    plan.say(verdicts);
    return plan;
  }

  private List<RoutedRegion> fence(List<RoutedRegion> candidates) {
    List<RoutedRegion> kept = new ArrayList<>();
    for (RoutedRegion region : candidates) {
      String fence = key.forbidden().get(region.name());
      if (fence == null) {
        kept.add(region);
      }
      if (!key.forbidden().isEmpty()) {
        verdict(region, "fence", fence == null, fence == null ? "allowed" : fence + " forbids it");
      }
    }
    return kept;
  }

  /** Where promotion is manual, those that nobody has promoted stand aside. */
  private List<String> promotion(List<RoutedRegion> candidates) {
    List<String> serving =
        key.serving(name -> {
          RoutedRegion region = regions.get(name);
          return region != null && region.promoted();
        });
    for (RoutedRegion region : candidates) {
      boolean serves = serving.contains(region.name());
      if (region.promoted() || (!serves && key.allows(region.name()))) {
        verdict(
            region,
            "promotion",
            serves,
            region.promoted() ? "promoted by an operator" : "waits to be promoted");
      }
    }
    return serving;
  }

  /** The regions as they are tried: those that are surely well first. */
  private List<RoutedRegion> standing(List<RoutedRegion> ordered, boolean careful) {
    List<RoutedRegion> sorted = Caution.sorted(ordered, careful);
    if (!(key.ordering() instanceof Grouped grouped)) {
      return sorted;
    }
    List<RoutedRegion> standing = new ArrayList<>();
    groups = null;
    while (standing.size() < sorted.size()) {
      int level = Caution.of(sorted.get(standing.size()), careful);
      List<RoutedRegion> alike =
          sorted.stream().filter(region -> Caution.of(region, careful) == level).toList();
      GroupOrder order = new GroupOrder(grouped, regions, alike, leaders, false);
      groups = groups == null ? order : groups;
      standing.addAll(order.ordered());
    }
    return standing;
  }

  /** Who stands behind a leader: for groups, its own come first. */
  private List<RoutedRegion> behind(
      RoutedRegion lead, List<RoutedRegion> standing, boolean careful) {
    if (!(key.ordering() instanceof Grouped grouped)) {
      return standing;
    }
    return Caution.sorted(
        new GroupOrder(grouped, regions, standing, leaders, false).around(lead), careful);
  }

  private void groupVerdicts(List<RoutedRegion> ordered) {
    if (key.ordering() instanceof Grouped grouped) {
      GroupOrder order = new GroupOrder(grouped, regions, ordered, leaders, false);
      for (RoutedRegion region : ordered) {
        verdict(region, "groups", !order.passedOver(region), order.verdict(region));
      }
    }
  }

  private static boolean on(RoutedRegion region) {
    return region.dial() > 0 || region.emergency();
  }

  private List<RoutedRegion> controls(List<RoutedRegion> candidates) {
    List<RoutedRegion> kept = new ArrayList<>();
    for (RoutedRegion region : candidates) {
      if (on(region)) {
        kept.add(region);
      }
      if (region.dial() < 1) {
        String dial = String.format(Locale.ROOT, "dial %.0f %%", region.dial() * 100);
        verdict(
            region,
            "controls",
            on(region),
            region.emergency() ? dial + ", more in an emergency" : dial);
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

  private List<RoutedRegion> order(List<RoutedRegion> candidates) {
    List<RoutedRegion> ordered = new ArrayList<>(candidates);
    switch (key.ordering()) {
      case Fastest _, Nearest _ ->
          ordered.sort(
              Comparator.<RoutedRegion>comparingInt(r -> place(r, candidates))
                  .thenComparingDouble(RoutedRegion::rankMillis)
                  .thenComparingInt(RoutedRegion::index));
      case Listed listed -> {
        if (listed.promotable()) {
          ordered.sort(Comparator.comparing(region -> !region.promoted())); // stable
        }
      }
      case Grouped grouped -> {
        return new GroupOrder(grouped, regions, candidates, leaders, false).ordered();
      }
      case Weighted _ ->
          ordered.sort(Comparator.comparingDouble(r -> -weight(r))); // stable: else as listed
    }
    return ordered;
  }

  /** The leader first, but for faster regions that come back: they get their share before it. */
  private int place(RoutedRegion region, List<RoutedRegion> candidates) {
    if (region.name().equals(leader)) {
      return 1;
    }
    if (region.state() == HealthState.PROBATION) {
      for (RoutedRegion other : candidates) {
        if (other.name().equals(leader) && region.rankMillis() < other.rankMillis()) {
          return 0;
        }
      }
    }
    return 2;
  }

  private Choice choice(
      List<RoutedRegion> ordered,
      List<RoutedRegion> on,
      @Nullable RoutedRegion trial,
      boolean careful) {
    List<RoutedRegion> group = group(ordered, careful);
    Lots lots = new Lots(ordered, group, this::weight);
    RoutedRegion best = best(on);
    boolean grouped = group.size() > 1;
    Lots.Draws draws = new Lots.Draws();
    double tried = tried(trial, careful);
    if (trial != null && tried > 0) {
      Lots.behind(trial, ordered, tried, Why.CANARY, draws);
    }
    lots.addTo(
        draws,
        1 - tried,
        lead -> why(lead, best, grouped),
        lead -> behind(lead, ordered, careful),
        new Refuse(Reason.DIALLED_OFF, 503));
    if (!careful) {
      shares(ordered, lots, trial, tried);
    }
    return draws.choice();
  }

  /** The canary's share is served even if no other region is up. */
  private Choice alone(@Nullable RoutedRegion trial, Refuse refuse, boolean careful) {
    Lots.Draws draws = new Lots.Draws();
    double tried = tried(trial, careful);
    if (trial != null && tried > 0) {
      Lots.behind(trial, List.of(), tried, Why.CANARY, draws);
    }
    draws.add(refuse, 1 - tried);
    return draws.choice();
  }

  /** How much of the requests a canary gets. */
  private double tried(@Nullable RoutedRegion trial, boolean careful) {
    return trial != null && Caution.of(trial, careful) == 0
        ? key.canaryPercent() / 100.0 * trial.portion()
        : 0;
  }

  /** Marks the regions that take over for better ones. */
  private void standIns(Plan plan, List<RoutedRegion> on, List<RoutedRegion> well) {
    List<RoutedRegion> ideal =
        switch (key.ordering()) {
          case Fastest _, Nearest _ ->
              on.stream().sorted(Comparator.comparingDouble(RoutedRegion::rankMillis)).toList();
          case Listed _, Weighted _ -> order(on);
          case Grouped grouped -> new GroupOrder(grouped, regions, on, leaders, true).ordered();
        };
    boolean failed = false;
    for (RoutedRegion region : ideal) {
      if (failed) {
        plan.standsIn(region);
      }
      failed |= !well.contains(region) || region.state() == HealthState.SUSPECT;
    }
  }

  /** The first as it would be if all were well. */
  private RoutedRegion best(List<RoutedRegion> on) {
    return key.ordering() instanceof Grouped grouped
        ? new GroupOrder(grouped, regions, on, leaders, true).ordered().getFirst()
        : order(on).getFirst();
  }

  private void shares(
      List<RoutedRegion> ordered, Lots lots, @Nullable RoutedRegion trial, double tried) {
    if (trial != null && tried > 0) {
      verdict(trial, "canary", true, share(tried));
    }
    for (int i = 0; i < ordered.size(); i++) {
      double share = lots.chance(i) * (1 - tried);
      if (share > 0 && share < 1) {
        verdict(ordered.get(i), "band", true, share(share));
      }
    }
  }

  private static String share(double share) {
    return String.format(Locale.ROOT, "share %.1f %%", share * 100);
  }

  private Choice pinned(RoutedRegion lead, List<RoutedRegion> standing) {
    Lots.Draws draws = new Lots.Draws();
    Lots.behind(lead, standing, 1, key.pinWhy(lead.name()), draws);
    return draws.choice();
  }

  private Why why(RoutedRegion lead, RoutedRegion best, boolean grouped) {
    if (lead == best && !grouped) {
      Why plain =
          switch (key.ordering()) {
            case Fastest _, Nearest _ -> Why.FASTEST;
            case Listed listed -> listed.why();
            case Weighted _ -> Why.WEIGHT;
            case Grouped _ -> Why.GROUP;
          };
      return fencedFrom(lead) ? Why.FENCE : plain;
    }
    if (best.state() == HealthState.EJECTED || best.state() == HealthState.SUSPECT) {
      return Why.FAILOVER;
    }
    GroupOrder order = groups;
    if (order != null && order.passedOver(best)) {
      return Why.FAILOVER;
    }
    return grouped ? Why.WEIGHT : Why.SHARE;
  }

  /** Whether a region that a fence forbids would stand before this one. */
  private boolean fencedFrom(RoutedRegion lead) {
    if (key.forbidden().isEmpty() || key.ordering() instanceof Weighted) {
      return false;
    }
    List<RoutedRegion> all =
        key.candidates().stream()
            .map(regions::get)
            .filter(r -> r != null && r.state().usable() && on(r))
            .toList();
    return !all.isEmpty() && order(all).getFirst() != lead;
  }

  /** The regions among which weights divide: those as near as the first, and as surely well. */
  private List<RoutedRegion> group(List<RoutedRegion> ordered, boolean careful) {
    RoutedRegion first = ordered.getFirst();
    List<RoutedRegion> alike =
        ordered.stream().filter(r -> Caution.of(r, careful) == Caution.of(first, careful)).toList();
    return switch (key.ordering()) {
      case Fastest fastest -> band(alike, fastest);
      case Nearest nearest -> band(alike, nearest.band());
      case Weighted _ -> alike;
      case Listed _ -> List.of();
      case Grouped _ -> alike.stream().filter(r -> weight(r) > 0).toList();
    };
  }

  /** Regions as near as the fastest, if the operator gave weights to choose between them by. */
  private static List<RoutedRegion> band(List<RoutedRegion> alike, Fastest band) {
    double fastest = alike.stream().mapToDouble(RoutedRegion::rankMillis).min().orElse(0);
    double limit = fastest + Math.max(band.bandMillis(), fastest * band.bandRatio());
    List<RoutedRegion> within = alike.stream().filter(r -> r.rankMillis() <= limit).toList();
    boolean weighted = within.stream().anyMatch(r -> r.weight() != null);
    return weighted ? within : List.of();
  }

  private double weight(RoutedRegion region) {
    GroupOrder order = groups;
    if (order != null) {
      return order.chance(region);
    }
    Integer own = region.weight();
    Integer given =
        key.ordering() instanceof Weighted(Map<String, Integer> weights)
            ? weights.get(region.name())
            : null;
    return given != null ? given : own != null ? own : 1;
  }

  private Refuse refuse(List<RoutedRegion> candidates, List<RoutedRegion> on) {
    if (candidates.stream().noneMatch(r -> key.allows(r.name()))) {
      return new Refuse(Reason.FENCE, key.refusalStatus());
    }
    return on.isEmpty()
        ? new Refuse(Reason.DIALLED_OFF, 503)
        : new Refuse(
            Reason.NO_HEALTHY_REGION, key.forbidden().isEmpty() ? 503 : key.refusalStatus());
  }

  private void verdict(RoutedRegion region, String filter, boolean kept, String detail) {
    verdicts.add(new Verdict(region.name(), filter, kept, detail));
  }

  private String place(int i, RoutedRegion region) {
    String by =
        switch (key.ordering()) {
          case Fastest _ -> millis(region);
          case Nearest _ -> millis(region) + ", if the client's place is not known";
          case Listed(_, String rule, _) -> rule;
          case Grouped _ -> millis(region);
          case Weighted _ -> String.format(Locale.ROOT, "weight %.0f", weight(region));
        };
    return "place " + (i + 1) + ", " + by;
  }

  private static String millis(RoutedRegion region) {
    String bias =
        region.bias() == 0
            ? ""
            : String.format(
                Locale.ROOT, ", counts as %.1f ms by bias %d", region.rankMillis(), region.bias());
    return String.format(Locale.ROOT, "%.1f ms", region.estimateMillis())
        + (region.samples() == 0 ? " (prior)" : "")
        + bias;
  }
}
