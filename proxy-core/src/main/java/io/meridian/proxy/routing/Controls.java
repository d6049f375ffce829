package io.meridian.proxy.routing;

import io.meridian.config.Region;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The controls in force, at most one for each region. Immutable. */
public final class Controls {
  public static final Controls NONE = new Controls(Map.of());

  private final Map<String, Control> byRegion;

  private Controls(Map<String, Control> byRegion) {
    this.byRegion = Map.copyOf(byRegion);
  }

  /** The control of a region; null: it is as the file says. */
  public @Nullable Control of(String region) {
    return byRegion.get(region);
  }

  public List<Control> all() {
    return List.copyOf(byRegion.values());
  }

  /** Of its normal traffic that the region may have now, 0 to 1. */
  public double dial(Region region, long nowNanos) {
    Control control = byRegion.get(region.name());
    return control == null ? Control.configured(region) : control.dial(nowNanos);
  }

  /**
   * Whether the region may be used in an emergency, whatever its dial: not if it was taken down.
   */
  public boolean emergency(Region region) {
    Control control = byRegion.get(region.name());
    return region.emergency() && (control == null || control.action() != Control.Action.DOWN);
  }

  /** Whether the region was put first where regions are listed. */
  public boolean promoted(String region) {
    Control control = byRegion.get(region);
    return control != null && control.action() == Control.Action.PROMOTE;
  }

  /** With this control instead of the region's present one. */
  public Controls with(Control control) {
    Map<String, Control> next = new HashMap<>(byRegion);
    next.put(control.region(), control);
    return new Controls(next);
  }

  /** Without those that are over. */
  public Controls at(long nowNanos) {
    return only(control -> !control.over(nowNanos));
  }

  public Controls without(String region) {
    return only(control -> !control.region().equals(region));
  }

  /** Those of regions that there are. */
  public Controls retain(List<Region> regions) {
    List<String> names = new ArrayList<>();
    regions.forEach(region -> names.add(region.name()));
    return only(control -> names.contains(control.region()));
  }

  private Controls only(Predicate<Control> kept) {
    Map<String, Control> next = new HashMap<>(byRegion);
    return next.values().removeIf(kept.negate()) ? new Controls(next) : this;
  }
}
