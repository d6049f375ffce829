package io.meridian.health;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What the endpoints' states make of regions, and all regions of this edge: which may do without
 * which, and when the fault is probably the edge's own. Event loop only.
 */
final class RegionBoard {
  private static final long TOGETHER_NANOS = TimeUnit.SECONDS.toNanos(3);
  private static final String SELF = "the edge suspects itself";

  /** Hears of each change of state. */
  interface Listener {
    /**
     * @param region empty: of the edge itself
     * @param endpoint empty: of the region
     */
    void changed(String region, String endpoint, HealthState from, HealthState to, String cause);
  }

  private final Listener listener;
  private final Map<String, RegionEntry> byName = new HashMap<>();
  private List<RegionEntry> all = List.of();
  private Together together = Together.NOBODY;
  private boolean selfSuspect;
  private long troubleNanos; // while it does: since when the first region was bad
  private int usable;

  RegionBoard(Listener listener) {
    this.listener = listener;
  }

  /** From now on there are these. */
  void configure(List<RegionEntry> regions, Together sets) {
    all = List.copyOf(regions);
    byName.clear();
    all.forEach(r -> byName.put(r.name, r));
    together = sets;
  }

  /** In the configuration's order. */
  List<RegionEntry> all() {
    return all;
  }

  @Nullable RegionEntry find(String name) {
    return byName.get(name);
  }

  /** Whether all regions turned bad together. */
  boolean selfSuspect() {
    return selfSuspect;
  }

  /** How many may be used. */
  int usable() {
    return usable;
  }

  /**
   * At most all regions but one of those that serve the same requests are ejected without the word
   * of both probes and traffic. With none of them usable the first sign of life is enough.
   */
  HealthPolicy.Guard guard(EndpointEntry e) {
    RegionEntry own = byName.get(e.key.region());
    boolean spare = together.eachHasAnother(e.key.region(), this::isUsable);
    if (!spare && own != null) {
      for (EndpointEntry sibling : own.endpoints) {
        spare |= !sibling.key.equals(e.key) && sibling.state.state().usable();
      }
    }
    boolean mayEject = !selfSuspect && spare;
    boolean urgent = !together.eachHasOne(e.key.region(), this::isUsable);
    return mayEject && !urgent
        ? HealthPolicy.Guard.NORMAL
        : new HealthPolicy.Guard(mayEject, urgent);
  }

  private boolean isUsable(String region) {
    RegionEntry entry = byName.get(region);
    return entry != null && entry.state.usable();
  }

  /** Follows what endpoints are now. */
  void derive(HealthPolicy policy, long now, String cause) {
    usable = 0;
    for (RegionEntry region : all) {
      HealthState next = region.derived();
      if (next != region.state) {
        if (region.state == HealthState.HEALTHY) {
          region.badSinceNanos = now;
        }
        listener.changed(region.name, "", region.state, next, cause);
        region.state = next;
        region.sinceNanos = now;
        region.cause = cause;
      }
      usable += region.state.usable() ? 1 : 0;
    }
    suspectSelf(policy, now);
  }

  /** All regions turned bad within seconds: more likely one edge is broken than all regions. */
  private void suspectSelf(HealthPolicy policy, long now) {
    boolean allBad = all.size() > 1;
    long first = now;
    long last = now;
    boolean any = false;
    for (RegionEntry region : all) {
      allBad &= region.state == HealthState.SUSPECT || region.state == HealthState.EJECTED;
      first = !any || region.badSinceNanos - first < 0 ? region.badSinceNanos : first;
      last = !any || region.badSinceNanos - last > 0 ? region.badSinceNanos : last;
      any = true;
    }
    if (!selfSuspect && allBad && last - first <= TOGETHER_NANOS) {
      selfSuspect = true;
      listener.changed(
          "", "", HealthState.HEALTHY, HealthState.SUSPECT, "all regions turned bad together");
      troubleNanos = first;
      releaseLiving(policy, now);
    } else if (selfSuspect && !allBad) {
      selfSuspect = false;
      listener.changed("", "", HealthState.SUSPECT, HealthState.HEALTHY, "a region answers");
    }
  }

  /**
   * While the edge suspects itself: takes back ejections of this trouble that probes and traffic do
   * not both bear out.
   */
  void releaseLiving(HealthPolicy policy, long now) {
    boolean released = false;
    for (RegionEntry region : all) {
      for (EndpointEntry e : region.endpoints) {
        if (selfSuspect
            && e.state.state() == HealthState.EJECTED
            && e.state.sinceNanos() - troubleNanos >= 0
            && !policy.isDead(e.state.evidence(), now)) {
          e.state = HealthPolicy.release(e.state, SELF, now);
          listener.changed(
              region.name, e.key.endpoint(), HealthState.EJECTED, HealthState.SUSPECT, SELF);
          released = true;
        }
      }
    }
    if (released) {
      derive(policy, now, SELF);
    }
  }
}
