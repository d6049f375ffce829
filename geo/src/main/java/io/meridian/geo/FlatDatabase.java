package io.meridian.geo;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A database laid out for lookups: two binary searches at most, no garbage. Immutable, for all
 * threads.
 */
final class FlatDatabase<T> {
  private final V4Table v4;
  private final V6Table v6;
  private final WideTable wide;
  private final Object[] values;
  private final long networks;

  FlatDatabase(V4Table v4, V6Table v6, WideTable wide, List<T> values, long networks) {
    this(v4, v6, wide, values.toArray(), networks);
  }

  private FlatDatabase(V4Table v4, V6Table v6, WideTable wide, Object[] values, long networks) {
    this.v4 = v4;
    this.v6 = v6;
    this.wide = wide;
    this.values = values;
    this.networks = networks;
  }

  /** What {@link #write} wrote, with its values. */
  static <T> FlatDatabase<T> read(Object[] values, ByteBuffer in) {
    long networks = in.getLong();
    return new FlatDatabase<>(
        V4Table.read(in), V6Table.read(in), WideTable.read(in), values, networks);
  }

  /** Writes all but the values. */
  void write(DataOutputStream out) throws IOException {
    out.writeLong(networks);
    v4.write(out);
    v6.write(out);
    wide.write(out);
  }

  /** All that a lookup can answer, the unknown first. */
  List<T> values() {
    List<T> all = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      all.add(value(i));
    }
    return all;
  }

  T get(int address) {
    return value(v4.find(address));
  }

  T get(long upper, long lower) {
    int number = v6.find(upper);
    if (number == TreeWalk.WIDE) {
      number = wide.find(upper, lower);
    }
    return number <= TreeWalk.ALIAS
        ? get(bits(upper, lower, TreeWalk.ALIAS - number))
        : value(number);
  }

  /** How many networks the file lists. */
  long networks() {
    return networks;
  }

  /** How many ranges the tables have: neighbours of one value are joined. */
  long ranges() {
    return (long) v4.ranges() + v6.ranges() + wide.ranges();
  }

  /** An address in a range picked at random, so that small ranges are met as often as large. */
  int someV4(SplittableRandom random) {
    return v4.start(random.nextInt(v4.ranges()));
  }

  /** As {@link #someV4}, the upper 64 bits. */
  long someV6(SplittableRandom random) {
    return v6.start(random.nextInt(v6.ranges()));
  }

  /** The 32 bits that follow the first n of 128. */
  private static int bits(long upper, long lower, int n) {
    if (n <= 32) {
      return (int) (upper >>> (32 - n));
    }
    return n < 64 ? (int) (upper << (n - 32) | lower >>> (96 - n)) : (int) (lower >>> (96 - n));
  }

  @SuppressWarnings("unchecked") // the constructor took a list of T
  private T value(int number) {
    return (T) values[number];
  }
}
