package io.meridian.proxy.http;

import io.netty.util.AsciiString;

/**
 * Ids of the fields that the proxy acts upon, each below 64 so that a set of them is a bit mask.
 */
public final class FieldId {
  /** Any field that the proxy only passes on. */
  public static final int OTHER = 0;

  public static final int HOST = 1;
  public static final int CONNECTION = 2;
  public static final int CONTENT_LENGTH = 3;
  public static final int TRANSFER_ENCODING = 4;
  public static final int EXPECT = 5;
  public static final int UPGRADE = 6;
  public static final int TE = 7;
  public static final int TRAILER = 8;
  public static final int KEEP_ALIVE = 9;
  public static final int PROXY_CONNECTION = 10;
  public static final int PROXY_AUTHENTICATE = 11;
  public static final int PROXY_AUTHORIZATION = 12;
  public static final int PROXY_AUTHENTICATION_INFO = 13;
  public static final int HTTP2_SETTINGS = 14;
  public static final int FORWARDED = 15;
  public static final int X_FORWARDED_FOR = 16;
  public static final int X_FORWARDED_PROTO = 17;
  public static final int X_FORWARDED_HOST = 18;
  public static final int X_FORWARDED_PORT = 19;

  /** Any other {@code x-forwarded-*}. */
  public static final int X_FORWARDED = 20;

  public static final int X_REAL_IP = 21;
  public static final int X_REQUEST_ID = 22;
  public static final int VIA = 23;
  public static final int IDEMPOTENCY_KEY = 24;

  /** Any {@code x-geo-*}. */
  public static final int X_GEO = 25;

  /** Any {@code x-meridian-*}. */
  public static final int X_MERIDIAN = 26;

  public static final int SEC_WEBSOCKET_KEY = 27;
  public static final int AUTHORIZATION = 28;
  public static final int COOKIE = 29;
  public static final int SET_COOKIE = 30;
  public static final int PROXY_STATUS = 31;
  public static final int RETRY_AFTER = 32;
  public static final int SERVER = 33;
  public static final int DATE = 34;
  public static final int USER_AGENT = 35;
  public static final int REFERER = 36;
  public static final int MAX_FORWARDS = 37;
  public static final int TRACEPARENT = 38;
  public static final int TRACESTATE = 39;

  private static final AsciiString[] NAMES = {
    AsciiString.EMPTY_STRING,
    AsciiString.cached("Host"),
    AsciiString.cached("Connection"),
    AsciiString.cached("Content-Length"),
    AsciiString.cached("Transfer-Encoding"),
    AsciiString.cached("Expect"),
    AsciiString.cached("Upgrade"),
    AsciiString.cached("TE"),
    AsciiString.cached("Trailer"),
    AsciiString.cached("Keep-Alive"),
    AsciiString.cached("Proxy-Connection"),
    AsciiString.cached("Proxy-Authenticate"),
    AsciiString.cached("Proxy-Authorization"),
    AsciiString.cached("Proxy-Authentication-Info"),
    AsciiString.cached("HTTP2-Settings"),
    AsciiString.cached("Forwarded"),
    AsciiString.cached("X-Forwarded-For"),
    AsciiString.cached("X-Forwarded-Proto"),
    AsciiString.cached("X-Forwarded-Host"),
    AsciiString.cached("X-Forwarded-Port"),
    AsciiString.cached("X-Forwarded-"),
    AsciiString.cached("X-Real-IP"),
    AsciiString.cached("X-Request-Id"),
    AsciiString.cached("Via"),
    AsciiString.cached("Idempotency-Key"),
    AsciiString.cached("X-Geo-"),
    AsciiString.cached("X-Meridian-"),
    AsciiString.cached("Sec-WebSocket-Key"),
    AsciiString.cached("Authorization"),
    AsciiString.cached("Cookie"),
    AsciiString.cached("Set-Cookie"),
    AsciiString.cached("Proxy-Status"),
    AsciiString.cached("Retry-After"),
    AsciiString.cached("Server"),
    AsciiString.cached("Date"),
    AsciiString.cached("User-Agent"),
    AsciiString.cached("Referer"),
    AsciiString.cached("Max-Forwards"),
    AsciiString.cached("traceparent"),
    AsciiString.cached("tracestate"),
  };

  private static final int SLOTS = 256;
  private static final byte[][] LOWER = new byte[NAMES.length][];
  private static final byte[] TABLE = new byte[SLOTS]; // open addressing, 0 = free

  static {
    for (int id = 1; id < NAMES.length; id++) {
      LOWER[id] = NAMES[id].toLowerCase().toByteArray();
      if (!family(id)) {
        int slot = slot(LOWER[id], 0, LOWER[id].length);
        while (TABLE[slot] != OTHER) {
          slot = slot + 1 & SLOTS - 1;
        }
        TABLE[slot] = (byte) id;
      }
    }
  }

  private FieldId() {}

  /** The field's usual spelling; of a family (X_FORWARDED, X_GEO, X_MERIDIAN) the common prefix. */
  public static AsciiString name(int id) {
    return NAMES[id];
  }

  /** The bit of a field in a drop mask. */
  public static long bit(int id) {
    return 1L << id;
  }

  /**
   * The id of the field named by these bytes, which are token characters; negated if the name is an
   * alias: equal but for underscores in place of hyphens, which CGI-like backends cannot tell
   * apart.
   */
  static int of(byte[] b, int start, int length) {
    int slot = slot(b, start, length);
    for (int id = TABLE[slot]; id != OTHER; id = TABLE[slot]) {
      if (LOWER[id].length == length) {
        int match = match(b, start, id);
        if (match != OTHER) {
          return match;
        }
      }
      slot = slot + 1 & SLOTS - 1;
    }
    return (b[start] | 0x20) == 'x' ? familyOf(b, start, length) : OTHER;
  }

  private static int familyOf(byte[] b, int start, int length) {
    int id =
        switch (length < 7 ? 0 : b[start + 2] | 0x20) {
          case 'f' -> X_FORWARDED;
          case 'g' -> X_GEO;
          case 'm' -> X_MERIDIAN;
          default -> OTHER;
        };
    return id != OTHER && length > LOWER[id].length ? match(b, start, id) : OTHER;
  }

  private static boolean family(int id) {
    return id == X_FORWARDED || id == X_GEO || id == X_MERIDIAN;
  }

  /**
   * Compares with the whole of a known name; no token character but its own upper case ORs to it.
   */
  private static int match(byte[] b, int start, int id) {
    byte[] name = LOWER[id];
    int result = id;
    for (int i = 0; i < name.length; i++) {
      int c = b[start + i];
      if ((c | 0x20) != name[i]) {
        if (c != '_' || name[i] != '-') {
          return OTHER;
        }
        result = -id;
      }
    }
    return result;
  }

  private static int slot(byte[] b, int start, int length) {
    return length * 29 + (b[start] | 0x20) * 7 + (b[start + length - 1] | 0x20) & SLOTS - 1;
  }
}
