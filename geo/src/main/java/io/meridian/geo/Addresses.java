package io.meridian.geo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Address literals, strictly: four decimal numbers without leading zeros, or RFC 4291 section 2.2
 * text without a zone. No name is ever resolved.
 */
public final class Addresses {
  private Addresses() {}

  /**
   * Reads an IPv4 literal that fills a part of a text; makes no garbage.
   *
   * @param to one after the last byte
   * @return the address as an unsigned number, or -1 if it is none
   */
  public static long parseV4(byte[] text, int from, int to) {
    if (to - from < 7 || to - from > 15) {
      return -1;
    }
    long address = 0;
    int at = from;
    for (int part = 0; part < 4; part++) {
      if (part > 0 && (at == to || text[at++] != '.')) {
        return -1;
      }
      int begin = at;
      int number = 0;
      for (; at < to && at - begin < 3 && text[at] >= '0' && text[at] <= '9'; at++) {
        number = number * 10 + text[at] - '0';
      }
      if (at == begin || number > 255 || (at - begin > 1 && text[begin] == '0')) {
        return -1;
      }
      address = address << 8 | number;
    }
    return at == to ? address : -1;
  }

  /**
   * Reads an IPv6 literal, in brackets or not, that fills a part of a text.
   *
   * @param to one after the last byte
   * @return 16 bytes, or null if it is none
   */
  public static byte @Nullable [] parseV6(byte[] text, int from, int to) {
    int at = from;
    int end = to;
    if (to - from > 2 && text[from] == '[') {
      if (text[to - 1] != ']') {
        return null;
      }
      at++;
      end--;
    }
    if (end - at < 2 || end - at > 45) {
      return null;
    }
    byte[] address = new byte[16];
    int filled = 0;
    int gap = -1; // bytes before "::"
    if (text[at] == ':') {
      if (text[at + 1] != ':') {
        return null;
      }
      gap = 0;
      at += 2;
    }
    while (at < end) {
      if (filled == 16) {
        return null;
      }
      int begin = at;
      int group = 0;
      for (; at < end && at - begin < 4 && Character.digit(text[at], 16) >= 0; at++) {
        group = group << 4 | Character.digit(text[at], 16);
      }
      if (at < end && text[at] == '.') {
        long tail = filled <= 12 ? parseV4(text, begin, end) : -1;
        if (tail < 0) {
          return null;
        }
        for (int shift = 24; shift >= 0; shift -= 8) {
          address[filled++] = (byte) (tail >>> shift);
        }
        break;
      }
      if (at == begin) {
        return null;
      }
      address[filled++] = (byte) (group >>> 8);
      address[filled++] = (byte) group;
      if (at == end) {
        break;
      }
      if (text[at++] != ':' || at == end) {
        return null;
      }
      if (text[at] == ':') {
        if (gap >= 0) {
          return null;
        }
        gap = filled;
        at++;
      }
    }
    return spread(address, filled, gap);
  }

  /**
   * Reads an IPv4 or IPv6 literal.
   *
   * @return 4 or 16 bytes, an IPv4-mapped address as its IPv4 address; null if it is no literal
   */
  public static byte @Nullable [] parse(byte[] text, int from, int to) {
    long four = parseV4(text, from, to);
    if (four >= 0) {
      return new byte[] {
        (byte) (four >>> 24), (byte) (four >>> 16), (byte) (four >>> 8), (byte) four
      };
    }
    byte[] six = parseV6(text, from, to);
    return six != null && isMapped(six) ? Arrays.copyOfRange(six, 12, 16) : six;
  }

  /** As {@link #parse(byte[], int, int)}, of a whole text. */
  public static byte @Nullable [] parse(String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    return parse(bytes, 0, bytes.length);
  }

  /** Whether 16 bytes are {@code ::ffff:0:0/96}. */
  private static boolean isMapped(byte[] address) {
    for (int i = 0; i < 10; i++) {
      if (address[i] != 0) {
        return false;
      }
    }
    return address[10] == -1 && address[11] == -1;
  }

  /** Moves what stands behind "::" to the end; at least one group must be missing there. */
  private static byte @Nullable [] spread(byte[] address, int filled, int gap) {
    if (gap < 0) {
      return filled == 16 ? address : null;
    }
    if (filled > 14) {
      return null;
    }
    int tail = filled - gap;
    System.arraycopy(address, gap, address, 16 - tail, tail);
    Arrays.fill(address, gap, 16 - tail, (byte) 0);
    return address;
  }
}
