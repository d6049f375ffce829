package io.meridian.proxy.exchange;

/**
 * One client: the leading bits of its address, as many as tell clients apart. IPv4 lies in {@code
 * low} with bits above it that no IPv6 prefix has, so that the families never mix.
 */
record ClientPrefix(long high, long low) {
  private static final long V4 = 1L << 32;

  /**
   * @param address 4 or 16 bytes
   */
  static ClientPrefix of(byte[] address, int bitsV4, int bitsV6) {
    if (address.length == 4) {
      long bits = 0;
      for (byte b : address) {
        bits = bits << 8 | (b & 0xff);
      }
      return new ClientPrefix(0, V4 | (bits & 0xffffffffL << (32 - bitsV4)));
    }
    long high = bits(address, 0);
    long low = bits(address, 8);
    return new ClientPrefix(high & mask(bitsV6), low & mask(bitsV6 - 64));
  }

  private static long bits(byte[] address, int from) {
    long bits = 0;
    for (int i = from; i < from + 8; i++) {
      bits = bits << 8 | (address[i] & 0xff);
    }
    return bits;
  }

  private static long mask(int bits) {
    return bits <= 0 ? 0 : bits >= 64 ? -1 : -1L << (64 - bits);
  }
}
