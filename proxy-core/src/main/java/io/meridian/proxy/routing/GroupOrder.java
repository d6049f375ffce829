package io.meridian.proxy.routing;

import io.meridian.health.HealthState;
import io.meridian.proxy.routing.Member.Group;
import io.meridian.proxy.routing.Member.Leaf;
import io.meridian.proxy.routing.Ordering.Fastest;
import io.meridian.proxy.routing.Ordering.Grouped;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The order of regions that nested groups give, and how often each region leads it. Each group
 * orders its members by its own policy; a group of which fewer members are well than it needs comes
 * after all that have enough, wherever they stand. What is well is counted without fences: a group
 * is no less well because a client may not use all of it.
 */
final class GroupOrder {
  private final Grouped ordering;
  private final Map<String, RoutedRegion> regions;
  private final Map<String, String> leaders;
  private final boolean ideal;
  private final List<RoutedRegion> ordered;
  private final Map<String, Double> chances;

  /** What a member comes to. */
  private record Part(
      Member member, boolean passes, List<RoutedRegion> ordered, Map<String, Double> chances) {
    double rank() {
      return ordered.stream().mapToDouble(RoutedRegion::rankMillis).min().orElse(0);
    }
  }

  /**
   * @param regions all, by name
   * @param pool those that are to be ordered
   * @param leaders of groups by latency, by the groups' names: members that the switch rule lets
   *     lead
   * @param ideal whether all groups count as well
   */
  GroupOrder(
      Grouped ordering,
      Map<String, RoutedRegion> regions,
      Collection<RoutedRegion> pool,
      Map<String, String> leaders,
      boolean ideal) {
    this.ordering = ordering;
    this.regions = regions;
    this.leaders = leaders;
    this.ideal = ideal;
    Part all = part(ordering.root(), pool);
    this.ordered = new ArrayList<>(all.ordered());
    this.ordered.sort(Comparator.comparing(this::passedOver));
    this.chances = all.chances();
  }

  /** Those of the pool, as they are tried. */
  List<RoutedRegion> ordered() {
    return ordered;
  }

  /** How often this region is the first; 0 for all but a few. */
  double chance(RoutedRegion region) {
    return chances.getOrDefault(region.name(), 0.0);
  }

  /** The regions behind this one: those of its own group first, then those of the group around. */
  List<RoutedRegion> around(RoutedRegion lead) {
    List<String> path = path(lead);
    List<RoutedRegion> others = new ArrayList<>(ordered);
    others.sort(
        Comparator.comparing(this::passedOver)
            .thenComparingInt(region -> -common(path, path(region))));
    return others;
  }

  private static int common(List<String> one, List<String> other) {
    int count = 0;
    while (count < one.size() && count < other.size() && one.get(count).equals(other.get(count))) {
      count++;
    }
    return count;
  }

  /** Names of the groups that a region is in, from the outermost. */
  List<String> path(RoutedRegion region) {
    List<String> path = new ArrayList<>();
    find(ordering.root(), region.name(), path);
    return path;
  }

  private static boolean find(Group group, String region, List<String> path) {
    path.add(group.name());
    for (Member member : group.members()) {
      boolean found =
          switch (member) {
            case Leaf(String name) -> name.equals(region);
            case Group inner -> find(inner, region, path);
          };
      if (found) {
        return true;
      }
    }
    path.removeLast();
    return false;
  }

  /** Whether a group that the region is in is not well enough. */
  boolean passedOver(RoutedRegion region) {
    return lacking(region) != null;
  }

  /** The outermost group of a region that is not well enough; null: none. */
  private @Nullable Group lacking(RoutedRegion region) {
    List<String> path = path(region);
    Map<String, Group> byName = new HashMap<>();
    ordering.root().each(group -> byName.put(group.name(), group));
    for (String name : path) {
      Group group = byName.get(name);
      if (group != null && !name.equals(ordering.root().name()) && !passes(group)) {
        return group;
      }
    }
    return null;
  }

  /** What is to be said of a region's groups. */
  String verdict(RoutedRegion region) {
    Group group = lacking(region);
    String path = "in " + String.join(" > ", path(region));
    return group == null
        ? path
        : String.format(
            Locale.ROOT,
            "%s; %s is passed over: %d of %d well, %d needed",
            path,
            group.name(),
            well(group),
            group.members().size(),
            group.minHealthy().of(group.members().size()));
  }

  private boolean passes(Group group) {
    return ideal || well(group) >= group.minHealthy().of(group.members().size());
  }

  private int well(Group group) {
    int well = 0;
    for (Member member : group.members()) {
      well +=
          switch (member) {
            case Leaf(String name) -> well(regions.get(name)) ? 1 : 0;
            case Group inner -> passes(inner) ? 1 : 0;
          };
    }
    return well;
  }

  private static boolean well(@Nullable RoutedRegion region) {
    return region != null
        && (region.state() == HealthState.HEALTHY || region.state() == HealthState.PROBATION)
        && region.dial() > 0;
  }

  private Part part(Member member, Collection<RoutedRegion> pool) {
    return switch (member) {
      case Leaf(String name) -> {
        RoutedRegion region = regions.get(name);
        boolean there = region != null && pool.contains(region);
        yield new Part(
            member,
            true,
            there ? List.of(region) : List.of(),
            there ? Map.of(name, 1.0) : Map.of());
      }
      case Group group -> group(group, pool);
    };
  }

  private Part group(Group group, Collection<RoutedRegion> pool) {
    List<Part> parts = new ArrayList<>();
    for (Member member : group.members()) {
      Part part = part(member, pool);
      if (!part.ordered().isEmpty()) {
        parts.add(part);
      }
    }
    Comparator<Part> passing = Comparator.comparing(part -> !part.passes());
    switch (group.policy()) {
      case PRIORITY -> parts.sort(passing);
      case LATENCY ->
          parts.sort(
              passing
                  .thenComparing(part -> !part.member().name().equals(leaders.get(group.name())))
                  .thenComparingDouble(Part::rank));
      case WEIGHTED -> parts.sort(passing.thenComparingDouble(part -> -weight(part.member())));
    }
    List<RoutedRegion> all = new ArrayList<>();
    parts.forEach(part -> all.addAll(part.ordered()));
    return new Part(group, passes(group), all, chances(group, parts));
  }

  private Map<String, Double> chances(Group group, List<Part> parts) {
    if (parts.isEmpty()) {
      return Map.of();
    }
    Part first = parts.getFirst();
    List<Part> dividing =
        switch (group.policy()) {
          case PRIORITY -> List.of();
          case LATENCY -> band(parts);
          case WEIGHTED -> parts;
        };
    Map<String, Double> chances = new LinkedHashMap<>();
    double total = 0;
    for (Part part : dividing) {
      double weight = part.passes() == first.passes() ? weight(part.member()) : 0;
      total += weight;
      part.chances().forEach((name, chance) -> chances.merge(name, chance * weight, Double::sum));
    }
    if (total == 0) {
      return first.chances();
    }
    double sum = total;
    chances.values().removeIf(chance -> chance == 0);
    chances.replaceAll((_, chance) -> chance / sum);
    return chances;
  }

  /** Members as near as the first, if some of them have weights. */
  private List<Part> band(List<Part> parts) {
    Fastest band = ordering.band();
    double fastest =
        parts.stream()
            .filter(part -> part.passes() == parts.getFirst().passes())
            .mapToDouble(Part::rank)
            .min()
            .orElse(0);
    double limit = fastest + Math.max(band.bandMillis(), fastest * band.bandRatio());
    List<Part> within = parts.stream().filter(part -> part.rank() <= limit).toList();
    return within.stream().anyMatch(part -> given(part.member()) != null) ? within : List.of();
  }

  private double weight(Member member) {
    Integer weight = given(member);
    return weight == null ? 1 : weight;
  }

  private @Nullable Integer given(Member member) {
    return switch (member) {
      case Leaf(String name) -> {
        RoutedRegion region = regions.get(name);
        yield region == null ? null : region.weight();
      }
      case Group group -> group.weight();
    };
  }
}
