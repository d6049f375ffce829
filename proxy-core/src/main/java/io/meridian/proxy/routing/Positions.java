package io.meridian.proxy.routing;

/**
 * Reads how far a copy of data has come, from a field's value in place: a whole number, or two in
 * hexadecimal as PostgreSQL writes the positions of its log.
 *
 * @see "PostgreSQL documentation, 8.20: pg_lsn"
 */
public final class Positions {
  private static final int MAX_DIGITS = 18;
  private static final int MAX_HEX = 8;

  private Positions() {}

  /** {@link Replicas#UNKNOWN} if it is no position. */
  public static long parse(byte[] bytes, int start, int length) {
    for (int i = 0; i < length; i++) {
      if (bytes[start + i] == '/') {
        long high = hex(bytes, start, i);
        long low = hex(bytes, start + i + 1, length - i - 1);
        return high < 0 || low < 0 || high > Integer.MAX_VALUE
            ? Replicas.UNKNOWN
            : high << 32 | low;
      }
    }
    if (length == 0 || length > MAX_DIGITS) {
      return Replicas.UNKNOWN;
    }
    long value = 0;
    for (int i = start; i < start + length; i++) {
      if (bytes[i] < '0' || bytes[i] > '9') {
        return Replicas.UNKNOWN;
      }
      value = value * 10 + bytes[i] - '0';
    }
    return value;
  }

  private static long hex(byte[] bytes, int start, int length) {
    if (length == 0 || length > MAX_HEX) {
      return -1;
    }
    long value = 0;
    for (int i = start; i < start + length; i++) {
      int digit = Character.digit(bytes[i], 16);
      if (digit < 0) {
        return -1;
      }
      value = value << 4 | digit;
    }
    return value;
  }

  /**
   * A number that is not negative, with a fraction if need be, up to a billion; NaN if it is none.
   */
  public static double number(byte[] bytes, int start, int length) {
    long value = 0;
    double scale = 0; // 1 behind the point, ten times more for each digit there; 0 before it
    boolean digits = false;
    if (length > MAX_DIGITS + 1) {
      return Double.NaN;
    }
    for (int i = start; i < start + length; i++) {
      int c = bytes[i];
      if (c == '.' && scale == 0 && digits) {
        scale = 1;
      } else if (c < '0' || c > '9') {
        return Double.NaN;
      } else {
        value = value * 10 + (c - '0');
        digits = true;
        scale *= 10;
      }
    }
    double number = scale == 0 ? value : value / scale;
    return digits && number <= 1e9 ? number : Double.NaN;
  }
}
