package io.meridian.geo;

import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Arrays in a file: a count and that many big-endian numbers, read in one copy. */
final class Columns {
  private Columns() {}

  static char[] chars(ByteBuffer in) {
    char[] column = new char[in.getInt()];
    in.asCharBuffer().get(column);
    in.position(in.position() + column.length * Character.BYTES);
    return column;
  }

  static int[] ints(ByteBuffer in) {
    int[] column = new int[in.getInt()];
    in.asIntBuffer().get(column);
    in.position(in.position() + column.length * Integer.BYTES);
    return column;
  }

  static long[] longs(ByteBuffer in) {
    long[] column = new long[in.getInt()];
    in.asLongBuffer().get(column);
    in.position(in.position() + column.length * Long.BYTES);
    return column;
  }

  static void write(char[] column, DataOutputStream out) throws IOException {
    out.writeInt(column.length);
    for (char number : column) {
      out.writeChar(number);
    }
  }

  static void write(int[] column, DataOutputStream out) throws IOException {
    out.writeInt(column.length);
    for (int number : column) {
      out.writeInt(number);
    }
  }

  static void write(long[] column, DataOutputStream out) throws IOException {
    out.writeInt(column.length);
    for (long number : column) {
      out.writeLong(number);
    }
  }
}
