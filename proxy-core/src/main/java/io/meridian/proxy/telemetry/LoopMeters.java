package io.meridian.proxy.telemetry;

import com.sun.management.ThreadMXBean;
import io.netty.util.concurrent.EventExecutor;
import java.lang.management.ManagementFactory;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Counts what belongs to an event loop and to nothing else. On that loop. */
public final class LoopMeters {
  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  static final int GEO_FOUND = 0;
  static final int GEO_UNKNOWN = 1;
  static final int IN_PROGRESS = 2;
  static final int STREAMS = 3;
  static final int SHEDDING_LAG = 4;
  static final int SHEDDING_MEMORY = 5;
  static final int HELD = 6;
  static final int HELD_TOTAL = 7;
  static final int ALLOCATED = 8;
  static final int LAG = 9;
  static final int COUNTRIES = LAG + Buckets.LAG.slots();
  static final int SLOTS = COUNTRIES + Countries.SLOTS;

  private static final @Nullable ThreadMXBean THREADS =
      ManagementFactory.getThreadMXBean() instanceof ThreadMXBean threads ? threads : null;

  private final Cells cells;
  private final int loop;
  private long expectedNanos; // event loop only

  LoopMeters(Cells cells, int loop) {
    this.cells = cells;
    this.loop = loop;
  }

  /**
   * A client's place was looked up.
   *
   * @param country ISO 3166-1 code; empty: not known
   */
  public void geoLookup(String country) {
    cells.add(loop, country.isEmpty() ? GEO_UNKNOWN : GEO_FOUND, 1);
    int slot = Countries.slot(country);
    if (slot >= 0) {
      cells.add(loop, COUNTRIES + slot, 1);
    }
  }

  /** Requests that are under way now. */
  public void inProgress(int requests) {
    cells.set(loop, IN_PROGRESS, requests);
  }

  /**
   * A request waits for a region to come back.
   *
   * @param now those that wait, with this one
   */
  public void held(int now) {
    cells.set(loop, HELD, now);
    cells.add(loop, HELD_TOTAL, 1);
  }

  /** One waits no more; so many still do. */
  public void releaseHeld(int now) {
    cells.set(loop, HELD, now);
  }

  /** Tunnels and event streams that are open now. */
  public void streams(int open) {
    cells.set(loop, STREAMS, open);
  }

  /** Whether new requests are turned away now; null: no. */
  public void shedding(@Nullable Rejection why) {
    cells.set(loop, SHEDDING_LAG, why == Rejection.OVERLOAD_LAG ? 1 : 0);
    cells.set(loop, SHEDDING_MEMORY, why == Rejection.OVERLOAD_MEMORY ? 1 : 0);
  }

  /** The loop did something this much later than it was due. */
  public void lag(long nanos) {
    Buckets.LAG.record(cells, loop, LAG, Math.max(0, nanos));
  }

  /**
   * Measures what this loop's thread allocates, and the lag of this loop ten times a second until
   * the future is cancelled.
   */
  public Future<?> watch(EventExecutor executor) {
    expectedNanos = executor.ticker().nanoTime() + TICK_NANOS;
    return executor.scheduleAtFixedRate(
        () -> {
          if (THREADS != null) {
            cells.set(loop, ALLOCATED, THREADS.getCurrentThreadAllocatedBytes());
          }
          lag(executor.ticker().nanoTime() - expectedNanos);
          expectedNanos += TICK_NANOS;
        },
        TICK_NANOS,
        TICK_NANOS,
        TimeUnit.NANOSECONDS);
  }
}
