package io.meridian.proxy.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One request of an access log: Meridian's JSON lines, or the common and combined formats of Apache
 * and nginx.
 *
 * @param minute when it came, as {@code 2026-11-21T16:05}; empty if the line does not say
 * @param second within the minute
 * @param durationMillis how long it took; NaN if the line does not say
 * @param host empty if the line does not say
 * @param target path, with a query if it was logged
 */
record LoggedRequest(
    String minute,
    int second,
    double durationMillis,
    String ip,
    String method,
    String host,
    String target) {
  private static final JsonFactory JSON = new JsonFactory();
  private static final int MINUTE = 16;
  private static final String COMMON = "00/MMM/0000:00:00";
  private static final String MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";

  /**
   * @param column which word of a line in common format is the address, from 1
   * @return null if the line is none of these
   */
  static @Nullable LoggedRequest parse(byte[] line, int length, int column) {
    if (length > 0 && line[0] == '{') {
      return json(line, length);
    }
    return common(new String(line, 0, length, StandardCharsets.ISO_8859_1), column);
  }

  private static @Nullable LoggedRequest json(byte[] line, int length) {
    String time = "";
    String ip = "";
    String method = "";
    String host = "";
    String path = "";
    double duration = Double.NaN;
    try (JsonParser parser = JSON.createParser(line, 0, length)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        return null;
      }
      for (String name = parser.nextFieldName(); name != null; name = parser.nextFieldName()) {
        JsonToken token = parser.nextToken();
        if (token.isStructStart()) {
          parser.skipChildren();
          continue;
        }
        switch (name) {
          case "time" -> time = parser.getText();
          case "client_ip" -> ip = parser.getText();
          case "method" -> method = parser.getText();
          case "host" -> host = parser.getText();
          case "path" -> path = parser.getText();
          case "duration_ms" -> duration = token.isNumeric() ? parser.getDoubleValue() : Double.NaN;
          default -> {
            // of no concern
          }
        }
      }
    } catch (IOException e) {
      return null;
    }
    String minute = time.length() < MINUTE ? "" : time.substring(0, MINUTE);
    return ip.isEmpty() || method.isEmpty() || path.isEmpty()
        ? null
        : new LoggedRequest(minute, second(time, MINUTE + 1), duration, ip, method, host, path);
  }

  private static @Nullable LoggedRequest common(String line, int column) {
    int start = 0;
    for (int i = 1; i < column; i++) {
      start = line.indexOf(' ', start) + 1;
      if (start == 0) {
        return null;
      }
    }
    int end = line.indexOf(' ', start);
    int bracket = line.indexOf('[', start);
    int quote = line.indexOf('"', Math.max(bracket, 0));
    int closing = line.indexOf('"', quote + 1);
    if (end < 0 || bracket < 0 || quote < 0 || closing < 0) {
      return null;
    }
    String request = line.substring(quote + 1, closing);
    int first = request.indexOf(' ');
    int second = request.indexOf(' ', first + 1);
    if (first <= 0 || second < 0) {
      return null;
    }
    return new LoggedRequest(
        minute(line, bracket + 1),
        second(line, bracket + 1 + "dd/MMM/yyyy:HH:mm:".length()),
        Double.NaN,
        line.substring(start, end),
        request.substring(0, first),
        "",
        request.substring(first + 1, second));
  }

  /** Two digits at this place; 0 if they are not there. */
  private static int second(String text, int at) {
    if (at + 2 > text.length()) {
      return 0;
    }
    int tens = text.charAt(at) - '0';
    int ones = text.charAt(at + 1) - '0';
    return tens >= 0 && tens <= 5 && ones >= 0 && ones <= 9 ? tens * 10 + ones : 0;
  }

  /** {@code 21/Nov/2026:16:05:09 +0000}: the zone is that of the whole log and is left out. */
  private static String minute(String line, int start) {
    int end = start + COMMON.length();
    if (end > line.length()) {
      return "";
    }
    for (int i = 0; i < COMMON.length(); i++) {
      char c = line.charAt(start + i);
      char form = COMMON.charAt(i);
      boolean fits =
          switch (form) {
            case '0' -> c >= '0' && c <= '9';
            case 'M' -> Character.isLetter(c);
            default -> c == form;
          };
      if (!fits) {
        return "";
      }
    }
    int month = MONTHS.indexOf(line.substring(start + 3, start + 6));
    if (month < 0 || month % 3 != 0) {
      return "";
    }
    int number = month / 3 + 1;
    return new StringBuilder(MINUTE)
        .append(line, start + 7, start + 11)
        .append(number < 10 ? "-0" : "-")
        .append(number)
        .append('-')
        .append(line, start, start + 2)
        .append('T')
        .append(line, start + 12, end)
        .toString();
  }
}
