package io.meridian.proxy.exchange;

import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.proxy.routing.Loads;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The loads of all regions that have a capacity; they outlive configurations. Any thread. */
public final class RegionLoads {
  private final Map<String, RegionLoad> byName = new ConcurrentHashMap<>();

  /**
   * Takes another configuration over.
   *
   * @return by region index, null where there is no capacity; null if no region has one
   */
  public @Nullable RegionLoad @Nullable [] configure(MeridianConfig config) {
    List<Region> regions = config.regions();
    @Nullable RegionLoad[] loads = new @Nullable RegionLoad[regions.size()];
    for (int i = 0; i < loads.length; i++) {
      Region region = regions.get(i);
      var capacity = region.capacity();
      if (capacity != null) {
        RegionLoad load =
            byName.computeIfAbsent(region.name(), name -> new RegionLoad(name, capacity));
        load.configure(capacity);
        loads[i] = load;
      }
    }
    byName.values().removeIf(load -> Arrays.stream(loads).noneMatch(kept -> kept == load));
    return byName.isEmpty() ? null : loads;
  }

  /** Of one region; null: it has no capacity. */
  public @Nullable RegionLoad of(String region) {
    return byName.get(region);
  }

  public Stream<RegionLoad> all() {
    return byName.values().stream();
  }

  /** Reads all of them for a decision. */
  static void read(@Nullable RegionLoad[] loads, long nowNanos, Loads into) {
    into.clear(loads.length);
    for (int i = 0; i < loads.length; i++) {
      RegionLoad load = loads[i];
      if (load != null) {
        into.set(i, load.used(nowNanos), load.soft(), load.hard(), load.lossMillis());
      }
    }
  }
}
