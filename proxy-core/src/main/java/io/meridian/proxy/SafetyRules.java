package io.meridian.proxy;

import io.meridian.config.ControlRules;
import io.meridian.config.Fence;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.config.Route;
import io.meridian.health.HealthView;
import io.meridian.health.RegionHealth;
import io.meridian.proxy.admin.ControlRefused;
import io.meridian.proxy.routing.Control;
import io.meridian.proxy.routing.Controls;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What changes by operators must keep to: a change that takes traffic from a region is looked at
 * before it is made, and refused if requests would have nowhere to go. Pure.
 */
final class SafetyRules {
  private final MeridianConfig config;
  private final HealthView health;
  private final Controls controls;

  SafetyRules(MeridianConfig config, HealthView health, Controls controls) {
    this.config = config;
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
    ControlRules rules = config.admin().controls();
    if (sinceLastNanos < rules.pause().toNanos()) {
      throw new ControlRefused(
          "pause",
          "the last change was less than " + rules.pause().toSeconds() + " s ago; wait and look");
    }
    Set<String> before = serving(region, target(region));
    Set<String> after = serving(region, dialTo);
    if (after.size() < rules.minRegions() && after.size() < before.size()) {
      throw new ControlRefused(
          "min_regions",
          after.size()
              + " regions would be up and on (expected: at least "
              + rules.minRegions()
              + ")");
    }
    for (Route route : config.routes()) {
      keepServed(route, before, after);
    }
  }

  private static void stillServed(
      Set<String> before, Set<String> after, List<String> allowed, String whose)
      throws ControlRefused {
    boolean was = allowed.stream().anyMatch(before::contains);
    if (was && allowed.stream().noneMatch(after::contains)) {
      throw new ControlRefused("routes", whose + " would have no region left");
    }
  }

  private void keepServed(Route route, Set<String> before, Set<String> after)
      throws ControlRefused {
    List<String> candidates = route.regions();
    stillServed(before, after, candidates, "route " + route.name());
    for (Fence fence : config.fences()) {
      if (route.fence().contains(fence.name())) {
        List<String> allowed = candidates.stream().filter(name -> allows(fence, name)).toList();
        stillServed(
            before, after, allowed, "route " + route.name() + " within fence " + fence.name());
      }
    }
  }

  private static boolean allows(Fence fence, String region) {
    List<String> allow = fence.allow();
    List<String> deny = fence.deny();
    return allow != null ? allow.contains(region) : deny == null || !deny.contains(region);
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
