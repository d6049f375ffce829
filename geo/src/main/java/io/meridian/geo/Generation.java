package io.meridian.geo;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/** Overrides before databases; an IPv4-mapped IPv6 address is its IPv4 address. */
record Generation(
    long generation,
    Overrides overrides,
    FlatDatabase<Location> city,
    @Nullable FlatDatabase<AutonomousSystem> asn)
    implements Places {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final long MAPPED = 0xffff; // upper half of the lower 64 bits, upper 64 being 0

  @Override
  public Location locateV4(int address) {
    Location own = overrides.find(address);
    return own == null ? city.get(address) : own;
  }

  @Override
  public Location locate(byte[] address) {
    if (isV4(address)) {
      return locateV4(v4(address));
    }
    long upper = (long) LONG.get(address, 0);
    long lower = (long) LONG.get(address, 8);
    Location own = overrides.find(upper, lower);
    return own == null ? city.get(upper, lower) : own;
  }

  @Override
  public AutonomousSystem autonomousSystem(byte[] address) {
    if (asn == null) {
      return AutonomousSystem.UNKNOWN;
    }
    return isV4(address)
        ? asn.get(v4(address))
        : asn.get((long) LONG.get(address, 0), (long) LONG.get(address, 8));
  }

  private static boolean isV4(byte[] address) {
    return switch (address.length) {
      case 4 -> true;
      case 16 -> (long) LONG.get(address, 0) == 0 && (long) LONG.get(address, 8) >>> 32 == MAPPED;
      default ->
          throw new IllegalArgumentException(
              "address: " + address.length + " bytes (expected: 4 or 16)");
    };
  }

  private static int v4(byte[] address) {
    return (int) INT.get(address, address.length - 4);
  }
}
