package io.meridian.proxy.exchange;

import io.meridian.geo.Addresses;
import io.meridian.proxy.http.FieldId;
import io.meridian.proxy.http.RequestHead;
import org.jspecify.annotations.Nullable;

/**
 * The client's address: the peer's, or what trusted proxies say, read from the right through
 * trusted ones only. Where an entry can't be read, reading stops: what is left of it could be
 * anybody's word.
 *
 * @see "RFC 7239, 5.2 and 8.1"
 */
final class ClientAddress {
  private static final byte[] FOR = {'f', 'o', 'r', '='};
  private final byte[] v4 = new byte[4];
  private byte[] address = v4;
  private int textStart;
  private int textLength;
  private boolean forwarded;

  /** Works it out for one request. */
  void resolve(Peer peer, RequestHead head) {
    address = peer.address();
    forwarded = false;
    textLength = 0;
    if (!peer.trusted()) {
      return;
    }
    int field = lastIndexOf(head, FieldId.X_FORWARDED_FOR);
    int id = FieldId.X_FORWARDED_FOR;
    if (field < 0) {
      field = lastIndexOf(head, FieldId.FORWARDED);
      id = FieldId.FORWARDED;
    }
    for (; field >= 0; field--) {
      if (head.fieldId(field) == id && !readFromRight(peer, head, field, id)) {
        return;
      }
    }
  }

  /** Forgets the last one. */
  void clear() {
    address = v4;
    forwarded = false;
  }

  /** 4 or 16 bytes; valid until the next call. */
  byte[] address() {
    return address;
  }

  /** Whether it came from a field, where {@link #textStart} says. */
  boolean forwarded() {
    return forwarded;
  }

  int textStart() {
    return textStart;
  }

  int textLength() {
    return textLength;
  }

  /** Returns whether the next field to the left is still to be believed. */
  private boolean readFromRight(Peer peer, RequestHead head, int field, int id) {
    byte[] bytes = head.bytes();
    int start = head.valueStart(field);
    int end = start + head.valueLength(field);
    while (end > start) {
      int comma = end - 1;
      while (comma >= start && bytes[comma] != ',') {
        comma--;
      }
      if (!take(bytes, comma + 1, end, id) || !peer.trusts(address)) {
        return false;
      }
      end = comma;
    }
    return true;
  }

  private boolean take(byte[] bytes, int from, int to, int id) {
    int start = from;
    int end = to;
    while (start < end && blank(bytes[start])) {
      start++;
    }
    while (end > start && blank(bytes[end - 1])) {
      end--;
    }
    return id == FieldId.FORWARDED ? element(bytes, start, end) : parse(bytes, start, end);
  }

  /**
   * Takes the one {@code for} of a forwarded-element. An element that is cut at a comma within a
   * quoted string is not well formed, so that nothing in there can pass for an element.
   */
  private boolean element(byte[] bytes, int from, int to) {
    int start = -1;
    int end = -1;
    int p = from;
    while (p < to) {
      p = skipBlanks(bytes, p, to);
      int name = p;
      p = wordEnd(bytes, p, to);
      if (p > name) {
        if (p == to || bytes[p] != '=') {
          return false;
        }
        int value = p + 1;
        p = valueEnd(bytes, value, to);
        if (p < 0) {
          return false;
        }
        if (p - name > FOR.length && value - name == FOR.length && matches(bytes, name)) {
          if (start >= 0) {
            return false;
          }
          boolean quoted = bytes[value] == '"';
          start = quoted ? value + 1 : value;
          end = quoted ? p - 1 : p;
        }
      }
      p = skipBlanks(bytes, p, to);
      if (p < to && bytes[p++] != ';') {
        return false;
      }
    }
    return start >= 0 && parse(bytes, start, end);
  }

  /** End of a word or quoted string (RFC 9110, 5.6.4) that is not empty, or -1. */
  private static int valueEnd(byte[] bytes, int from, int to) {
    int p = from;
    if (p == to || bytes[p] != '"') {
      p = wordEnd(bytes, p, to);
      return p == from ? -1 : p;
    }
    for (p++; p < to && bytes[p] != '"'; p++) {
      if (bytes[p] == '\\') {
        p++;
      }
    }
    return p < to ? p + 1 : -1;
  }

  /** A token, or what is often sent without the quotes that it should have: brackets, colons. */
  private static int wordEnd(byte[] bytes, int from, int to) {
    int p = from;
    while (p < to && bytes[p] > ' ' && bytes[p] < 0x7f && !delimiter(bytes[p])) {
      p++;
    }
    return p;
  }

  private static boolean delimiter(byte c) {
    return c == ';' || c == '=' || c == '"' || c == ',';
  }

  private static int skipBlanks(byte[] bytes, int from, int to) {
    int p = from;
    while (p < to && blank(bytes[p])) {
      p++;
    }
    return p;
  }

  private static boolean matches(byte[] bytes, int at) {
    for (int i = 0; i < FOR.length; i++) {
      if ((bytes[at + i] | (i < 3 ? 0x20 : 0)) != FOR[i]) {
        return false;
      }
    }
    return true;
  }

  private boolean parse(byte[] bytes, int from, int to) {
    int start = from;
    int end = to;
    boolean bracketed = start < end && bytes[start] == '[';
    if (bracketed) { // [v6] or [v6]:port
      start++;
      end = start;
      while (end < to && bytes[end] != ']') {
        end++;
      }
      if (end == to || !port(bytes, end + 1, to)) {
        return false;
      }
    } else { // v4, v4:port or v6
      int colon = start;
      while (colon < to && bytes[colon] != ':' && bytes[colon] != ']') {
        colon++;
      }
      boolean four = Addresses.parseV4(bytes, start, colon) >= 0;
      if (four && !port(bytes, colon, to)) {
        return false;
      }
      end = four ? colon : to;
    }
    long value = bracketed ? -1 : Addresses.parseV4(bytes, start, end);
    if (value >= 0) {
      v4[0] = (byte) (value >>> 24);
      v4[1] = (byte) (value >>> 16);
      v4[2] = (byte) (value >>> 8);
      v4[3] = (byte) value;
      address = v4;
    } else {
      byte @Nullable [] v6 = Addresses.parseV6(bytes, start, end);
      if (v6 == null) {
        return false;
      }
      address = v6;
    }
    forwarded = true;
    textStart = start;
    textLength = end - start;
    return true;
  }

  /** Whether there is nothing, or {@code :port} by number or by a hidden name (RFC 7239, 6). */
  private static boolean port(byte[] bytes, int colon, int to) {
    if (colon == to) {
      return true;
    }
    if (bytes[colon] != ':' || colon + 1 == to) {
      return false;
    }
    boolean hidden = bytes[colon + 1] == '_';
    for (int i = colon + 1; i < to; i++) {
      byte c = bytes[i];
      boolean digit = c >= '0' && c <= '9';
      boolean letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
      if (!digit && !(hidden && (letter || c == '_' || c == '-' || c == '.'))) {
        return false;
      }
    }
    return hidden ? to - colon > 2 : to - colon <= 6;
  }

  private static boolean blank(byte b) {
    return b == ' ' || b == '\t';
  }

  private static int lastIndexOf(RequestHead head, int id) {
    if (head.has(id)) {
      for (int i = head.fieldCount() - 1; i >= 0; i--) {
        if (head.fieldId(i) == id) {
          return i;
        }
      }
    }
    return -1;
  }
}
