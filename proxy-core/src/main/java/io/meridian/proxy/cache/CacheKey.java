package io.meridian.proxy.cache;

import io.meridian.proxy.http.FieldId;
import io.meridian.proxy.http.RequestHead;

/**
 * What stored answers are found by: the target's URI as the endpoints are told it, with scheme,
 * host and port (RFC 9111, 2). The path is in its one form and the host in lower case already.
 */
public final class CacheKey {
  private CacheKey() {}

  /**
   * @param secured whether the client's own connection is TLS
   * @param trusted whether what the peer says of the client is believed, and passed on
   */
  public static String of(RequestHead head, boolean secured, boolean trusted) {
    StringBuilder key = new StringBuilder(64 + head.targetLength());
    String scheme = secured ? "https" : "http";
    String host = head.text(head.authorityStart(), head.authorityLength());
    if (trusted) {
      scheme = claim(head, FieldId.X_FORWARDED_PROTO, scheme);
      host = claim(head, FieldId.X_FORWARDED_HOST, host);
      String port = claim(head, FieldId.X_FORWARDED_PORT, "");
      if (!port.isEmpty() && host.indexOf(':') < 0 && !port.equals(defaultPort(scheme))) {
        host += ":" + port;
      }
      String claimed = host;
      host = head.text(head.authorityStart(), head.authorityLength());
      if (!claimed.equals(host)) {
        // Not only in place of Host: endpoints may look at either.
        host = claimed + "|" + host;
      }
    }
    key.append(scheme).append("://").append(plain(host, scheme));
    key.append(head.text(head.targetStart(), head.targetLength()));
    return key.toString();
  }

  /** A URI as somebody writes it, as far as it names an answer of ours; without its fragment. */
  public static String of(String uri) {
    int fragment = uri.indexOf('#');
    String whole = fragment < 0 ? uri : uri.substring(0, fragment);
    int start = whole.indexOf("://");
    if (start < 0) {
      return whole;
    }
    String scheme = whole.substring(0, start).toLowerCase(java.util.Locale.ROOT);
    int path = start + 3;
    while (path < whole.length() && whole.charAt(path) != '/' && whole.charAt(path) != '?') {
      path++;
    }
    String host = whole.substring(start + 3, path).toLowerCase(java.util.Locale.ROOT);
    String target = whole.substring(path);
    return scheme + "://" + plain(host, scheme) + (target.startsWith("/") ? target : "/" + target);
  }

  /** The scheme and authority of a key. */
  static String origin(String key) {
    int path = key.indexOf('/', key.indexOf("://") + 3);
    return path < 0 ? key : key.substring(0, path);
  }

  private static String claim(RequestHead head, int id, String otherwise) {
    int i = head.indexOf(id);
    return i < 0 || head.valueLength(i) == 0
        ? otherwise
        : head.value(i).toLowerCase(java.util.Locale.ROOT);
  }

  private static String defaultPort(String scheme) {
    return scheme.equals("https") ? "443" : "80";
  }

  /** Without the scheme's own port. */
  private static String plain(String host, String scheme) {
    String port = ":" + defaultPort(scheme);
    return host.endsWith(port) ? host.substring(0, host.length() - port.length()) : host;
  }
}
