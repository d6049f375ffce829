package io.meridian.geo;

/**
 * One generation of everything known about addresses: overrides and databases together. Immutable;
 * a request takes it once and sees one generation. Lookups block nothing and make no garbage.
 */
public interface Places {
  /** Grows with every swap; a cache of what this generation said is keyed by it. */
  long generation();

  /**
   * @param address 4 or 16 bytes in network order; an IPv4-mapped IPv6 address is its IPv4 address
   * @return never null; {@link Location#UNKNOWN} for private, reserved and unlisted addresses
   */
  Location locate(byte[] address);

  /** As {@link #locate}, for an IPv4 address as one number. */
  Location locateV4(int address);

  /** As {@link #locate}, for the autonomous system. */
  AutonomousSystem autonomousSystem(byte[] address);
}
