package io.meridian.geo;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The upper 64 bits of the IPv6 space as consecutive ranges, each with a number. The first 16 bits
 * give a slice, which a binary search ends.
 */
final class V6Table {
  private final int[] firstOf; // by first 16 bits: index of the first range that starts there
  private final long[] start;
  private final int[] value;

  private V6Table(int[] firstOf, long[] start, int[] value) {
    this.firstOf = firstOf;
    this.start = start;
    this.value = value;
  }

  static V6Table read(ByteBuffer in) {
    int[] firstOf = Columns.ints(in);
    return new V6Table(firstOf, Columns.longs(in), Columns.ints(in));
  }

  void write(DataOutputStream out) throws IOException {
    Columns.write(firstOf, out);
    Columns.write(start, out);
    Columns.write(value, out);
  }

  int find(long upper) {
    int high = (int) (upper >>> 48);
    int from = firstOf[high] - 1; // it reaches into this slice
    int to = firstOf[high + 1] - 1;
    while (from < to) {
      int middle = (from + to + 1) >>> 1;
      if (start[middle] <= upper) { // same first bits, so the sign does not matter
        from = middle;
      } else {
        to = middle - 1;
      }
    }
    return value[from];
  }

  int ranges() {
    return value.length;
  }

  /** The upper 64 bits of the first address of a range. */
  long start(int range) {
    return start[range];
  }

  /** Takes ranges in ascending unsigned order of their first address, the first of them at 0. */
  static final class Builder {
    private final int[] firstOf = new int[65_537];
    private int filled; // entries of firstOf that are final
    private long[] start;
    private int[] value;
    private int size;

    Builder(int capacity) {
      start = new long[Math.max(16, capacity)];
      value = new int[start.length];
    }

    void add(long upper, int number) {
      if (size > 0 && value[size - 1] == number) {
        return;
      }
      for (int high = (int) (upper >>> 48); filled <= high; filled++) {
        firstOf[filled] = size;
      }
      if (size == value.length) {
        start = Arrays.copyOf(start, size + (size >> 1));
        value = Arrays.copyOf(value, size + (size >> 1));
      }
      start[size] = upper;
      value[size++] = number;
    }

    V6Table build() {
      Arrays.fill(firstOf, filled, firstOf.length, size);
      return new V6Table(firstOf, Arrays.copyOf(start, size), Arrays.copyOf(value, size));
    }
  }
}
