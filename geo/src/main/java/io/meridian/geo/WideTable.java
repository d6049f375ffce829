package io.meridian.geo;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * Consecutive ranges of whole IPv6 addresses, each with a number: for the few prefixes longer than
 * 64 bits, and for overrides.
 */
final class WideTable {
  private final long[] upper;
  private final long[] lower;
  private final int[] value;

  private WideTable(long[] upper, long[] lower, int[] value) {
    this.upper = upper;
    this.lower = lower;
    this.value = value;
  }

  static WideTable read(ByteBuffer in) {
    long[] upper = Columns.longs(in);
    return new WideTable(upper, Columns.longs(in), Columns.ints(in));
  }

  void write(DataOutputStream out) throws IOException {
    Columns.write(upper, out);
    Columns.write(lower, out);
    Columns.write(value, out);
  }

  /** The number of the last range that starts at or before the address; 0 if there is none. */
  int find(long high, long low) {
    int from = -1;
    int to = value.length - 1;
    while (from < to) {
      int middle = (from + to + 1) >>> 1;
      int order = Long.compareUnsigned(upper[middle], high);
      if (order < 0 || (order == 0 && Long.compareUnsigned(lower[middle], low) <= 0)) {
        from = middle;
      } else {
        to = middle - 1;
      }
    }
    return from < 0 ? 0 : value[from];
  }

  int ranges() {
    return value.length;
  }

  /** Takes ranges in ascending unsigned order of their first address. */
  static final class Builder {
    private long[] upper = new long[16];
    private long[] lower = new long[16];
    private int[] value = new int[16];
    private int size;

    void add(long high, long low, int number) {
      if (size == value.length) {
        upper = Arrays.copyOf(upper, size * 2);
        lower = Arrays.copyOf(lower, size * 2);
        value = Arrays.copyOf(value, size * 2);
      }
      upper[size] = high;
      lower[size] = low;
      value[size++] = number;
    }

    WideTable build() {
      return new WideTable(
          Arrays.copyOf(upper, size), Arrays.copyOf(lower, size), Arrays.copyOf(value, size));
    }
  }
}
