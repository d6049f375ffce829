package io.meridian.config;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** So many events in a period: {@code 100/s}, {@code 30/m}, {@code 1000/h}. */
public record Rate(int count, Duration period) {
  private static final int MAX = 1_000_000;
  private static final Pattern TEXT = Pattern.compile("([1-9][0-9]{0,6})/(s|m|h)");
  private static final Map<String, Duration> PERIODS =
      Map.of("s", Duration.ofSeconds(1), "m", Duration.ofMinutes(1), "h", Duration.ofHours(1));

  public Rate {
    if (count < 1 || count > MAX) {
      throw new IllegalArgumentException(count + " (expected: 1 to " + MAX + ")");
    }
  }

  /**
   * @throws IllegalArgumentException which says what was found and what was expected
   */
  static Rate parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (matcher.matches() && Integer.parseInt(matcher.group(1)) <= MAX) {
      return new Rate(
          Integer.parseInt(matcher.group(1)),
          PERIODS.getOrDefault(matcher.group(2), Duration.ZERO));
    }
    String hint =
        text.matches("[1-9][0-9]*")
            ? "; did you mean \"" + text + "/s\"?"
            : text.matches("[1-9][0-9]*r/[sm]")
                ? "; did you mean \"" + text.replace("r/", "/") + "\"?"
                : "";
    throw new IllegalArgumentException(
        Words.quoted(text) + " (expected: " + Form.RATE.expected() + ")" + hint);
  }

  /** Time between two events that come evenly, in nanoseconds. */
  public long intervalNanos() {
    return period.toNanos() / count;
  }
}
