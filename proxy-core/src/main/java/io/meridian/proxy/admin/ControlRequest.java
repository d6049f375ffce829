package io.meridian.proxy.admin;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What an operator asks of a region.
 *
 * @param percent of its normal traffic; for {@code DIAL} only, else 0
 * @param ttl how long it is to hold; null for {@code CLEAR}
 * @param by who asks, as they say; with the address that it comes from
 */
public record ControlRequest(
    String region, Action action, int percent, @Nullable Duration ttl, String by, String reason) {
  private static final String PREFIX = "/api/regions/";
  private static final int MAX_TEXT = 200;
  private static final Pattern TTL = Pattern.compile("([0-9]{1,6})([smh])");
  private static final Map<String, Long> SECONDS = Map.of("s", 1L, "m", 60L, "h", 3600L);

  /** What can be done to a region. */
  public enum Action {
    DRAIN,
    DOWN,
    UP,
    DIAL,
    /** Ends what was asked before, so that the region is as the file says. */
    CLEAR;

    /** As paths, logs and metrics call it. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Whether a path is of the form {@code /api/regions/NAME/ACTION}. */
  static boolean fits(String path) {
    return path.startsWith(PREFIX) && path.indexOf('/', PREFIX.length()) > 0;
  }

  /**
   * Reads path, {@code ttl=}, {@code reason=}, {@code percent=} and {@code by=}.
   *
   * @throws IllegalArgumentException if a parameter is missing, unknown, twice there or malformed
   */
  static ControlRequest from(String path, QueryStringDecoder query, String address) {
    String[] names = path.substring(PREFIX.length()).split("/", -1);
    Action action = action(names.length == 2 ? names[1] : "");
    Set<String> known =
        switch (action) {
          case DIAL -> Set.of("ttl", "reason", "by", "percent");
          case DRAIN, DOWN, UP -> Set.of("ttl", "reason", "by");
          case CLEAR -> Set.of("reason", "by");
        };
    Map<String, List<String>> given = query.parameters();
    for (String name : given.keySet()) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            "unknown parameter: " + name + " (expected: " + known + ")");
      }
    }
    String by = text(given, "by", "somebody");
    return new ControlRequest(
        names[0],
        action,
        action == Action.DIAL ? percent(one(given, "percent")) : 0,
        action == Action.CLEAR ? null : ttl(one(given, "ttl")),
        by + " from " + address,
        text(given, "reason", ""));
  }

  private static Action action(String name) {
    for (Action action : Action.values()) {
      if (action.label().equals(name)) {
        return action;
      }
    }
    throw new IllegalArgumentException(
        "unknown action: " + name + " (expected: drain, down, up, dial or clear)");
  }

  private static int percent(String text) {
    try {
      int percent =
          Integer.parseInt(text.endsWith("%") ? text.substring(0, text.length() - 1) : text);
      if (percent >= 0 && percent <= 100) {
        return percent;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new IllegalArgumentException("percent: " + text + " (expected: 0 to 100)");
  }

  static Duration ttl(String text) {
    Matcher matcher = TTL.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("ttl: " + text + " (expected: a time like 30s, 15m, 2h)");
    }
    long unit = SECONDS.getOrDefault(matcher.group(2), 1L);
    return Duration.ofSeconds(Long.parseLong(matcher.group(1)) * unit);
  }

  /** One line for people. */
  private static String text(Map<String, List<String>> given, String name, String otherwise) {
    String text = given.containsKey(name) ? one(given, name) : otherwise;
    if (text.isBlank()
        || text.length() > MAX_TEXT
        || text.codePoints().anyMatch(Character::isISOControl)) {
      throw new IllegalArgumentException(
          name
              + ": "
              + (text.isBlank() ? "missing" : "no such text")
              + " (expected: one line of at most "
              + MAX_TEXT
              + " characters)");
    }
    return text;
  }

  static String one(Map<String, List<String>> given, String name) {
    List<String> values = given.getOrDefault(name, List.of());
    if (values.size() != 1) {
      throw new IllegalArgumentException(
          name + ": given " + values.size() + " times (expected: once)");
    }
    return values.getFirst();
  }
}
