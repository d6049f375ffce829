package io.meridian.proxy.telemetry;

/**
 * Writes times as {@code 2026-11-21T14:01:11.123Z}, the years 1970 to 9999. Times come nearly in
 * order, so all but the milliseconds is kept from one to the next.
 *
 * @see "H. Hinnant, chrono-Compatible Low-Level Date Algorithms: civil_from_days"
 */
final class UtcTime {
  /** Bytes that a time takes. */
  static final int LENGTH = 24;

  private final byte[] text = JsonLine.ascii("0000-00-00T00:00:00.000Z");
  private long second = Long.MIN_VALUE;

  void write(long epochMillis, byte[] into, int at) {
    long now = Math.floorDiv(epochMillis, 1000L);
    if (now != second) {
      second = now;
      date(Math.floorDiv(now, 86_400L));
      int ofDay = (int) Math.floorMod(now, 86_400L);
      put(11, ofDay / 3600, 2);
      put(14, ofDay / 60 % 60, 2);
      put(17, ofDay % 60, 2);
    }
    put(20, (int) Math.floorMod(epochMillis, 1000L), 3);
    System.arraycopy(text, 0, into, at, LENGTH);
  }

  private void date(long epochDay) {
    long shifted = epochDay + 719_468; // days since 0000-03-01
    long era = Math.floorDiv(shifted, 146_097L);
    int ofEra = (int) Math.floorMod(shifted, 146_097L);
    int yearOfEra = (ofEra - ofEra / 1460 + ofEra / 36_524 - ofEra / 146_096) / 365;
    int ofYear = ofEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
    int fromMarch = (5 * ofYear + 2) / 153;
    int month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
    put(0, (int) (era * 400 + yearOfEra + (month <= 2 ? 1 : 0)), 4);
    put(5, month, 2);
    put(8, ofYear - (153 * fromMarch + 2) / 5 + 1, 2);
  }

  private void put(int at, int value, int digits) {
    int rest = value;
    for (int i = at + digits - 1; i >= at; i--) {
      text[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
  }
}
