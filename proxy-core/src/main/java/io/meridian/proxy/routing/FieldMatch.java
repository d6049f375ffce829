package io.meridian.proxy.routing;

import io.meridian.config.Route;
import io.meridian.proxy.http.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A header field that a request must carry, with any value or exactly one. */
final class FieldMatch {
  private final byte[] name; // lower case
  private final byte @Nullable [] value;

  FieldMatch(Route.HeaderMatch match) {
    name = match.name().toLowerCase(Locale.ROOT).getBytes(StandardCharsets.ISO_8859_1);
    value = match.value() == null ? null : bytes(match.value());
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  boolean matches(RequestHead head) {
    for (int i = 0; i < head.fieldCount(); i++) {
      if (named(head, i, name)
          && (value == null
              || ByteMap.equal(value, head.bytes(), head.valueStart(i), head.valueLength(i)))) {
        return true;
      }
    }
    return false;
  }

  /** Whether a field of the request has this name. */
  static boolean named(RequestHead head, int field, byte[] lowerCase) {
    return head.nameLength(field) == lowerCase.length
        && equalIgnoringCase(head.bytes(), head.nameStart(field), lowerCase);
  }

  private static boolean equalIgnoringCase(byte[] bytes, int start, byte[] lowerCase) {
    for (int i = 0; i < lowerCase.length; i++) {
      int b = bytes[start + i];
      if ((b >= 'A' && b <= 'Z' ? b | 0x20 : b) != lowerCase[i]) {
        return false;
      }
    }
    return true;
  }
}
