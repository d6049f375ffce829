package io.meridian.proxy.cache;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A single range of bytes (RFC 9110, 14.1.2).
 *
 * @param from the first byte; negative: no byte of the content is in the range
 * @param to behind the last
 */
record ByteRange(int from, int to) {
  private static final Pattern SINGLE =
      Pattern.compile("(?i:bytes)=[ \t]*(\\d{0,18})-(\\d{0,18})[ \t]*");

  static final ByteRange UNSATISFIABLE = new ByteRange(-1, -1);

  /** What a request asks for; null: several ranges, or nothing that is understood. */
  static @Nullable ByteRange of(String text, int length) {
    Matcher matcher = SINGLE.matcher(text);
    if (!matcher.matches() || (matcher.group(1).isEmpty() && matcher.group(2).isEmpty())) {
      return null;
    }
    String first = matcher.group(1);
    String last = matcher.group(2);
    if (first.isEmpty()) {
      long suffix = Math.min(length, Long.parseLong(last));
      return suffix == 0 ? UNSATISFIABLE : new ByteRange((int) (length - suffix), length);
    }
    long from = Long.parseLong(first);
    long to = last.isEmpty() ? length : Math.min(length, Long.parseLong(last) + 1);
    if (!last.isEmpty() && from > Long.parseLong(last)) {
      return null;
    }
    return from >= length ? UNSATISFIABLE : new ByteRange((int) from, (int) to);
  }

  boolean satisfiable() {
    return from >= 0;
  }
}
