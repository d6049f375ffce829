package io.meridian.proxy.telemetry;

/**
 * The values of the label {@code code}: registered statuses and 499 (the client left) as they are,
 * any other by class, as {@code 5xx}, so that no origin can make series without bound.
 *
 * @see "IANA, Hypertext Transfer Protocol (HTTP) Status Code Registry"
 */
final class StatusCodes {
  private static final int[] KNOWN = {
    100, 101, 102, 103, 104, 200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303,
    304, 305, 307, 308, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414,
    415, 416, 417, 421, 422, 423, 424, 425, 426, 428, 429, 431, 451, 499, 500, 501, 502, 503, 504,
    505, 506, 507, 508, 510, 511
  };
  private static final String[] CLASSES = {"other", "1xx", "2xx", "3xx", "4xx", "5xx"};

  /** How many values there are. */
  static final int SLOTS = CLASSES.length + KNOWN.length;

  private static final byte[] SLOT_OF = slots();

  private StatusCodes() {}

  /** From 0 to {@link #SLOTS}, exclusive, for any number at all. */
  static int slot(int status) {
    return status < 0 || status >= SLOT_OF.length ? 0 : SLOT_OF[status];
  }

  static String label(int slot) {
    return slot < CLASSES.length ? CLASSES[slot] : Integer.toString(KNOWN[slot - CLASSES.length]);
  }

  /** Whether the slot is of class 5xx. */
  static boolean serverError(int slot) {
    return slot < CLASSES.length ? slot == 5 : KNOWN[slot - CLASSES.length] / 100 == 5;
  }

  private static byte[] slots() {
    byte[] slots = new byte[600];
    for (int status = 100; status < slots.length; status++) {
      slots[status] = (byte) (status / 100);
    }
    for (int i = 0; i < KNOWN.length; i++) {
      slots[KNOWN[i]] = (byte) (CLASSES.length + i);
    }
    return slots;
  }
}
