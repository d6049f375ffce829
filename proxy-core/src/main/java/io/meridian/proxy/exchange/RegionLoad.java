package io.meridian.proxy.exchange;

import io.meridian.config.Capacity;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * How much a region has of what it can take: its attempts on all event loops. The hard limit is
 * kept exactly, whichever loops count at a time. Any thread.
 *
 * <p>Requests a second are those of the last second, as a sliding window tells them that weighs the
 * second before by what is left of it.
 */
public final class RegionLoad {
  private static final int IN_FLIGHT = 16; // two cache lines from anything else
  private static final int WINDOW = 32;
  private static final int SECOND_SHIFT = 48;
  private static final int BEFORE_SHIFT = 24;
  private static final long COUNT = (1L << BEFORE_SHIFT) - 1;
  private static final long SECONDS = 0xffff;
  private static final double NANOS = 1e9;

  /** What an attempt is for: what need not be made keeps out of the reserve. */
  enum Room {
    /** The region's own traffic, and retries: up to its hard limit. */
    HARD,
    /** Races and hedges, and what comes from full regions: up to its soft limit. */
    SOFT
  }

  private final String region;
  private final AtomicLongArray cells = new AtomicLongArray(48);
  private final LongAdder spilled = new LongAdder();
  private final LongAdder shed = new LongAdder();
  private volatile Capacity capacity;
  private volatile double ratio = 1; // of its limits that an adaptive one leaves
  private Gradient gradient; // control loop only

  RegionLoad(String region, Capacity capacity) {
    this.region = region;
    this.capacity = capacity;
    this.gradient = new Gradient(capacity.hard());
  }

  /** Other limits; what is counted goes on. */
  void configure(Capacity wanted) {
    if (!wanted.equals(capacity)) {
      capacity = wanted;
      ratio = 1;
      gradient = new Gradient(wanted.hard());
    }
  }

  public String region() {
    return region;
  }

  public double soft() {
    return Math.max(1, capacity.soft() * ratio);
  }

  public double hard() {
    return Math.max(1, capacity.hard() * ratio);
  }

  /** What a request may lose by leaving halfway between the limits. */
  double lossMillis() {
    return capacity.spillLoss().toNanos() / 1e6;
  }

  /** Requests in flight, or a second. */
  public double used(long nowNanos) {
    return capacity.by() == Capacity.By.IN_FLIGHT
        ? cells.get(IN_FLIGHT)
        : rate(advanced(cells.get(WINDOW), nowNanos), nowNanos);
  }

  boolean admits(Room room, long nowNanos) {
    return used(nowNanos) < (room == Room.HARD ? hard() : soft());
  }

  /** An attempt begins, if there is room for it; {@link #leave} when it ends. */
  boolean enter(Room room, long nowNanos) {
    double limit = room == Room.HARD ? hard() : soft();
    boolean byRate = capacity.by() == Capacity.By.RPS;
    if (byRate ? !count(limit, nowNanos) : cells.get(IN_FLIGHT) >= limit) {
      return false;
    }
    if (cells.getAndIncrement(IN_FLIGHT) >= limit && !byRate) {
      cells.getAndDecrement(IN_FLIGHT);
      return false;
    }
    return true;
  }

  /** An attempt begins at the region where the one before it has just ended. */
  void enterAgain(long nowNanos) {
    if (capacity.by() == Capacity.By.RPS) {
      count(Double.MAX_VALUE, nowNanos);
    }
    cells.getAndIncrement(IN_FLIGHT);
  }

  void leave() {
    cells.getAndDecrement(IN_FLIGHT);
  }

  private boolean count(double limit, long nowNanos) {
    while (true) {
      long known = cells.get(WINDOW);
      long window = advanced(known, nowNanos);
      if (rate(window, nowNanos) >= limit || (window & COUNT) == COUNT) {
        return false;
      }
      if (cells.compareAndSet(WINDOW, known, window + 1)) {
        return true;
      }
    }
  }

  /** The window at this time; a loop whose clock is behind counts into the second that runs. */
  private static long advanced(long window, long nowNanos) {
    long second = second(nowNanos);
    long passed = (second - (window >>> SECOND_SHIFT)) & SECONDS;
    if (passed == 0 || passed > SECONDS / 2) {
      return window;
    }
    long before = passed == 1 ? window & COUNT : 0;
    return second << SECOND_SHIFT | before << BEFORE_SHIFT;
  }

  private static double rate(long window, long nowNanos) {
    long second = second(nowNanos);
    double part =
        second == window >>> SECOND_SHIFT ? Math.floorMod(nowNanos, (long) NANOS) / NANOS : 0;
    return (window >>> BEFORE_SHIFT & COUNT) * (1 - part) + (window & COUNT);
  }

  private static long second(long nowNanos) {
    return Math.floorDiv(nowNanos, (long) NANOS) & SECONDS;
  }

  /**
   * What real traffic showed since the last time. Control loop.
   *
   * @param millis mean time to the first byte
   */
  public void answered(double millis, int samples) {
    if (capacity.adaptive()) {
      ratio = gradient.next(millis, samples, (double) cells.get(IN_FLIGHT)) / capacity.hard();
    }
  }

  void spilled() {
    spilled.increment();
  }

  void shed() {
    shed.increment();
  }

  /** Requests that went to another region so far. */
  public long spills() {
    return spilled.sum();
  }

  /** Requests that were refused so far. */
  public long sheds() {
    return shed.sum();
  }
}
