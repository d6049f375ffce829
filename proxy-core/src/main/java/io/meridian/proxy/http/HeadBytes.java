package io.meridian.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocal;
import java.util.Arrays;

/**
 * A head while it is written: many small pieces cost a third in an array of what they cost in a
 * buffer outside the heap, into which the whole then goes at once. One for each thread; what {@link
 * #begin} gave is to be written out before it is called again.
 */
public final class HeadBytes {
  private static final int FIRST = 2 * 1024;
  private static final int KEPT = 16 * 1024;

  private static final FastThreadLocal<HeadBytes> OWN =
      new FastThreadLocal<>() {
        @Override
        protected HeadBytes initialValue() {
          return new HeadBytes();
        }
      };

  private byte[] bytes = new byte[FIRST];
  private int length;

  private HeadBytes() {}

  /** The thread's own, empty. */
  public static HeadBytes begin() {
    HeadBytes own = OWN.get();
    own.length = 0;
    return own;
  }

  public HeadBytes writeBytes(byte[] piece) {
    return writeBytes(piece, 0, piece.length);
  }

  public HeadBytes writeBytes(byte[] from, int start, int count) {
    ensure(count);
    System.arraycopy(from, start, bytes, length, count);
    length += count;
    return this;
  }

  public HeadBytes writeByte(int value) {
    ensure(1);
    bytes[length++] = (byte) value;
    return this;
  }

  /** Two bytes, the higher first. */
  public HeadBytes writeShort(int value) {
    ensure(2);
    bytes[length++] = (byte) (value >>> 8);
    bytes[length++] = (byte) value;
    return this;
  }

  /** One byte for each character, which has to be ASCII. */
  public HeadBytes writeAscii(CharSequence text) {
    int count = text.length();
    ensure(count);
    for (int i = 0; i < count; i++) {
      bytes[length++] = (byte) text.charAt(i);
    }
    return this;
  }

  /** A number that is not negative, in decimal digits. */
  public HeadBytes writeDecimal(long value) {
    int digits = digits(value);
    ensure(digits);
    long rest = value;
    for (int i = length + digits - 1; i >= length; i--) {
      bytes[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    length += digits;
    return this;
  }

  /** How many digits a number that is not negative has. */
  public static int digits(long value) {
    int digits = 1;
    for (long rest = value; rest >= 10; rest /= 10) {
      digits++;
    }
    return digits;
  }

  /** Writes all of it behind what is there. */
  public void writeTo(ByteBuf out) {
    out.writeBytes(bytes, 0, length);
    if (bytes.length > KEPT) {
      bytes = new byte[FIRST];
    }
  }

  private void ensure(int more) {
    if (more > bytes.length - length) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
    }
  }
}
