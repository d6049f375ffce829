package io.meridian.proxy.telemetry;

/** The values of the label {@code method}, by the parser's method number. */
final class Methods {
  static final int COUNT = 10;
  private static final int OTHER = 9;
  private static final String[] LABELS = {
    "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH", "other"
  };

  private Methods() {}

  /** A number that is no method's counts as {@code other}. */
  static int slot(int method) {
    return method < 0 || method > OTHER ? OTHER : method;
  }

  static String label(int slot) {
    return LABELS[slot];
  }
}
