package io.meridian.proxy.downstream;

import io.meridian.geo.Addresses;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * A PROXY header, version 1 or 2, read as its senders must write it: what a receiver may guess at
 * is refused.
 *
 * @param client who is behind the sender; null: the sender speaks for itself, or does not know
 * @param target what the client connected to; null if {@code client} is
 * @see "W. Tarreau, The PROXY protocol, versions 1 and 2"
 */
record ProxyHeader(@Nullable InetSocketAddress client, @Nullable InetSocketAddress target) {
  /** The longest header of version 1, with its line end. */
  static final int MAX_V1 = 107;

  /** The longest that is read of version 2; the text asks senders to stay below 536. */
  static final int MAX_V2 = 4096;

  private static final int FIXED = 16;
  private static final byte[] V1 = ascii("PROXY ");
  private static final byte[] V2 = {
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a
  };
  private static final ProxyHeader NOBODY = new ProxyHeader(null, null);
  private static final int TLV_CRC32C = 0x03;

  /** The header breaks the rules. */
  static final class Malformed extends Exception {
    private static final long serialVersionUID = 1;

    Malformed(String message) {
      super(message, null, false, false);
    }
  }

  /**
   * How long the header is that starts with these bytes.
   *
   * @return 0 if that can't be told yet
   * @throws Malformed if they are not the start of one
   */
  static int length(byte[] bytes, int count) throws Malformed {
    if (startsWith(bytes, count, V2)) {
      if (count < FIXED) {
        return 0;
      }
      int length = FIXED + unsignedShort(bytes, 14);
      if (length > MAX_V2) {
        throw new Malformed("longer than " + MAX_V2);
      }
      return length;
    }
    if (startsWith(bytes, count, V1)) {
      for (int i = 0; i < Math.min(count, MAX_V1); i++) {
        if (bytes[i] == '\n') {
          return i + 1;
        }
      }
      if (count < MAX_V1) {
        return 0;
      }
    }
    throw new Malformed("no PROXY header");
  }

  /**
   * Reads a whole header.
   *
   * @throws Malformed if it breaks the rules
   */
  static ProxyHeader parse(byte[] bytes, int length) throws Malformed {
    return bytes[0] == V1[0] ? v1(bytes, length) : v2(bytes, length);
  }

  private static ProxyHeader v1(byte[] bytes, int length) throws Malformed {
    if (bytes[length - 2] != '\r') {
      throw new Malformed("the line does not end in CRLF");
    }
    String line = new String(bytes, V1.length, length - 2 - V1.length, StandardCharsets.ISO_8859_1);
    if (line.equals("UNKNOWN") || line.startsWith("UNKNOWN ")) {
      return NOBODY; // "must ignore anything presented before the CRLF"
    }
    String[] words = line.split(" ", -1);
    if (words.length != 5 || !(words[0].equals("TCP4") || words[0].equals("TCP6"))) {
      throw new Malformed("not TCP4 or TCP6 with two addresses and two ports");
    }
    boolean v4 = words[0].equals("TCP4");
    return new ProxyHeader(
        socket(v4 ? v4(words[1]) : v6(words[1]), port(words[3])),
        socket(v4 ? v4(words[2]) : v6(words[2]), port(words[4])));
  }

  private static byte[] v4(String text) throws Malformed {
    byte[] bytes = ascii(text);
    long value = Addresses.parseV4(bytes, 0, bytes.length);
    if (value < 0) {
      throw new Malformed("no IPv4 address");
    }
    return new byte[] {
      (byte) (value >>> 24), (byte) (value >>> 16), (byte) (value >>> 8), (byte) value
    };
  }

  private static byte[] v6(String text) throws Malformed {
    byte[] bytes = ascii(text);
    byte @Nullable [] address = Addresses.parseV6(bytes, 0, bytes.length);
    if (address == null || bytes[0] == '[') {
      throw new Malformed("no IPv6 address");
    }
    return address;
  }

  private static int port(String text) throws Malformed {
    boolean digits = !text.isEmpty() && text.length() <= 5;
    for (int i = 0; i < text.length(); i++) {
      digits &= text.charAt(i) >= '0' && text.charAt(i) <= '9';
    }
    int port = digits ? Integer.parseInt(text) : -1;
    if (port < 0 || port > 65_535 || (text.length() > 1 && text.charAt(0) == '0')) {
      throw new Malformed("no port");
    }
    return port;
  }

  private static ProxyHeader v2(byte[] bytes, int length) throws Malformed {
    int version = bytes[12] >> 4 & 0xf;
    int command = bytes[12] & 0xf;
    int family = bytes[13] >> 4 & 0xf;
    int transport = bytes[13] & 0xf;
    if (version != 2 || command > 1 || family > 3 || transport > 2) {
      throw new Malformed("unknown version, command, family or transport");
    }
    boolean local = command == 0;
    int addresses =
        switch (family) {
          case 1 -> 12;
          case 2 -> 36;
          case 3 -> 216;
          default -> 0;
        };
    if (local) {
      tlvs(bytes, length, length, length); // what it holds is to be ignored, whatever it is
      return NOBODY;
    }
    if (FIXED + addresses > length) {
      throw new Malformed("shorter than its addresses");
    }
    if (family != 0 && transport != 1) {
      throw new Malformed("not a stream");
    }
    tlvs(bytes, FIXED + addresses, length, length);
    int size = family == 1 ? 4 : 16;
    if (family != 1 && family != 2) {
      return NOBODY; // unspecified, or a path: the sender's own address is all there is
    }
    int ports = FIXED + 2 * size;
    return new ProxyHeader(
        socket(Arrays.copyOfRange(bytes, FIXED, FIXED + size), unsignedShort(bytes, ports)),
        socket(Arrays.copyOfRange(bytes, FIXED + size, ports), unsignedShort(bytes, ports + 2)));
  }

  /** They must fill the rest; a checksum among them must be right. */
  private static void tlvs(byte[] bytes, int from, int to, int length) throws Malformed {
    boolean checked = false;
    for (int at = from; at < to; ) {
      int value = at + 3;
      int end = value <= to ? value + unsignedShort(bytes, at + 1) : Integer.MAX_VALUE;
      if (end > to) {
        throw new Malformed("a TLV is longer than the header");
      }
      if (bytes[at] == TLV_CRC32C) {
        if (checked || end - value != 4 || !sumIs(bytes, value, length)) {
          throw new Malformed("wrong checksum");
        }
        checked = true;
      }
      at = end;
    }
  }

  /** Of the whole header, with zeros in its own place. */
  private static boolean sumIs(byte[] bytes, int at, int length) {
    CRC32C sum = new CRC32C();
    sum.update(bytes, 0, at);
    sum.update(new byte[4], 0, 4);
    sum.update(bytes, at + 4, length - at - 4);
    long said = (long) unsignedShort(bytes, at) << 16 | unsignedShort(bytes, at + 2);
    return sum.getValue() == said;
  }

  private static InetSocketAddress socket(byte[] address, int port) {
    try {
      return new InetSocketAddress(InetAddress.getByAddress(address), port);
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e); // of 4 or 16 bytes it is always one
    }
  }

  private static boolean startsWith(byte[] bytes, int count, byte[] start) {
    int common = Math.min(count, start.length);
    return Arrays.equals(bytes, 0, common, start, 0, common);
  }

  private static int unsignedShort(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 8 | (bytes[at + 1] & 0xff);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
