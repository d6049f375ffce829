package io.meridian.proxy.http;

import java.util.List;

/**
 * Request methods as small integers (RFC 9110, 9). Methods are case-sensitive: {@code get} is
 * OTHER.
 */
public final class Method {
  public static final int OTHER = 0;
  public static final int GET = 1;
  public static final int HEAD = 2;
  public static final int POST = 3;
  public static final int PUT = 4;
  public static final int DELETE = 5;
  public static final int OPTIONS = 6;
  public static final int TRACE = 7;
  public static final int CONNECT = 8;
  public static final int PATCH = 9;

  private static final List<String> LABELS =
      List.of(
          "other", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PATCH");
  private static final int SAFE = 1 << GET | 1 << HEAD | 1 << OPTIONS | 1 << TRACE;
  private static final int IDEMPOTENT = SAFE | 1 << PUT | 1 << DELETE;

  private Method() {}

  /** True if the method asks for no change of state (RFC 9110, 9.2.1). */
  public static boolean safe(int method) {
    return (SAFE >> method & 1) != 0;
  }

  /** True if sending it twice means the same as once (RFC 9110, 9.2.2). */
  public static boolean idempotent(int method) {
    return (IDEMPOTENT >> method & 1) != 0;
  }

  /** Label for metrics and logs: the method's name, or {@code other}. */
  public static String label(int method) {
    return LABELS.get(method);
  }

  /** The id of the method named by {@code length} bytes from {@code start}. */
  static int of(byte[] b, int start, int length) {
    int id =
        switch (length) {
          case 3 -> b[start] == 'G' ? GET : PUT;
          case 4 -> b[start] == 'H' ? HEAD : POST;
          case 5 -> b[start] == 'P' ? PATCH : TRACE;
          case 6 -> DELETE;
          case 7 -> b[start] == 'C' ? CONNECT : OPTIONS;
          default -> OTHER;
        };
    if (id == OTHER) {
      return OTHER;
    }
    String name = LABELS.get(id);
    for (int i = 0; i < length; i++) {
      if (b[start + i] != name.charAt(i)) {
        return OTHER;
      }
    }
    return id;
  }
}
