package io.meridian.proxy.telemetry;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/**
 * A row of numbers for each event loop. A loop alone writes its row, without locks or fences; any
 * thread may read, and sees whole numbers that are at most a moment old. Rows are two cache lines
 * apart, so that no loop slows down another.
 */
final class Cells {
  private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final int APART = 16; // longs: 128 bytes, as adjacent lines are fetched in pairs

  private final long[] values;
  private final int stride;
  private final int loops;

  Cells(int loops, int slots) {
    this.loops = loops;
    stride = slots + APART;
    values = new long[APART + loops * stride];
  }

  /** On the loop that owns the row. */
  void add(int loop, int slot, long amount) {
    int at = APART + loop * stride + slot;
    LONGS.setOpaque(values, at, values[at] + amount);
  }

  /** On the loop that owns the row. */
  void set(int loop, int slot, long value) {
    LONGS.setOpaque(values, APART + loop * stride + slot, value);
  }

  /** From any thread. */
  long get(int loop, int slot) {
    return (long) LONGS.getOpaque(values, APART + loop * stride + slot);
  }

  /** One slot over all loops, from any thread. */
  long sum(int slot) {
    long sum = 0;
    for (int loop = 0; loop < loops; loop++) {
      sum += get(loop, slot);
    }
    return sum;
  }

  int loops() {
    return loops;
  }
}
