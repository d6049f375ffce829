package io.meridian.proxy.telemetry;

/** A run of bytes that a log line shows: somebody else's, or a copy of its own. Mutable, reused. */
public final class Text {
  private static final byte[] NONE = {};

  private byte[] own = NONE;
  byte[] array = NONE;
  int offset;
  int length;

  /** Refers to these bytes; they must not change before the line is written. */
  public void set(byte[] bytes, int from, int count) {
    array = bytes;
    offset = from;
    length = count;
  }

  /** Refers to all of these bytes; they must not change before the line is written. */
  public void set(byte[] bytes) {
    set(bytes, 0, bytes.length);
  }

  /** Keeps a copy of the first {@code atMost} of these bytes. */
  public void copy(byte[] bytes, int from, int count, int atMost) {
    int kept = Math.min(count, atMost);
    if (own.length < kept) {
      own = new byte[Math.min(atMost, Math.max(64, Integer.highestOneBit(kept) * 2))];
    }
    System.arraycopy(bytes, from, own, 0, kept);
    set(own, 0, kept);
  }

  /** Nothing: the field is left out. */
  public void clear() {
    set(NONE, 0, 0);
  }

  public boolean isEmpty() {
    return length == 0;
  }
}
