package io.meridian.proxy.telemetry;

import io.meridian.proxy.http.Method;

/** The values of the label {@code method}, by the parser's method number. */
final class Methods {
  static final int COUNT = 10;

  private Methods() {}

  /** A number that is no method's counts as {@code other}. */
  static int slot(int method) {
    return method < 0 || method >= COUNT ? Method.OTHER : method;
  }

  static String label(int slot) {
    return Method.label(slot);
  }
}
