package io.meridian.config;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;

/** Wraps older forms of private keys into PKCS #8 (RFC 5958), which is all that the JDK reads. */
final class Der {
  private static final int SEQUENCE = 0x30;
  private static final int OCTETS = 0x04;
  private static final int PARAMETERS = 0xa0; // [0] of RFC 5915, 3
  private static final byte[] VERSION = {0x02, 0x01, 0x00};

  /** rsaEncryption, 1.2.840.113549.1.1.1, with its NULL. */
  private static final byte[] RSA = {
    0x06,
    0x09,
    0x2a,
    (byte) 0x86,
    0x48,
    (byte) 0x86,
    (byte) 0xf7,
    0x0d,
    0x01,
    0x01,
    0x01,
    0x05,
    0x00
  };

  /** id-ecPublicKey, 1.2.840.10045.2.1. */
  private static final byte[] EC = {
    0x06, 0x07, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 0x02, 0x01
  };

  private Der() {}

  /** From PKCS #1 (RFC 8017, A.1.2). */
  static byte[] pkcs8OfRsa(byte[] key) {
    return tag(SEQUENCE, VERSION, tag(SEQUENCE, RSA), tag(OCTETS, key));
  }

  /**
   * From SEC 1 (RFC 5915).
   *
   * @throws IllegalArgumentException if it does not name its curve
   */
  static byte[] pkcs8OfEc(byte[] key) {
    int at = content(key, 0);
    while (at < key.length) {
      int start = content(key, at);
      int end = start + length(key, at);
      if (end > key.length) {
        break;
      }
      if ((key[at] & 0xff) == PARAMETERS) {
        byte[] curve = Arrays.copyOfRange(key, start, end);
        return tag(SEQUENCE, VERSION, tag(SEQUENCE, EC, curve), tag(OCTETS, key));
      }
      at = end;
    }
    throw new IllegalArgumentException("no curve is named");
  }

  /** Where the content of the element at this place starts. */
  private static int content(byte[] der, int at) {
    int first = at + 1 < der.length ? der[at + 1] & 0xff : 0;
    return at + 2 + (first < 0x80 ? 0 : first - 0x80);
  }

  private static int length(byte[] der, int at) {
    int first = at + 1 < der.length ? der[at + 1] & 0xff : 0;
    if (first < 0x80) {
      return first;
    }
    int length = 0;
    for (int i = at + 2; i < content(der, at); i++) {
      if (i >= der.length || i > at + 4) {
        throw new IllegalArgumentException("not DER");
      }
      length = length << 8 | (der[i] & 0xff);
    }
    return length;
  }

  private static byte[] tag(int tag, byte[]... contents) {
    ByteArrayOutputStream inner = new ByteArrayOutputStream();
    for (byte[] content : contents) {
      inner.writeBytes(content);
    }
    int length = inner.size();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(tag);
    if (length < 0x80) {
      out.write(length);
    } else if (length < 0x100) {
      out.write(0x81);
      out.write(length);
    } else {
      out.write(0x82);
      out.write(length >> 8);
      out.write(length);
    }
    out.writeBytes(inner.toByteArray());
    return out.toByteArray();
  }
}
