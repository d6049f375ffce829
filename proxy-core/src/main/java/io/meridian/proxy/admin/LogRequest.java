package io.meridian.proxy.admin;

import io.meridian.config.ProcessLog.Level;
import io.netty.handler.codec.http.QueryStringDecoder;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A level that an operator asks for.
 *
 * @param logger a package or class, or {@code root}
 * @param ttl after which the file's level holds again
 * @param by the address that it comes from
 */
public record LogRequest(String logger, Level level, Duration ttl, String by) {
  private static final Set<String> KNOWN = Set.of("level", "logger", "ttl");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");
  private static final Duration LONGEST = Duration.ofHours(24);

  /**
   * Reads {@code level=}, {@code ttl=} and {@code logger=} (root).
   *
   * @throws IllegalArgumentException if a parameter is missing, unknown, twice there or malformed
   */
  static LogRequest from(QueryStringDecoder query, String address) {
    Parameters given = new Parameters(query, KNOWN);
    String logger = given.text("logger", "root");
    if (!NAME.matcher(logger).matches()) {
      throw new IllegalArgumentException(
          "logger (expected: a package or class such as io.meridian.health, or root)");
    }
    Duration ttl = given.time("ttl");
    if (ttl.isZero() || ttl.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException("ttl (expected: 1s to 24h)");
    }
    return new LogRequest(logger, level(given.one("level")), ttl, address);
  }

  private static Level level(String text) {
    for (Level level : Level.values()) {
      if (level.name().toLowerCase(Locale.ROOT).equals(text)) {
        return level;
      }
    }
    throw new IllegalArgumentException("level (expected: error, warn, info, debug or trace)");
  }
}
