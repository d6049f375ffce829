package io.meridian.proxy.cache;

import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.Year;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Dates of header fields: the one form that is written and the two old ones (RFC 9110, 5.6.7). */
public final class HttpDate {
  /** What is no date. */
  public static final long NONE = Long.MIN_VALUE;

  private static final DateTimeFormatter FIXDATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
          .withZone(ZoneOffset.UTC);
  private static final String TIME = "(\\d{2}):(\\d{2}):(\\d{2})";
  private static final Pattern IMF =
      Pattern.compile("[A-Za-z]{3}, (\\d{2}) ([A-Za-z]{3}) (\\d{4}) " + TIME + " (?i:GMT)");
  private static final Pattern RFC850 =
      Pattern.compile("[A-Za-z]{6,9}, (\\d{2})-([A-Za-z]{3})-(\\d{2}) " + TIME + " (?i:GMT)");
  private static final Pattern ASCTIME =
      Pattern.compile("[A-Za-z]{3} ([A-Za-z]{3}) ([ \\d]\\d) " + TIME + " (\\d{4})");
  private static final List<String> MONTHS =
      List.of("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec");

  private HttpDate() {}

  /** Seconds since 1970, or {@link #NONE}. */
  public static long parse(String text) {
    Matcher imf = IMF.matcher(text);
    if (imf.matches()) {
      return seconds(number(imf, 3), imf.group(2), number(imf, 1), imf, 4);
    }
    Matcher old = RFC850.matcher(text);
    if (old.matches()) {
      int century = Year.now(ZoneOffset.UTC).getValue() / 100 * 100;
      int year = century + number(old, 3);
      // What seems to be over 50 years ahead is in the past.
      int sure = year > Year.now(ZoneOffset.UTC).getValue() + 50 ? year - 100 : year;
      return seconds(sure, old.group(2), number(old, 1), old, 4);
    }
    Matcher ctime = ASCTIME.matcher(text);
    return ctime.matches()
        ? seconds(
            number(ctime, 6), ctime.group(1), Integer.parseInt(ctime.group(2).strip()), ctime, 3)
        : NONE;
  }

  /** As a field has it. */
  public static String format(long epochSeconds) {
    return FIXDATE.format(java.time.Instant.ofEpochSecond(epochSeconds));
  }

  private static int number(Matcher matcher, int group) {
    return Integer.parseInt(matcher.group(group));
  }

  private static long seconds(int year, String month, int day, Matcher time, int from) {
    int number = MONTHS.indexOf(month.toLowerCase(Locale.ROOT)) + 1;
    int second = Math.min(59, number(time, from + 2)); // a leap second
    try {
      return LocalDateTime.of(year, number, day, number(time, from), number(time, from + 1), second)
          .toEpochSecond(ZoneOffset.UTC);
    } catch (DateTimeException e) {
      return NONE;
    }
  }
}
