package io.meridian.proxy.exchange;

import io.meridian.proxy.http.FieldId;
import io.meridian.proxy.http.RequestHead;
import java.nio.charset.StandardCharsets;

/**
 * How this edge is called in Via, and whether a request has been here before. One other edge of the
 * same name may be on the way; a third visit is a loop. Immutable.
 *
 * @see "RFC 9110, 7.6.3"
 */
final class Via {
  private static final int MOST_VISITS = 1;

  private final byte[] name;
  private final byte[] http1;
  private final byte[] http2;

  /**
   * @param edge the edge's name
   */
  Via(String edge) {
    name = ascii("meridian-" + edge);
    http1 = ascii("1.1 meridian-" + edge);
    http2 = ascii("2.0 meridian-" + edge);
  }

  /** What is appended to a request that came in HTTP/2, or in HTTP/1.1. */
  byte[] entry(boolean cameInHttp2) {
    return cameInHttp2 ? http2 : http1;
  }

  /** Whether it has been here too often. */
  boolean loops(RequestHead head) {
    if (!head.has(FieldId.VIA)) {
      return false;
    }
    int visits = 0;
    for (int i = 0; i < head.fieldCount(); i++) {
      if (head.fieldId(i) == FieldId.VIA) {
        visits +=
            visits(head.bytes(), head.valueStart(i), head.valueStart(i) + head.valueLength(i));
      }
    }
    return visits > MOST_VISITS;
  }

  /** How many words of a list are this edge's name. */
  private int visits(byte[] bytes, int from, int to) {
    int found = 0;
    int start = from;
    for (int p = from; p <= to; p++) {
      if (p == to || bytes[p] == ' ' || bytes[p] == '\t' || bytes[p] == ',') {
        if (own(bytes, start, p - start)) {
          found++;
        }
        start = p + 1;
      }
    }
    return found;
  }

  private boolean own(byte[] bytes, int start, int length) {
    if (length != name.length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (bytes[start + i] != name[i]) {
        return false;
      }
    }
    return true;
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
