package io.meridian.proxy.simulation;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Just enough of HTTP/1.1 to know where messages of the simulation end. */
final class Bytes {
  private Bytes() {}

  static int indexOf(byte[] in, String text, int from) {
    byte[] wanted = text.getBytes(StandardCharsets.ISO_8859_1);
    outer:
    for (int i = from; i <= in.length - wanted.length; i++) {
      for (int j = 0; j < wanted.length; j++) {
        if (in[i + j] != wanted[j]) {
          continue outer;
        }
      }
      return i;
    }
    return -1;
  }

  /** A field's value in a head whose lines all end in CRLF. */
  static @Nullable String field(String head, String name) {
    int at = head.toLowerCase(Locale.ROOT).indexOf("\r\n" + name + ":");
    if (at < 0) {
      return null;
    }
    int from = at + name.length() + 3;
    return head.substring(from, head.indexOf("\r\n", from)).strip();
  }

  /** Where a chunked body that starts there ends; -1 if it is not complete. */
  static int chunkedEnd(byte[] in, int start) {
    for (int at = start; ; ) {
      int line = indexOf(in, "\r\n", at);
      if (line < 0) {
        return -1;
      }
      int size = Integer.parseInt(new String(in, at, line - at, StandardCharsets.US_ASCII), 16);
      at = line + 2 + size + 2;
      if (at > in.length) {
        return -1;
      }
      if (size == 0) {
        return at;
      }
    }
  }

  /** The content of a complete chunked body. */
  static byte[] unchunk(byte[] in, int start) {
    var out = new java.io.ByteArrayOutputStream();
    for (int at = start; ; ) {
      int line = indexOf(in, "\r\n", at);
      int size = Integer.parseInt(new String(in, at, line - at, StandardCharsets.US_ASCII), 16);
      if (size == 0) {
        return out.toByteArray();
      }
      out.write(in, line + 2, size);
      at = line + 2 + size + 2;
    }
  }
}
