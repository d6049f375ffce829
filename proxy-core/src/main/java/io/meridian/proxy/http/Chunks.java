package io.meridian.proxy.http;

import io.netty.buffer.ByteBuf;

/** Writes the chunked transfer coding (RFC 9112, 7.1). */
public final class Chunks {
  private static final int CRLF = '\r' << 8 | '\n';

  private Chunks() {}

  /** Writes the line before {@code size} bytes of data, size &gt; 0. */
  public static void head(ByteBuf out, int size) {
    if (size <= 0) {
      throw new IllegalArgumentException("a chunk of " + size + " bytes would end the body");
    }
    for (int shift = (31 - Integer.numberOfLeadingZeros(size)) & ~3; shift >= 0; shift -= 4) {
      int digit = size >>> shift & 15;
      out.writeByte(digit < 10 ? '0' + digit : 'a' - 10 + digit);
    }
    out.writeShort(CRLF);
  }

  /** Writes the line end behind a chunk's data. */
  public static void end(ByteBuf out) {
    out.writeShort(CRLF);
  }

  /** Writes the last chunk and an empty trailer section: the end of the body. */
  public static void last(ByteBuf out) {
    lastHead(out);
    out.writeShort(CRLF);
  }

  /** Writes the last chunk's line only; trailer fields and {@link #end} must follow. */
  public static void lastHead(ByteBuf out) {
    out.writeByte('0');
    out.writeShort(CRLF);
  }
}
