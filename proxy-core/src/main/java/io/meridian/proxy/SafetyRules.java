package io.meridian.proxy;

import io.meridian.config.ControlRules;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.health.HealthView;
import io.meridian.health.RegionHealth;
import io.meridian.proxy.admin.ControlRefused;
import io.meridian.proxy.routing.Control;
import io.meridian.proxy.routing.Controls;
import io.meridian.proxy.routing.Ordering;
import io.meridian.proxy.routing.PlanKey;
import io.meridian.proxy.routing.RoutingRules;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What changes by operators must keep to: a change that takes traffic from a region is looked at
 * before it is made, and refused if requests would have nowhere to go. Pure.
 */
final class SafetyRules {
  private final RoutingRules rules;
  private final MeridianConfig config;
  private final HealthView health;
  private final Controls controls;

  SafetyRules(RoutingRules rules, HealthView health, Controls controls) {
    this.rules = rules;
    this.config = rules.config();
    this.health = health;
    this.controls = controls;
  }

  /** The share that the region will have when what was asked of it before is through. */
  double target(Region region) {
    Control control = controls.of(region.name());
    return control == null ? region.dial() / 100.0 : control.dialTo();
  }

  /**
   * Refuses a change that takes traffic away if it would do harm.
   *
   * @param dialTo that the region may have in the end, 0 to 1
   * @param sinceLastNanos since the last change of this kind
   */
  void check(Region region, double dialTo, long sinceLastNanos) throws ControlRefused {
    if (dialTo >= target(region)) {
      return;
    }
    if (health.selfSuspect()) {
      throw new ControlRefused(
          "self_suspect",
          "this edge doubts itself, since all regions turned bad together; look at its network");
    }
    ControlRules limits = config.admin().controls();
    if (sinceLastNanos < limits.pause().toNanos()) {
      throw new ControlRefused(
          "pause",
          "the last change was less than " + limits.pause().toSeconds() + " s ago; wait and look");
    }
    Set<String> before = serving(region, target(region));
    Set<String> after = serving(region, dialTo);
    // Where none is up, the last that are switched on may yet answer.
    boolean fewer = after.size() < before.size() || after.isEmpty();
    if (fewer && after.size() < limits.minRegions()) {
      throw new ControlRefused(
          "min_regions",
          after.size()
              + " regions would be up and on (expected: at least "
              + limits.minRegions()
              + ")");
    }
    for (PlanKey plan : rules.keys()) {
      stillServed(plan, before, after);
    }
  }

  /** Refuses to put a region first that is not up, or that no route lists so. */
  void checkPromotion(Region region) throws ControlRefused {
    boolean up =
        health.regions().stream()
            .anyMatch(state -> state.name().equals(region.name()) && state.state().usable());
    if (!up) {
      throw new ControlRefused("not_up", region.name() + " is not up; look at its health");
    }
    boolean listed =
        rules.keys().stream()
            .anyMatch(plan ->
                plan.ordering() instanceof Ordering.Listed list
                    && list.promotable()
                    && plan.candidates().contains(region.name()));
    if (!listed) {
      throw new ControlRefused(
          "no_list",
          "no route with policy priority serves from "
              + region.name()
              + ", and it is in no list of primaries");
    }
  }

  /** Each plan is what a route does for the clients that certain of its fences bind. */
  private void stillServed(PlanKey plan, Set<String> before, Set<String> after)
      throws ControlRefused {
    List<String> allowed = plan.serving(controls::promoted);
    boolean was = allowed.stream().anyMatch(before::contains);
    if (was && allowed.stream().noneMatch(after::contains)) {
      throw new ControlRefused(
          "routes",
          "requests that only "
              + String.join(", ", allowed)
              + " may serve would have no region left, by routes and fences");
    }
  }

  /** Regions that are up and switched on, if this one had such a dial. */
  private Set<String> serving(Region changed, double dial) {
    Set<String> up = new HashSet<>();
    for (RegionHealth region : health.regions()) {
      if (region.state().usable()) {
        up.add(region.name());
      }
    }
    Set<String> serving = new HashSet<>();
    for (Region region : config.regions()) {
      double share = region.name().equals(changed.name()) ? dial : target(region);
      if (share > 0 && up.contains(region.name())) {
        serving.add(region.name());
      }
    }
    return serving;
  }
}
