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
    int length = head.hostLength();
    int n = text.length;
    return (wildcard ? length > n : length == n)
        && ByteMap.equal(text, head.bytes(), head.hostStart() + length - n, n);
  }
}
