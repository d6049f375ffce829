package io.meridian.proxy.downstream;

import io.meridian.proxy.http.HeadBytes;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The words of HPACK (RFC 7541) that answers are written in: names and values of the static table
 * by index, the rest as literals; no dynamic table, no Huffman codes. So a block that was written
 * can be taken back, no state is kept for a client, and what a client says of its table changes
 * nothing.
 */
final class Hpack {
  // names of the static table (RFC 7541, A)
  static final int CONTENT_LENGTH = 28;
  static final int CONTENT_TYPE = 31;
  static final int DATE = 33;
  static final int RETRY_AFTER = 53;

  private static final int INDEXED = 0x80;
  private static final int LITERAL = 0x00;
  private static final int NEVER_INDEXED = 0x10;
  private static final int STATUS = 8;

  /** The table's first entry that is none of a request's; names only (RFC 7541, A). */
  private static final int FIRST_NAME = 15;

  private static final byte[][] NAMES =
      names(
          "accept-charset",
          "accept-encoding",
          "accept-language",
          "accept-ranges",
          "accept",
          "access-control-allow-origin",
          "age",
          "allow",
          "authorization",
          "cache-control",
          "content-disposition",
          "content-encoding",
          "content-language",
          "content-length",
          "content-location",
          "content-range",
          "content-type",
          "cookie",
          "date",
          "etag",
          "expect",
          "expires",
          "from",
          "host",
          "if-match",
          "if-modified-since",
          "if-none-match",
          "if-range",
          "if-unmodified-since",
          "last-modified",
          "link",
          "location",
          "max-forwards",
          "proxy-authenticate",
          "proxy-authorization",
          "range",
          "referer",
          "refresh",
          "retry-after",
          "server",
          "set-cookie",
          "strict-transport-security",
          "transfer-encoding",
          "user-agent",
          "vary",
          "via",
          "www-authenticate");

  private static final int SLOTS = 256;
  private static final byte[] TABLE = new byte[SLOTS]; // open addressing, 0 = free

  /** Statuses with an entry of their own, from {@link #STATUS} on. */
  private static final int[] STATUSES = {200, 204, 206, 304, 400, 404, 500};

  static {
    for (int i = 0; i < NAMES.length; i++) {
      int slot = slot(NAMES[i], 0, NAMES[i].length);
      while (TABLE[slot] != 0) {
        slot = slot + 1 & SLOTS - 1;
      }
      TABLE[slot] = (byte) (FIRST_NAME + i);
    }
  }

  private Hpack() {}

  static void status(HeadBytes out, int status) {
    for (int i = 0; i < STATUSES.length; i++) {
      if (STATUSES[i] == status) {
        out.writeByte(INDEXED | STATUS + i);
        return;
      }
    }
    indexedName(out, STATUS);
    number(out, status);
  }

  /** A name in whatever case, which is written in lower case; its value is to follow. */
  static void name(HeadBytes out, byte[] b, int start, int length) {
    int index = indexOf(b, start, length);
    if (index > 0) {
      // Cookies are secrets: nobody on the way may keep them (RFC 7541, 7.1.3).
      indexedName(out, is(b, start, length, "set-cookie") ? NEVER_INDEXED : LITERAL, index);
      return;
    }
    out.writeByte(LITERAL);
    integer(out, 0, 7, length);
    for (int i = start; i < start + length; i++) {
      out.writeByte(lower(b[i]));
    }
  }

  /** A name that the table has not; its value is to follow. */
  static void literal(HeadBytes out, byte[] name) {
    out.writeByte(LITERAL);
    text(out, name, 0, name.length);
  }

  /** A name of the static table; its value is to follow. */
  static void indexedName(HeadBytes out, int index) {
    indexedName(out, LITERAL, index);
  }

  private static void indexedName(HeadBytes out, int kind, int index) {
    integer(out, kind, 4, index);
  }

  static void text(HeadBytes out, byte[] b, int start, int length) {
    integer(out, 0, 7, length);
    out.writeBytes(b, start, length);
  }

  static void number(HeadBytes out, long value) {
    integer(out, 0, 7, HeadBytes.digits(value));
    out.writeDecimal(value);
  }

  /** An integer with a prefix of so many bits (RFC 7541, 5.1). */
  private static void integer(HeadBytes out, int kind, int bits, int value) {
    int max = (1 << bits) - 1;
    if (value < max) {
      out.writeByte(kind | value);
      return;
    }
    out.writeByte(kind | max);
    int rest = value - max;
    while (rest >= 0x80) {
      out.writeByte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.writeByte(rest);
  }

  /** The static table's index of a name in whatever case, 0 if it has none. */
  private static int indexOf(byte[] b, int start, int length) {
    int slot = slot(b, start, length);
    for (int index = TABLE[slot]; index != 0; index = TABLE[slot]) {
      if (is(b, start, length, NAMES[index - FIRST_NAME])) {
        return index;
      }
      slot = slot + 1 & SLOTS - 1;
    }
    return 0;
  }

  private static int slot(byte[] b, int start, int length) {
    return length * 29 + (b[start] | 0x20) * 7 + (b[start + length - 1] | 0x20) & SLOTS - 1;
  }

  private static boolean is(byte[] b, int start, int length, byte[] lower) {
    if (length != lower.length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (lower(b[start + i]) != lower[i]) {
        return false;
      }
    }
    return true;
  }

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

  private static int lower(byte c) {
    return c >= 'A' && c <= 'Z' ? c | 0x20 : c;
  }

  private static byte[][] names(String... names) {
    return Arrays.stream(names).map(Hpack::ascii).toArray(byte[][]::new);
  }

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
