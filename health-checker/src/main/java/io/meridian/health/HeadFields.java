package io.meridian.health;

import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Reads the head of an answer in its bytes (RFC 9112, 4 and 5). */
final class HeadFields {
  private static final byte[] PROTOCOL = "HTTP/1.".getBytes(StandardCharsets.US_ASCII);

  /** {@code HTTP/1.1 200}: the least that a status line holds before its end. */
  private static final int STATUS_LINE = 12;

  private HeadFields() {}

  /** Where the head ends, looked for in a range; -1: it goes on. */
  static int end(byte[] b, int from, int to) {
    for (int i = from; i + 3 < to; i++) {
      if (b[i] == '\r' && b[i + 1] == '\n' && b[i + 2] == '\r' && b[i + 3] == '\n') {
        return i + 4;
      }
    }
    return -1;
  }

  /** Whether this may become a head. */
  static boolean mayBegin(byte[] b, int length, int longestLine) {
    for (int i = 0; i < Math.min(length, PROTOCOL.length); i++) {
      if (b[i] != PROTOCOL[i]) {
        return false;
      }
    }
    return length <= longestLine || lineEnd(b, 0, length) < longestLine;
  }

  static boolean isHttp11(byte[] b) {
    return b[PROTOCOL.length] == '1';
  }

  /** The status of a complete head; -1 if it has none. */
  static int status(byte[] b, int length) {
    int end = lineEnd(b, 0, length);
    boolean whole =
        end >= STATUS_LINE
            && mayBegin(b, length, length)
            && (b[7] == '1' || b[7] == '0')
            && b[8] == ' '
            && (end == STATUS_LINE || b[STATUS_LINE] == ' ');
    int status = 0;
    for (int i = 9; whole && i < STATUS_LINE; i++) {
      int digit = b[i] - '0';
      whole = digit >= 0 && digit <= 9;
      status = status * 10 + digit;
    }
    return whole && status >= 100 ? status : -1;
  }

  /** Whether each field of a complete head is a name, a colon and a value without controls. */
  static boolean wellFormed(byte[] b, int length) {
    int start = lineEnd(b, 0, length) + 2;
    if (!isValue(b, 0, start - 2)) {
      return false;
    }
    while (start < length - 2) {
      int end = lineEnd(b, start, length);
      int colon = start;
      while (colon < end && isToken(b[colon])) {
        colon++;
      }
      if (colon == start || colon == end || b[colon] != ':' || !isValue(b, colon + 1, end)) {
        return false;
      }
      start = end + 2;
    }
    return true;
  }

  private static boolean isToken(byte b) {
    return b > ' ' && b != 0x7f && "\"(),/:;<=>?@[\\]{}".indexOf(b) < 0;
  }

  private static boolean isValue(byte[] b, int from, int to) {
    for (int i = from; i < to; i++) {
      if ((b[i] >= 0 && b[i] < ' ' && b[i] != '\t') || b[i] == 0x7f) {
        return false;
      }
    }
    return true;
  }

  /** The first field of this name; null if there is none. */
  static @Nullable String first(byte[] b, int length, String name) {
    int at = find(b, 0, length, name);
    return at < 0 ? null : value(b, at, length, name);
  }

  /** All fields of this name as one, joined by commas; null if there is none. */
  static @Nullable String all(byte[] b, int length, String name) {
    String joined = null;
    for (int at = find(b, 0, length, name); at >= 0; at = find(b, at, length, name)) {
      String value = value(b, at, length, name);
      joined = joined == null ? value : joined + ',' + value;
    }
    return joined;
  }

  /** Whether a list field holds this word. */
  static boolean says(byte[] b, int length, String name, String word) {
    String all = all(b, length, name);
    if (all != null) {
      for (String one : all.split(",", -1)) {
        if (one.strip().equalsIgnoreCase(word)) {
          return true;
        }
      }
    }
    return false;
  }

  /** What Content-Length says, given once or as often the same; -1 if it is none. */
  static long length(String all) {
    long length = -1;
    for (String one : all.split(",", -1)) {
      String digits = one.strip();
      if (digits.isEmpty()
          || digits.length() > 18
          || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
        return -1;
      }
      long next = Long.parseLong(digits);
      if (length >= 0 && next != length) {
        return -1;
      }
      length = next;
    }
    return length;
  }

  private static String value(byte[] b, int at, int length, String name) {
    int from = at + name.length() + 1;
    return new String(b, from, lineEnd(b, at, length) - from, StandardCharsets.ISO_8859_1).strip();
  }

  /** Where the next line after this position begins that is a field of this name; -1: none. */
  private static int find(byte[] b, int after, int length, String name) {
    int start = lineEnd(b, after, length) + 2;
    while (start < length - 2) {
      if (isName(b, start, length, name)) {
        return start;
      }
      start = lineEnd(b, start, length) + 2;
    }
    return -1;
  }

  private static boolean isName(byte[] b, int start, int length, String name) {
    int n = name.length();
    if (start + n >= length || b[start + n] != ':') {
      return false;
    }
    for (int i = 0; i < n; i++) {
      if (Character.toLowerCase(b[start + i]) != Character.toLowerCase(name.charAt(i))) {
        return false;
      }
    }
    return true;
  }

  /** Where the line at this position ends. */
  private static int lineEnd(byte[] b, int from, int length) {
    for (int i = from; i + 1 < length; i++) {
      if (b[i] == '\r' && b[i + 1] == '\n') {
        return i;
      }
    }
    return length;
  }
}
