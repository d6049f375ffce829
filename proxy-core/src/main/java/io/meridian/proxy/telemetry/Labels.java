package io.meridian.proxy.telemetry;

import java.util.Locale;

/** How an enum constant is called in labels and log fields: lower case. */
final class Labels {
  private Labels() {}

  static String of(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
