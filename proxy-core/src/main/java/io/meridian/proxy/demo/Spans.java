package io.meridian.proxy.demo;

import java.time.Duration;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Spans of time as people type them: {@code 300ms}, {@code 30s}, {@code 2m}, {@code 1h}. */
public final class Spans {
  private static final Pattern FORM = Pattern.compile("([0-9]{1,9})(ms|s|m|h)");
  private static final Map<String, Long> MILLIS =
      Map.of("ms", 1L, "s", 1_000L, "m", 60_000L, "h", 3_600_000L);

  private Spans() {}

  /**
   * @throws IllegalArgumentException if the text is no span of time
   */
  public static Duration parse(String text) {
    Matcher matcher = FORM.matcher(text);
    if (!matcher.matches()) {
      throw new IllegalArgumentException("\"" + text + "\" (expected: a time like 300ms, 30s, 2m)");
    }
    return Duration.ofMillis(
        Long.parseLong(matcher.group(1)) * MILLIS.getOrDefault(matcher.group(2), 1L));
  }
}
