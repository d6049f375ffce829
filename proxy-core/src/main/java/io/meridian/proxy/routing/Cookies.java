package io.meridian.proxy.routing;

import io.meridian.proxy.http.FieldId;
import io.meridian.proxy.http.RequestHead;

/** Finds one cookie of a request, in place (RFC 6265, 5.4). */
final class Cookies {
  private Cookies() {}

  /**
   * The value of the first cookie of this name: where it starts and how long it is, as {@code start
   * << 32 | length}; -1: there is none.
   */
  static long find(RequestHead head, byte[] name) {
    if (!head.has(FieldId.COOKIE)) {
      return -1;
    }
    for (int i = head.indexOf(FieldId.COOKIE); i < head.fieldCount(); i++) {
      if (head.fieldId(i) == FieldId.COOKIE) {
        int start = head.valueStart(i);
        long found = find(head.bytes(), start, start + head.valueLength(i), name);
        if (found >= 0) {
          return found;
        }
      }
    }
    return -1;
  }

  private static long find(byte[] bytes, int from, int to, byte[] name) {
    int at = from;
    while (at < to) {
      while (at < to && (bytes[at] == ' ' || bytes[at] == ';' || bytes[at] == '\t')) {
        at++;
      }
      int end = at;
      while (end < to && bytes[end] != ';') {
        end++;
      }
      int value = at + name.length + 1;
      if (value <= end && bytes[value - 1] == '=' && ByteMap.equal(name, bytes, at, name.length)) {
        int stop = end;
        while (stop > value && (bytes[stop - 1] == ' ' || bytes[stop - 1] == '\t')) {
          stop--;
        }
        return (long) value << 32 | (stop - value);
      }
      at = end;
    }
    return -1;
  }
}
