package io.meridian.proxy.routing;

import io.meridian.proxy.http.RequestHead;

/** A host, or one that ends so, against the host that a request asks for. */
final class HostMatch {
  private final byte[] text; // of a wildcard what follows the star
  private final boolean wildcard;

  /**
   * @param pattern lower case: exact, or {@code *.example.com}
   */
  HostMatch(String pattern) {
    wildcard = pattern.startsWith("*.");
    text = FieldMatch.bytes(wildcard ? pattern.substring(1) : pattern);
  }

  boolean matches(RequestHead head) {
    return matches(head.bytes(), head.hostStart(), head.hostLength());
  }

  /** The same of a host in lower case. */
  boolean matches(byte[] bytes, int start, int length) {
    int n = text.length;
    return (wildcard ? length > n : length == n)
        && ByteMap.equal(text, bytes, start + length - n, n);
  }
}
