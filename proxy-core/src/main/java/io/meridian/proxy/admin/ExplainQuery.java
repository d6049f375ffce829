package io.meridian.proxy.admin;

import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.util.NetUtil;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A request to be explained.
 *
 * @param ip the client's address
 * @param host without port, lower case; empty: none
 * @param path begins with a slash, without query
 * @param method upper case
 * @param headers further fields by name
 * @param trusted whether it comes from a trusted proxy
 * @param random what chance gives, 64 bits; null: what it gives most often
 * @param sni the name that the client asked for in TLS, lower case; empty: none
 */
public record ExplainQuery(
    InetAddress ip,
    String host,
    String path,
    String method,
    Map<String, String> headers,
    boolean trusted,
    @Nullable Long random,
    String sni) {
  private static final Set<String> KNOWN =
      Set.of("ip", "host", "path", "method", "trusted", "random", "sni");
  private static final String HEADER = "header.";

  /**
   * Reads {@code ip=} (required), {@code host=}, {@code path=}, {@code method=}, {@code
   * header.NAME=}, {@code trusted=}, {@code random=} and {@code sni=}.
   *
   * @throws IllegalArgumentException if a parameter is missing, unknown, twice there or malformed
   */
  static ExplainQuery from(QueryStringDecoder query) {
    Map<String, List<String>> given = query.parameters();
    Map<String, String> headers = new LinkedHashMap<>();
    for (String name : given.keySet()) {
      if (name.startsWith(HEADER) && name.length() > HEADER.length()) {
        headers.put(name.substring(HEADER.length()), one(given, name, ""));
      } else if (!KNOWN.contains(name)) {
        throw new IllegalArgumentException(
            "unknown parameter: "
                + name
                + " (expected: ip, host, path, method, header.NAME, trusted, random, sni)");
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
        one(given, "method", "GET").toUpperCase(Locale.ROOT),
        headers,
        truth(one(given, "trusted", "false")),
        random(one(given, "random", "")),
        one(given, "sni", "").toLowerCase(Locale.ROOT));
  }

  private static boolean truth(String text) {
    if (!text.equals("true") && !text.equals("false")) {
      throw new IllegalArgumentException("trusted: " + text + " (expected: true or false)");
    }
    return text.equals("true");
  }

  private static @Nullable Long random(String text) {
    try {
      return text.isEmpty() ? null : Long.valueOf(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("random: " + text + " (expected: a whole number)", e);
    }
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
