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
    if (id == FieldId.FORWARDED) {
      int at = forParameter(bytes, start, end);
      if (at < 0) {
        return false;
      }
      start = at;
      int stop = start;
      boolean quoted = stop < end && bytes[stop] == '"';
      if (quoted) {
        start = ++stop;
        while (stop < end && bytes[stop] != '"') {
          stop++;
        }
      } else {
        while (stop < end && bytes[stop] != ';') {
          stop++;
        }
      }
      end = stop;
    }
    return parse(bytes, start, end);
  }

  private static int forParameter(byte[] bytes, int start, int end) {
    for (int i = start; i + FOR.length <= end; i++) {
      boolean atParameter = i == start || bytes[i - 1] == ';' || blank(bytes[i - 1]);
      if (atParameter && matches(bytes, i)) {
        return i + FOR.length;
      }
    }
    return -1;
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
    if (start < end && bytes[start] == '[') { // [v6] or [v6]:port
      int close = start;
      while (close < end && bytes[close] != ']') {
        close++;
      }
      start++;
      end = close;
    } else { // v4 or v4:port
      int colon = -1;
      int colons = 0;
      for (int i = start; i < end; i++) {
        if (bytes[i] == ':') {
          colon = i;
          colons++;
        }
      }
      if (colons == 1) {
        end = colon;
      }
    }
    long value = Addresses.parseV4(bytes, start, end);
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
