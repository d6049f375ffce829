package io.meridian.proxy.admin;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Which stored answers an operator wants forgotten.
 *
 * @param what the URL, or what URLs begin with; empty for {@code ALL}
 * @param by who asks, as they say; with the address that it comes from
 */
public record PurgeRequest(Scope scope, String what, String by, String reason) {
  private static final Set<String> KNOWN = Set.of("url", "prefix", "all", "by", "reason");
  private static final int MAX_URL = 8192;

  /** How many of them. */
  public enum Scope {
    URL,
    PREFIX,
    ALL
  }

  /**
   * Reads exactly one of {@code url=}, {@code prefix=} and {@code all=true}; {@code reason=} and
   * {@code by=}.
   *
   * @throws IllegalArgumentException if a parameter is missing, unknown, twice there or malformed
   */
  static PurgeRequest from(QueryStringDecoder query, String address) {
    Parameters given = new Parameters(query, KNOWN);
    long scopes = Stream.of("url", "prefix", "all").filter(query.parameters()::containsKey).count();
    if (scopes != 1) {
      throw new IllegalArgumentException(
          "what to forget: given " + scopes + " times (expected: one of url, prefix and all=true)");
    }
    String by = given.text("by", "somebody") + " from " + address;
    String reason = given.text("reason", "");
    if (query.parameters().containsKey("all")) {
      if (!given.one("all").equals("true")) {
        throw new IllegalArgumentException("all: (expected: true)");
      }
      return new PurgeRequest(Scope.ALL, "", by, reason);
    }
    boolean one = query.parameters().containsKey("url");
    String name = one ? "url" : "prefix";
    return new PurgeRequest(one ? Scope.URL : Scope.PREFIX, url(name, given.one(name)), by, reason);
  }

  private static String url(String name, String text) {
    boolean absolute = text.startsWith("http://") || text.startsWith("https://");
    if (!absolute
        || text.length() > MAX_URL
        || text.codePoints().anyMatch(c -> c <= ' ' || c >= 0x7f)) {
      throw new IllegalArgumentException(
          name + ": no such URL (expected: http:// or https://, host and path)");
    }
    return text;
  }
}
