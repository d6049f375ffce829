package io.meridian.proxy.routing;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** An immutable map whose keys are looked up as ranges of a byte array, without making a String. */
final class ByteMap<V> {
  private final byte[][] keys;
  private final Object[] values;
  private final int mask;

  ByteMap(Map<String, V> entries) {
    int capacity = Math.max(4, Integer.highestOneBit(Math.max(1, entries.size()) * 4));
    mask = capacity - 1;
    keys = new byte[capacity][];
    values = new Object[capacity];
    entries.forEach((text, value) -> {
      byte[] key = text.getBytes(StandardCharsets.UTF_8);
      int slot = hash(key, 0, key.length) & mask;
      while (keys[slot] != null) {
        slot = slot + 1 & mask;
      }
      keys[slot] = key;
      values[slot] = value;
    });
  }

  @Nullable V get(byte[] bytes, int start, int length) {
    int slot = hash(bytes, start, length) & mask;
    for (byte[] key = keys[slot]; key != null; key = keys[slot]) {
      if (equal(key, bytes, start, length)) {
        @SuppressWarnings("unchecked") // only Vs were put in
        V value = (V) values[slot];
        return value;
      }
      slot = slot + 1 & mask;
    }
    return null;
  }

  static boolean equal(byte[] key, byte[] bytes, int start, int length) {
    return Arrays.equals(key, 0, key.length, bytes, start, start + length);
  }

  private static int hash(byte[] bytes, int start, int length) {
    int hash = length;
    for (int i = start; i < start + length; i++) {
      hash = hash * 31 + bytes[i];
    }
    return hash ^ hash >>> 15;
  }
}
