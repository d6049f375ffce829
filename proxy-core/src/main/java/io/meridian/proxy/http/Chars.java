package io.meridian.proxy.http;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Classes of bytes (RFC 9110, 5.5 and 5.6.2; RFC 3986) and scans over them. */
final class Chars {
  private static final VarHandle WORD =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long ONES = 0x0101_0101_0101_0101L;
  private static final long TOPS = 0x8080_8080_8080_8080L;

  private static final byte T = 1; // tchar
  private static final byte P = 2; // may stand in a path as it is
  private static final byte H = 4; // may stand in a host name as it is
  private static final byte X = 8; // extends a chunk: tchar, ; and =
  private static final byte[] CLASS = new byte[256];
  private static final byte[] HEX = new byte[256];

  static {
    for (int c = 0; c < 256; c++) {
      boolean alphanumeric =
          (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      CLASS[c] = alphanumeric ? (byte) (T | P | H | X) : 0;
      HEX[c] = (byte) (c < 128 ? Character.digit(c, 16) : -1);
    }
    add("!#$%&'*+-.^_`|~", (byte) (T | X));
    add(";=", X);
    add("-._~", (byte) (P | H));
    add("!$&'()*+,;=:@", P);
    add("|^[]", P); // not in RFC 3986, but browsers send them as they are
  }

  private Chars() {}

  private static void add(String chars, byte classes) {
    for (int i = 0; i < chars.length(); i++) {
      CLASS[chars.charAt(i)] |= classes;
    }
  }

  static boolean token(byte c) {
    return (CLASS[c & 0xff] & T) != 0;
  }

  /** Not {@code /}, {@code %} or {@code ?}: those need a look. */
  static boolean path(byte c) {
    return (CLASS[c & 0xff] & P) != 0;
  }

  static boolean host(byte c) {
    return (CLASS[c & 0xff] & H) != 0;
  }

  static boolean chunkExtension(byte c) {
    return (CLASS[c & 0xff] & X) != 0;
  }

  /** Value of a hexadecimal digit, or -1. */
  static int hex(byte c) {
    return HEX[c & 0xff];
  }

  static boolean blank(byte c) {
    return c == ' ' || c == '\t';
  }

  /** Index of the first byte in [from, to) that is no token character, or to. */
  static int tokenEnd(byte[] b, int from, int to) {
    int p = from;
    while (p < to && (CLASS[b[p] & 0xff] & T) != 0) {
      p++;
    }
    return p;
  }

  /** Index of the first control character other than a tab in [from, to), or to. */
  static int textEnd(byte[] b, int from, int to) {
    int p = from;
    while (p < to) {
      if (p + Long.BYTES <= to) {
        long hits = controls((long) WORD.get(b, p));
        if (hits == 0) {
          p += Long.BYTES;
          continue;
        }
        p += Long.numberOfTrailingZeros(hits) >>> 3;
      } else if (b[p] < 0 || (b[p] >= ' ' && b[p] != 0x7f)) {
        p++;
        continue;
      }
      if (b[p] != '\t') {
        return p;
      }
      p++;
    }
    return p;
  }

  /** The lowest set bit is the top bit of the first byte below 0x20 or equal to 0x7f. */
  private static long controls(long word) {
    long del = word ^ ONES * 0x7f;
    return (((word - ONES * 0x20) & ~word) | ((del - ONES) & ~del)) & TOPS;
  }

  static byte lower(byte c) {
    return c >= 'A' && c <= 'Z' ? (byte) (c | 0x20) : c;
  }

  /** True if the bytes are this text, which is in lower case, in whatever case. */
  static boolean is(byte[] b, int start, int length, String lower) {
    if (length != lower.length()) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (lower(b[start + i]) != lower.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  static boolean sameIgnoringCase(byte[] b, int one, int other, int length) {
    for (int i = 0; i < length; i++) {
      if (lower(b[one + i]) != lower(b[other + i])) {
        return false;
      }
    }
    return true;
  }
}
