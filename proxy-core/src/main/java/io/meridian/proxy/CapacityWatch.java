package io.meridian.proxy;

import io.meridian.proxy.exchange.RegionLoad;
import io.meridian.proxy.exchange.RegionLoads;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Tells when a region begins to give requests away for want of capacity, and when it stops. */
final class CapacityWatch {
  /** After so long without any it has stopped. */
  private static final long QUIET_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final String OWN = "own"; // it keeps what comes
  private static final String SPILLING = "spilling";
  private static final String SHEDDING = "shedding";

  /** What was counted, and since when each count has stood still; null: always. */
  private record Seen(
      long spills, long sheds, @Nullable Long spilled, @Nullable Long shed, String state) {}

  private final EventLog events;
  private final Map<String, Seen> seen = new HashMap<>();

  CapacityWatch(EventLog events) {
    this.events = events;
  }

  /** Looks at all of them. Control loop. */
  void tick(RegionLoads loads, long nowNanos) {
    loads.all().forEach(load -> look(load, nowNanos));
    seen.keySet().removeIf(region -> loads.of(region) == null);
  }

  private void look(RegionLoad load, long nowNanos) {
    Seen before = seen.getOrDefault(load.region(), new Seen(0, 0, null, null, OWN));
    long spills = load.spills();
    long sheds = load.sheds();
    Long spilled = spills > before.spills ? Long.valueOf(nowNanos) : before.spilled;
    Long shed = sheds > before.sheds ? Long.valueOf(nowNanos) : before.shed;
    String state = fresh(shed, nowNanos) ? SHEDDING : fresh(spilled, nowNanos) ? SPILLING : OWN;
    seen.put(load.region(), new Seen(spills, sheds, spilled, shed, state));
    if (!state.equals(before.state)) {
      String cause =
          String.format(
              Locale.ROOT,
              "load %.0f, soft limit %.0f, hard limit %.0f",
              load.used(nowNanos),
              load.soft(),
              load.hard());
      events.capacity(load.region(), before.state, state, cause);
    }
  }

  private static boolean fresh(@Nullable Long at, long nowNanos) {
    return at != null && nowNanos - at < QUIET_NANOS;
  }
}
