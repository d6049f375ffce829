package io.meridian.proxy.telemetry;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes one line of JSON after the other into an array of its own, and makes no garbage doing so.
 * Bytes from outside may be anything: valid UTF-8 is kept, any other byte and every control
 * character becomes {@code \\u00XX}.
 *
 * @see "RFC 8259, section 7"
 */
final class JsonLine {
  private static final byte[] HEX = ascii("0123456789abcdef");
  private static final boolean[] PLAIN = new boolean[128];

  static {
    Arrays.fill(PLAIN, 0x20, 0x7f, true);
    PLAIN['"'] = false;
    PLAIN['\\'] = false;
  }

  private byte[] bytes = new byte[16 * 1024];
  private int length;
  private final UtcTime time = new UtcTime();

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  void clear() {
    length = 0;
  }

  byte[] bytes() {
    return bytes;
  }

  int length() {
    return length;
  }

  /** As they are: keys, punctuation, values that were encoded before. */
  JsonLine raw(byte[] encoded) {
    ensure(encoded.length);
    System.arraycopy(encoded, 0, bytes, length, encoded.length);
    length += encoded.length;
    return this;
  }

  JsonLine raw(char one) {
    ensure(1);
    bytes[length++] = (byte) one;
    return this;
  }

  /** A string: at most {@code atMost} bytes of {@code text}. */
  JsonLine string(Text text, int atMost) {
    int count = Math.min(text.length, atMost);
    ensure(2 + 6 * count);
    bytes[length++] = '"';
    byte[] from = text.array;
    int end = text.offset + count;
    for (int i = text.offset; i < end; ) {
      byte next = from[i];
      if (next >= 0) {
        ascii(next);
        i++;
      } else {
        int sequence = utf8Length(from, i, end);
        if (sequence == 0) {
          escape(next & 0xff);
          i++;
        } else {
          for (int j = 0; j < sequence; j++) {
            bytes[length++] = from[i++];
          }
        }
      }
    }
    bytes[length++] = '"';
    return this;
  }

  /** A string of ASCII characters; any other is escaped. */
  JsonLine string(String text) {
    ensure(2 + 6 * text.length());
    bytes[length++] = '"';
    for (int i = 0; i < text.length(); i++) {
      char next = text.charAt(i);
      if (next < 128) {
        ascii((byte) next);
      } else {
        escape(next);
      }
    }
    bytes[length++] = '"';
    return this;
  }

  JsonLine number(long value) {
    ensure(20);
    long rest = value;
    if (rest < 0) {
      bytes[length++] = '-';
      rest = -rest;
    }
    digits(rest, digitCount(rest));
    return this;
  }

  /** Nanoseconds as milliseconds, to the microsecond; what is negative is 0. */
  JsonLine millis(long nanos) {
    ensure(24);
    long micros = Math.max(0, nanos) / 1000;
    number(micros / 1000);
    bytes[length++] = '.';
    digits(micros % 1000, 3);
    return this;
  }

  /** A string: ISO 8601, UTC, to the millisecond. */
  JsonLine time(long epochMillis) {
    ensure(UtcTime.LENGTH + 2);
    bytes[length++] = '"';
    time.write(epochMillis, bytes, length);
    length += UtcTime.LENGTH;
    bytes[length++] = '"';
    return this;
  }

  /** Sixteen digits, no quotes. */
  JsonLine hex(long value) {
    ensure(16);
    for (int shift = 60; shift >= 0; shift -= 4) {
      bytes[length++] = HEX[(int) (value >>> shift) & 15];
    }
    return this;
  }

  private void ascii(byte next) {
    if (PLAIN[next]) {
      bytes[length++] = next;
    } else if (next == '"' || next == '\\') {
      bytes[length++] = '\\';
      bytes[length++] = next;
    } else {
      escape(next);
    }
  }

  private void escape(int unit) {
    bytes[length++] = '\\';
    bytes[length++] = 'u';
    bytes[length++] = HEX[unit >> 12 & 15];
    bytes[length++] = HEX[unit >> 8 & 15];
    bytes[length++] = HEX[unit >> 4 & 15];
    bytes[length++] = HEX[unit & 15];
  }

  /** Length of the well-formed sequence of 2 to 4 bytes at {@code at} (RFC 3629, 4); 0 if none. */
  private static int utf8Length(byte[] from, int at, int end) {
    int first = from[at] & 0xff;
    int size = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (size == 0 || at + size > end) {
      return 0;
    }
    int second = from[at + 1] & 0xff;
    int low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    int high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (second < low || second > high) {
      return 0;
    }
    for (int i = 2; i < size; i++) {
      if ((from[at + i] & 0xc0) != 0x80) {
        return 0;
      }
    }
    return size;
  }

  private static int digitCount(long value) {
    int count = 1;
    for (long rest = value; rest >= 10; rest /= 10) {
      count++;
    }
    return count;
  }

  private void digits(long value, int count) {
    long rest = value;
    for (int i = length + count - 1; i >= length; i--) {
      bytes[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    length += count;
  }

  private void ensure(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
    }
  }
}
