package io.meridian.proxy.routing;

import io.meridian.config.Group;
import io.meridian.config.Region;
import io.meridian.health.EndpointHealth;
import io.meridian.health.HealthState;
import io.meridian.health.HealthView;
import io.meridian.health.RegionHealth;
import io.meridian.health.SwitchRule;
import io.meridian.health.SwitchRule.Candidate;
import io.meridian.health.SwitchRule.Incumbent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToIntBiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Makes each snapshot from rules and health, and remembers between two of them which region leads
 * each plan, so that noise moves no traffic. One thread.
 */
public final class Ranking {
  private final ToIntBiFunction<String, String> endpointIds;
  private final Map<PlanKey, Incumbent> incumbents = new HashMap<>();
  private final Map<GroupKey, Incumbent> groupIncumbents = new HashMap<>();
  private long version;

  private record GroupKey(PlanKey plan, String group) {}

  /**
   * @param endpointIds region and {@code host:port} to the endpoint's id
   */
  public Ranking(ToIntBiFunction<String, String> endpointIds) {
    this.endpointIds = endpointIds;
  }

  /**
   * The snapshot of this instant.
   *
   * @param nowNanos of the ticker
   */
  public RoutingSnapshot next(RoutingRules rules, HealthView health, long nowNanos) {
    return next(rules, health, Controls.NONE, nowNanos);
  }

  /** As above, with what operators hold regions to. */
  public RoutingSnapshot next(
      RoutingRules rules, HealthView health, Controls controls, long nowNanos) {
    Map<String, RoutedRegion> regions = regions(rules, health, controls, nowNanos);
    incumbents.keySet().retainAll(rules.keys());
    groupIncumbents.keySet().removeIf(group -> !rules.keys().contains(group.plan()));
    Plan[] plans = new Plan[rules.keys().size()];
    for (int i = 0; i < plans.length; i++) {
      PlanKey key = rules.keys().get(i);
      plans[i] =
          PlanBuilder.build(
              key, regions, leader(key, regions, nowNanos), leaders(key, regions, nowNanos));
    }
    return new RoutingSnapshot(
        ++version, rules.routes(), List.copyOf(regions.values()), controls, plans);
  }

  private @Nullable String leader(PlanKey key, Map<String, RoutedRegion> regions, long nowNanos) {
    boolean byLatency =
        switch (key.ordering()) {
          case Ordering.Fastest _, Ordering.Nearest _ -> true;
          case Ordering.Listed _, Ordering.Grouped _, Ordering.Weighted _ -> false;
        };
    if (!byLatency) {
      return null;
    }
    List<String> allowed = key.candidates().stream().filter(key::allows).toList();
    List<Candidate> candidates = new ArrayList<>();
    for (String name : allowed) {
      candidates.add(candidate(regions.get(name)));
    }
    Incumbent incumbent =
        SwitchRule.next(incumbents.getOrDefault(key, Incumbent.NONE), candidates, nowNanos);
    incumbents.put(key, incumbent);
    return incumbent.index() < 0 ? null : allowed.get(incumbent.index());
  }

  /** Of each group by latency the member that leads it, by the group's name. */
  private Map<String, String> leaders(
      PlanKey key, Map<String, RoutedRegion> regions, long nowNanos) {
    if (!(key.ordering() instanceof Ordering.Grouped grouped)) {
      return Map.of();
    }
    Map<String, String> leaders = new HashMap<>();
    grouped
        .root()
        .each(group -> {
          if (group.policy() == Group.Policy.LATENCY) {
            List<Candidate> candidates =
                group.members().stream().map(member -> candidate(member, key, regions)).toList();
            GroupKey at = new GroupKey(key, group.name());
            Incumbent next =
                SwitchRule.next(
                    groupIncumbents.getOrDefault(at, Incumbent.NONE), candidates, nowNanos);
            groupIncumbents.put(at, next);
            if (next.index() >= 0) {
              leaders.put(group.name(), group.members().get(next.index()).name());
            }
          }
        });
    return leaders;
  }

  /** A member as the best of its regions. */
  private static Candidate candidate(
      Member member, PlanKey key, Map<String, RoutedRegion> regions) {
    return switch (member) {
      case Member.Leaf(String name) -> candidate(key.allows(name) ? regions.get(name) : null);
      case Member.Group group ->
          group.members().stream()
              .map(inner -> candidate(inner, key, regions))
              .min(
                  Comparator.<Candidate>comparingInt(c -> surely(c.state()))
                      .thenComparingDouble(Candidate::millis))
              .orElse(candidate(null));
    };
  }

  /** The surer, the lower: a group is not in doubt because its fastest region is. */
  private static int surely(HealthState state) {
    return switch (state) {
      case HEALTHY -> 0;
      case PROBATION -> 1;
      case SUSPECT -> 2;
      case EJECTED -> 3;
    };
  }

  private static Candidate candidate(@Nullable RoutedRegion region) {
    return region == null || (region.dial() == 0 && !region.emergency())
        ? new Candidate(Double.MAX_VALUE, 0, HealthState.EJECTED)
        : new Candidate(region.rankMillis(), region.samples(), region.state());
  }

  private Map<String, RoutedRegion> regions(
      RoutingRules rules, HealthView view, Controls controls, long nowNanos) {
    Map<String, RegionHealth> byName = new HashMap<>();
    view.regions().forEach(region -> byName.put(region.name(), region));
    Map<String, RoutedRegion> regions = new LinkedHashMap<>();
    for (Region region : rules.config().regions()) {
      RegionHealth health = byName.get(region.name());
      regions.put(
          region.name(),
          new RoutedRegion(
              regions.size(),
              region.name(),
              health == null ? HealthState.HEALTHY : health.state(),
              health == null ? 1 : health.share(),
              controls.dial(region, nowNanos),
              controls.emergency(region),
              controls.promoted(region.name()),
              region.weight(),
              region.bias(),
              region.location(),
              health == null ? 100 : health.estimateMillis(),
              health == null ? 0 : health.samples(),
              endpoints(region, health)));
    }
    return regions;
  }

  private List<RoutedEndpoint> endpoints(Region region, @Nullable RegionHealth health) {
    Map<String, EndpointHealth> byName = new HashMap<>();
    if (health != null) {
      health.endpoints().forEach(endpoint -> byName.put(endpoint.name(), endpoint));
    }
    List<RoutedEndpoint> endpoints = new ArrayList<>();
    for (Region.Endpoint endpoint : region.endpoints()) {
      EndpointHealth known = byName.get(endpoint.name());
      endpoints.add(
          new RoutedEndpoint(
              endpointIds.applyAsInt(region.name(), endpoint.name()),
              region.name(),
              endpoint.name(),
              endpoint.weight(),
              known == null ? HealthState.HEALTHY : known.state(),
              known == null ? 1 : known.share()));
    }
    return endpoints;
  }
}
