package io.meridian.proxy.telemetry;

import java.util.Arrays;

/**
 * Counts what a drill does to requests: those that it moved away from its region, and beside them
 * those that the region still got. Methods with a {@code loop} are called on that loop.
 */
public final class DrillMeters {
  /** Whose requests. */
  public enum Group {
    /** Of clients that the drill takes in, and that the region would have got. */
    MOVED,
    /** Of other clients, sent to the region as ever. */
    USUAL;

    @SuppressWarnings("EnumOrdinal") // within one process
    private int first() {
      return ordinal() * (TIMES + FineBuckets.SLOTS);
    }
  }

  private static final int BEGUN = 0;
  private static final int ENDED = 1;
  private static final int ERRORS = 2;
  private static final int FIRST_AT = 3;
  private static final int TIMES = 4;
  private static final int RECEIVERS = 2 * (TIMES + FineBuckets.SLOTS);

  private final Cells cells;
  private final int regions;

  /**
   * @param regions how many there are; the index of each is its place
   */
  public DrillMeters(int loops, int regions) {
    this.regions = regions;
    cells = new Cells(loops, RECEIVERS + regions);
  }

  /**
   * A request was sent off.
   *
   * @param receiver index of the region that it was sent to first; -1: none would have it
   * @param nowNanos the loop's clock
   */
  public void begun(int loop, Group group, int receiver, long nowNanos) {
    if (cells.get(loop, group.first() + BEGUN) == 0) {
      cells.set(loop, group.first() + FIRST_AT, nowNanos);
    }
    cells.add(loop, group.first() + BEGUN, 1);
    if (group == Group.MOVED && receiver >= 0 && receiver < regions) {
      cells.add(loop, RECEIVERS + receiver, 1);
    }
  }

  /** Such a request is over; {@code failed}: by a fault that was not the client's. */
  public void finished(int loop, Group group, boolean failed, long durationNanos) {
    cells.add(loop, group.first() + ENDED, 1);
    if (failed) {
      cells.add(loop, group.first() + ERRORS, 1);
    } else {
      cells.add(loop, group.first() + TIMES + FineBuckets.slot(durationNanos), 1);
    }
  }

  /**
   * How long after {@code startNanos} the first request of a group was sent off; NaN if none was;
   * any thread.
   */
  public double firstMillis(Group group, long startNanos) {
    double first = Double.NaN;
    for (int loop = 0; loop < cells.loops(); loop++) {
      if (cells.get(loop, group.first() + BEGUN) > 0) {
        double millis = (cells.get(loop, group.first() + FIRST_AT) - startNanos) / 1e6;
        first = first <= millis ? first : Math.max(0, millis);
      }
    }
    return first;
  }

  /** Moved requests that a region got, so far; any thread. */
  public long received(int region) {
    return region < regions ? cells.sum(RECEIVERS + region) : 0;
  }

  /** All of a group so far; any thread. */
  public Counts counts(Group group) {
    long[] times = new long[FineBuckets.SLOTS];
    for (int i = 0; i < times.length; i++) {
      times[i] = cells.sum(group.first() + TIMES + i);
    }
    return new Counts(
        cells.sum(group.first() + BEGUN),
        cells.sum(group.first() + ENDED),
        cells.sum(group.first() + ERRORS),
        times);
  }

  /**
   * What a group's requests came to.
   *
   * @param times those answered, by duration
   */
  @SuppressWarnings("ArrayRecordComponent") // counted with, never compared
  public record Counts(long begun, long ended, long errors, long[] times) {
    /** Of no request. */
    public static final Counts NONE = new Counts(0, 0, 0, new long[FineBuckets.SLOTS]);

    /** What was added since then. */
    public Counts since(Counts before) {
      long[] added = Arrays.copyOf(times, times.length);
      for (int i = 0; i < added.length; i++) {
        added[i] -= before.times[i];
      }
      return new Counts(begun - before.begun, ended - before.ended, errors - before.errors, added);
    }

    /** Of those that are over, 0 to 1; 0 if there are none. */
    public double errorRatio() {
      return ended == 0 ? 0 : (double) errors / ended;
    }

    /** The time that this part of those answered stayed within; NaN if there are none. */
    public double quantileMillis(double ratio) {
      return FineBuckets.quantileMillis(times, ratio);
    }
  }
}
