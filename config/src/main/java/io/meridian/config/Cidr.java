package io.meridian.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * An address prefix such as {@code 10.0.0.0/8} or {@code 2001:db8::/32}; host bits must be zero.
 *
 * @param network 4 or 16 bytes, not to be changed
 * @param prefixLength bits of the network part, 0 to 32 or 128
 */
@SuppressWarnings("ArrayRecordComponent") // equals compares the bytes
public record Cidr(byte[] network, int prefixLength) {

  /**
   * @throws IllegalArgumentException if the text is no prefix in canonical form
   */
  public static Cidr parse(String text) {
    int slash = text.indexOf('/');
    String address = slash < 0 ? text : text.substring(0, slash);
    if (!Hosts.isIpv4(address) && !Hosts.isIpv6(address)) {
      throw new IllegalArgumentException("\"" + text + "\" (expected: a prefix like 10.0.0.0/8)");
    }
    byte[] bytes = bytes(address);
    int bits = bytes.length * 8;
    int length = bits;
    if (slash >= 0) {
      String digits = text.substring(slash + 1);
      if (!digits.matches("0|[1-9][0-9]{0,2}") || Integer.parseInt(digits) > bits) {
        throw new IllegalArgumentException(
            "\"" + text + "\" (expected: a prefix length of 0 to " + bits + ")");
      }
      length = Integer.parseInt(digits);
    }
    Cidr cidr = new Cidr(bytes, length);
    for (int bit = length; bit < bits; bit++) {
      if ((bytes[bit >> 3] >> (7 - (bit & 7)) & 1) != 0) {
        throw new IllegalArgumentException(
            "\"" + text + "\" (expected: no bits set after the first " + length + ")");
      }
    }
    return cidr;
  }

  /** The prefix that a text with host bits set may have meant, or empty. */
  static String networkOf(String text) {
    int slash = text.indexOf('/');
    String address = slash < 0 ? text : text.substring(0, slash);
    String digits = text.substring(slash + 1);
    if (slash < 0
        || !(Hosts.isIpv4(address) || Hosts.isIpv6(address))
        || !digits.matches("0|[1-9][0-9]{0,2}")) {
      return "";
    }
    byte[] bytes = bytes(address);
    int length = Integer.parseInt(digits);
    if (length > bytes.length * 8) {
      return "";
    }
    for (int bit = length; bit < bytes.length * 8; bit++) {
      bytes[bit >> 3] &= (byte) ~(0x80 >> (bit & 7));
    }
    return new Cidr(bytes, length).toString();
  }

  private static byte[] bytes(String literal) {
    try {
      return InetAddress.getByName(literal).getAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException("\"" + literal + "\" (expected: an IP address)", e);
    }
  }

  /** Whether the address (4 or 16 bytes) lies in this prefix; families never mix. */
  public boolean contains(byte[] address) {
    if (address.length != network.length) {
      return false;
    }
    int whole = prefixLength >> 3;
    for (int i = 0; i < whole; i++) {
      if (address[i] != network[i]) {
        return false;
      }
    }
    int rest = prefixLength & 7;
    return rest == 0 || ((address[whole] ^ network[whole]) & 0xff) >> (8 - rest) == 0;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Cidr(byte[] bytes, int length)
        && length == prefixLength
        && Arrays.equals(bytes, network);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(network) * 31 + prefixLength;
  }

  @Override
  public String toString() {
    try {
      return InetAddress.getByAddress(network).getHostAddress() + "/" + prefixLength;
    } catch (UnknownHostException e) {
      throw new IllegalStateException(e);
    }
  }
}
