package io.meridian.geo;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The whole IPv4 space as consecutive ranges, each with a number. The first 16 bits of an address
 * give a slice of at most 65,536 ranges, which a binary search over the other 16 bits ends.
 */
final class V4Table {
  private final int[] firstOf; // by first 16 bits: index of the first range that starts there
  private final char[] lowStart; // the last 16 bits of a range's first address
  private final int[] value;

  private V4Table(int[] firstOf, char[] lowStart, int[] value) {
    this.firstOf = firstOf;
    this.lowStart = lowStart;
    this.value = value;
  }

  static V4Table read(ByteBuffer in) {
    int[] firstOf = Columns.ints(in);
    return new V4Table(firstOf, Columns.chars(in), Columns.ints(in));
  }

  void write(DataOutputStream out) throws IOException {
    Columns.write(firstOf, out);
    Columns.write(lowStart, out);
    Columns.write(value, out);
  }

  int find(int address) {
    int high = address >>> 16;
    int low = address & 0xffff;
    int from = firstOf[high] - 1; // it reaches into this slice
    int to = firstOf[high + 1] - 1;
    while (from < to) {
      int middle = (from + to + 1) >>> 1;
      if (lowStart[middle] <= low) {
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

  /** The first address of a range. */
  int start(int range) {
    int high = 0;
    for (int step = 1 << 15; step > 0; step >>= 1) { // the last slice that starts at or before it
      if (firstOf[high + step] <= range) {
        high += step;
      }
    }
    return high << 16 | lowStart[range];
  }

  /** Takes ranges in ascending order of their first address, the first of them at 0. */
  static final class Builder {
    private final int[] firstOf = new int[65_537];
    private int filled; // entries of firstOf that are final
    private char[] lowStart;
    private int[] value;
    private int size;

    Builder(int capacity) {
      lowStart = new char[Math.max(16, capacity)];
      value = new int[lowStart.length];
    }

    void add(int start, int number) {
      if (size > 0 && value[size - 1] == number) {
        return;
      }
      for (int high = start >>> 16; filled <= high; filled++) {
        firstOf[filled] = size;
      }
      if (size == value.length) {
        lowStart = Arrays.copyOf(lowStart, size + (size >> 1));
        value = Arrays.copyOf(value, size + (size >> 1));
      }
      lowStart[size] = (char) start;
      value[size++] = number;
    }

    V4Table build() {
      Arrays.fill(firstOf, filled, firstOf.length, size);
      return new V4Table(firstOf, Arrays.copyOf(lowStart, size), Arrays.copyOf(value, size));
    }
  }
}
