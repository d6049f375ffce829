package io.meridian.config;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The least number of something: a count, {@code 2}, or a share of all there are, {@code 50%}. */
public record AtLeast(int number, boolean percent) {
  private static final Pattern TEXT = Pattern.compile("(0|[1-9][0-9]{0,3})(%?)");

  /**
   * @throws IllegalArgumentException which says what was found and what was expected
   */
  static AtLeast parse(String text) {
    Matcher matcher = TEXT.matcher(text);
    if (matcher.matches()) {
      int number = Integer.parseInt(matcher.group(1));
      boolean percent = !matcher.group(2).isEmpty();
      if (number >= 1 && number <= (percent ? 100 : 1000)) {
        return new AtLeast(number, percent);
      }
    }
    throw new IllegalArgumentException(
        Words.quoted(text) + " (expected: " + Form.AT_LEAST.expected() + ")");
  }

  /** How many of {@code all} that is; a share is rounded up. */
  public int of(int all) {
    return percent ? (all * number + 99) / 100 : number;
  }

  @Override
  public String toString() {
    return percent ? number + "%" : Integer.toString(number);
  }
}
