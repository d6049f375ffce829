package io.meridian.proxy.telemetry;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;

/**
 * A bounded queue of bytes between one thread that offers and one that drains; neither ever waits.
 * What is offered is seen whole or not at all.
 */
final class ByteRing {
  private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
  // Two positions that only grow, two cache lines apart from each other and from anything else.
  private static final int TAIL = 16;
  private static final int HEAD = 32;

  private final byte[] bytes;
  private final int mask;
  private final long[] positions = new long[48];
  private long seenHead; // offering thread only: a head that the drain has reached at least

  /**
   * @param capacity a power of two
   */
  ByteRing(int capacity) {
    if (Integer.bitCount(capacity) != 1) {
      throw new IllegalArgumentException("capacity: " + capacity + " (expected: a power of two)");
    }
    bytes = new byte[capacity];
    mask = capacity - 1;
  }

  /** Puts these bytes in; false if there is no room for all of them. Offering thread. */
  boolean offer(byte[] from, int length) {
    long tail = positions[TAIL];
    if (tail + length - seenHead > bytes.length) {
      seenHead = (long) LONGS.getAcquire(positions, HEAD);
      if (tail + length - seenHead > bytes.length) {
        return false;
      }
    }
    int at = (int) tail & mask;
    int first = Math.min(length, bytes.length - at);
    System.arraycopy(from, 0, bytes, at, first);
    System.arraycopy(from, first, bytes, 0, length - first);
    LONGS.setRelease(positions, TAIL, tail + length);
    return true;
  }

  /** Whether more than half is in use. Offering thread. */
  boolean halfFull() {
    long tail = positions[TAIL];
    if (tail - seenHead > bytes.length / 2) {
      seenHead = (long) LONGS.getAcquire(positions, HEAD);
    }
    return tail - seenHead > bytes.length / 2;
  }

  /** The position behind all that has been offered so far. Draining thread. */
  long end() {
    return (long) LONGS.getAcquire(positions, TAIL);
  }

  /**
   * Moves what fits, and was offered before {@code end}, into {@code into}; false if nothing was
   * left. Draining thread.
   */
  boolean drain(ByteBuffer into, long end) {
    long head = positions[HEAD];
    long available = end - head;
    int length = (int) Math.min(available, into.remaining());
    int at = (int) head & mask;
    int first = Math.min(length, bytes.length - at);
    into.put(bytes, at, first);
    into.put(bytes, 0, length - first);
    LONGS.setRelease(positions, HEAD, head + length);
    return available > 0;
  }
}
