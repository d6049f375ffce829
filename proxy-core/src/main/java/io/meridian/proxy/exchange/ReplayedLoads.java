package io.meridian.proxy.exchange;

import io.meridian.config.MeridianConfig;
import io.meridian.proxy.routing.Loads;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * How loaded regions would have been while recorded requests came: counted as live ones are, by the
 * record's clock. One thread.
 */
final class ReplayedLoads {
  private record End(long nanos, RegionLoad load) {}

  private final @Nullable RegionLoad[] loads;
  private final Loads read = new Loads();
  private final PriorityQueue<End> ends =
      new PriorityQueue<>((a, b) -> Long.compare(a.nanos, b.nanos));
  private long now = Long.MIN_VALUE;

  private ReplayedLoads(@Nullable RegionLoad[] loads) {
    this.loads = loads;
  }

  /** Null: no region has a capacity. */
  static @Nullable ReplayedLoads of(MeridianConfig config) {
    @Nullable RegionLoad @Nullable [] loads = new RegionLoads().configure(config);
    return loads == null ? null : new ReplayedLoads(loads);
  }

  /** The loads at a time; where the record goes back in time, its clock stands still. */
  Loads at(long nanos) {
    now = Math.max(now, nanos);
    for (End end = ends.peek(); end != null && end.nanos <= now; end = ends.peek()) {
      end.load.leave();
      ends.remove();
    }
    RegionLoads.read(loads, now, read);
    return read;
  }

  /** A request goes to a region now, for so long. */
  void enter(int region, long durationNanos) {
    RegionLoad load = loads[region];
    if (load != null) {
      load.enterAgain(now);
      ends.add(new End(now + durationNanos, load));
    }
  }
}
