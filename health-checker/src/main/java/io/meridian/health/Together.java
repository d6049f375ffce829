package io.meridian.health;

import io.meridian.config.Fence;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.config.Route;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Which regions stand in for each other: the sets that routes and fences allow. Where a fence
 * leaves one region, that others are well is of no use. Immutable.
 */
final class Together {
  static final Together NOBODY = new Together(Set.of());

  private final Map<String, List<Set<String>>> groups = new HashMap<>();

  /** What of a route says which regions serve it. */
  private record Asked(List<String> regions, List<String> fences) {}

  private Together(Set<Set<String>> sets) {
    for (Set<String> set : sets) {
      set.forEach(region -> groups.computeIfAbsent(region, _ -> new ArrayList<>()).add(set));
    }
  }

  static Together of(MeridianConfig config) {
    Set<Set<String>> sets = new LinkedHashSet<>();
    Set<String> all = new LinkedHashSet<>();
    for (Region region : config.regions()) {
      if (region.dial() > 0) {
        all.add(region.name());
      }
    }
    sets.add(all);
    Set<Asked> seen = new HashSet<>(); // a thousand routes ask for a few sets
    for (Route route : config.routes()) {
      if (!seen.add(new Asked(route.regions(), route.fence()))) {
        continue;
      }
      Set<String> open = new LinkedHashSet<>(all);
      if (!route.regions().isEmpty()) {
        open.retainAll(route.regions());
      }
      sets.add(open);
      Set<String> left = open; // a client may be bound by one of its fences, or by all
      for (Fence fence : config.fences()) {
        if (route.fence().contains(fence.name())) {
          sets.add(fenced(open, fence));
          left = fenced(left, fence);
        }
      }
      sets.add(left);
    }
    sets.remove(Set.of());
    return new Together(sets);
  }

  private static Set<String> fenced(Set<String> open, Fence fence) {
    Set<String> left = new LinkedHashSet<>(open);
    List<String> allow = fence.allow();
    List<String> deny = fence.deny();
    if (allow != null) {
      left.retainAll(allow);
    }
    if (deny != null) {
      deny.forEach(left::remove);
    }
    return left;
  }

  /** Whether every set that this region is in has a usable one. */
  boolean eachHasOne(String region, Predicate<String> usable) {
    for (Set<String> set : groups.getOrDefault(region, List.of())) {
      boolean found = false;
      for (String one : set) {
        found = found || usable.test(one);
      }
      if (!found) {
        return false;
      }
    }
    return true;
  }

  /** Whether every set that this region is in has a usable one beside it. */
  boolean eachHasAnother(String region, Predicate<String> usable) {
    for (Set<String> set : groups.getOrDefault(region, List.of())) {
      boolean found = false;
      for (String other : set) {
        found |= !other.equals(region) && usable.test(other);
      }
      if (!found) {
        return false;
      }
    }
    return true;
  }
}
