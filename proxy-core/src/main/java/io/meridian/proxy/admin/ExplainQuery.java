package io.meridian.proxy.admin;

import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * A request to be explained.
 *
 * @param ip the client's address
 * @param host without port, lower case; empty: none
 * @param path begins with a slash, without query
 * @param method upper case
 */
public record ExplainQuery(InetAddress ip, String host, String path, String method) {
  private static final Set<String> KNOWN = Set.of("ip", "host", "path", "method");

  /**
   * Reads {@code ip=} (required), {@code host=}, {@code path=} and {@code method=}.
   *
   * @throws IllegalArgumentException if a parameter is missing, unknown, twice there or malformed
   */
  static ExplainQuery from(QueryStringDecoder query) {
    Map<String, List<String>> given = query.parameters();
    for (String name : given.keySet()) {
      if (!KNOWN.contains(name)) {
        throw new IllegalArgumentException(
            "unknown parameter: " + name + " (expected: ip, host, path, method)");
      }
    }
    String path = one(given, "path", "/");
    if (!path.startsWith("/")) {
      throw new IllegalArgumentException("path: " + path + " (expected: begins with /)");
    }
    return new ExplainQuery(
        address(one(given, "ip", "")),
        one(given, "host", "").toLowerCase(Locale.ROOT),
        path,
        one(given, "method", "GET").toUpperCase(Locale.ROOT));
  }

  private static InetAddress address(String text) {
    byte[] bytes = NetUtil.createByteArrayFromIpAddressString(text);
    if (bytes == null) {
      throw new IllegalArgumentException(
          "ip: " + (text.isEmpty() ? "missing" : text) + " (expected: an IPv4 or IPv6 address)");
    }
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("ip: " + text, e);
    }
  }

  private static String one(Map<String, List<String>> given, String name, String otherwise) {
    List<String> values = given.getOrDefault(name, List.of());
    if (values.size() > 1) {
      throw new IllegalArgumentException(name + ": given " + values.size() + " times");
    }
    return values.isEmpty() ? otherwise : values.getFirst();
  }
}
