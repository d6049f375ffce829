package io.meridian.proxy.http;

import io.netty.buffer.ByteBuf;

/** Writes numbers as message heads have them, without making a String. */
public final class Decimal {
  private Decimal() {}

  /** Writes a number that is not negative in decimal digits. */
  public static void write(ByteBuf out, long value) {
    long power = 1;
    while (value / power >= 10) {
      power *= 10;
    }
    for (; power > 0; power /= 10) {
      out.writeByte((int) ('0' + value / power % 10));
    }
  }
}
