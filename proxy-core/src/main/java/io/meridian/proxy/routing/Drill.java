package io.meridian.proxy.routing;

/**
 * A region that counts as not up for a part of the clients. Which clients follows from their
 * addresses alone (IPv4: all of it, IPv6: the first 64 bits), so that each sees one world for as
 * long as the drill lasts; the next drill takes others. Immutable.
 */
public final class Drill {
  private static final int BITS = 32;
  private static final int BITS_V6 = 64;

  private final String region;
  private final double share;
  private final long salt;

  /**
   * @param share of the clients, 0 to 1
   * @param salt another for each drill
   */
  public Drill(String region, double share, long salt) {
    this.region = region;
    this.share = share;
    this.salt = salt;
  }

  public String region() {
    return region;
  }

  /** Whether it takes in this client. */
  public boolean takes(byte[] address) {
    long prefix = Rendezvous.prefix(address, address.length == 4 ? BITS : BITS_V6);
    return (Rendezvous.mix(prefix ^ salt) >>> 11) * 0x1p-53 < share;
  }
}
