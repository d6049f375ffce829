package io.meridian.health;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/** Looks for a text in a body that comes in pieces, up to a number of bytes. One thread. */
final class BodyText {
  private final int most;
  private byte[] expected = {};
  private int seen;
  private int matched; // bytes of the text that the last ones are the beginning of
  private int[] fallbacks = {}; // Knuth, Morris and Pratt: where to go on after a mismatch

  BodyText(int most) {
    this.most = most;
  }

  /** Begins anew; an empty text is never looked for. */
  void begin(byte[] text) {
    if (!Arrays.equals(text, expected)) {
      expected = text;
      fallbacks = fallbacks(text);
    }
    seen = 0;
    matched = 0;
  }

  /** Takes so many bytes out of a buffer. */
  void add(ByteBuf in, int count) {
    int some = Math.min(count, most - seen);
    if (expected.length > 0) {
      for (int i = 0; i < some && matched < expected.length; i++) {
        match(in.getByte(in.readerIndex() + i));
      }
    }
    seen += some;
    in.skipBytes(count);
  }

  private void match(byte b) {
    while (matched > 0 && expected[matched] != b) {
      matched = fallbacks[matched - 1];
    }
    matched += expected[matched] == b ? 1 : 0;
  }

  boolean found() {
    return expected.length > 0 && matched == expected.length;
  }

  /** Whether as much has come as is looked at. */
  boolean isFull() {
    return seen >= most;
  }

  private static int[] fallbacks(byte[] text) {
    int[] f = new int[text.length];
    for (int i = 1, k = 0; i < text.length; i++) {
      while (k > 0 && text[i] != text[k]) {
        k = f[k - 1];
      }
      k += text[i] == text[k] ? 1 : 0;
      f[i] = k;
    }
    return f;
  }
}
