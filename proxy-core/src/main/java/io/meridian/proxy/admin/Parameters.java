package io.meridian.proxy.admin;

import io.netty.handler.codec.http.QueryStringDecoder;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The parameters of a change, each known and at most once there. All methods throw {@link
 * IllegalArgumentException} with what was expected.
 */
final class Parameters {
  private static final int MAX_TEXT = 200;
  private static final Pattern TIME = Pattern.compile("([0-9]{1,6})([smh])");
  private static final Map<String, Long> SECONDS = Map.of("s", 1L, "m", 60L, "h", 3600L);

  private final Map<String, List<String>> given;

  Parameters(QueryStringDecoder query, Set<String> known) {
    given = query.parameters();
    for (String name : given.keySet()) {
      if (!known.contains(name)) {
        throw new IllegalArgumentException(
            "unknown parameter: " + name + " (expected: " + new TreeSet<>(known) + ")");
      }
    }
  }

  String one(String name) {
    List<String> values = given.getOrDefault(name, List.of());
    if (values.size() != 1) {
      throw new IllegalArgumentException(
          name + ": given " + values.size() + " times (expected: once)");
    }
    return values.getFirst();
  }

  /** 0 to 100, with or without the sign. */
  int percent(String name) {
    String text = one(name);
    try {
      int percent =
          Integer.parseInt(text.endsWith("%") ? text.substring(0, text.length() - 1) : text);
      if (percent >= 0 && percent <= 100) {
        return percent;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new IllegalArgumentException(name + ": " + text + " (expected: 0 to 100)");
  }

  Duration time(String name) {
    String text = one(name);
    Matcher matcher = TIME.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          name + ": " + text + " (expected: a time like 30s, 15m, 2h)");
    }
    long unit = SECONDS.getOrDefault(matcher.group(2), 1L);
    return Duration.ofSeconds(Long.parseLong(matcher.group(1)) * unit);
  }

  /** One line for people; {@code otherwise} if it is not there. */
  String text(String name, String otherwise) {
    String text = given.containsKey(name) ? one(name) : otherwise;
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
}
