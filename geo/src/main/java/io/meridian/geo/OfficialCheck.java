package io.meridian.geo;

import com.maxmind.db.InvalidDatabaseException;
import com.maxmind.db.Reader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.SplittableRandom;

/**
 * Asks MaxMind's own reader about addresses all over a file, and refuses the file if it says
 * anything else than the flat tables.
 */
final class OfficialCheck {
  private static final int V4_ADDRESSES = 512;
  private static final int V6_ADDRESSES = 512;

  private OfficialCheck() {}

  static <T> void compare(byte[] file, FlatDatabase<T> tables, Schema<T> schema)
      throws InvalidDatabaseException {
    SplittableRandom random = new SplittableRandom(file.length);
    try (Reader reader = new Reader(new ByteArrayInputStream(file))) {
      for (int i = 0; i < V4_ADDRESSES; i++) {
        int address = tables.someV4(random);
        byte[] bytes = ByteBuffer.allocate(4).putInt(address).array();
        same(InetAddress.getByAddress(bytes), tables.get(address), reader, schema);
      }
      for (int i = 0; i < V6_ADDRESSES && reader.getMetadata().ipVersion() == 6; i++) {
        long upper = tables.someV6(random);
        long lower = random.nextLong() | 1L << 63; // not IPv4-mapped
        byte[] bytes = ByteBuffer.allocate(16).putLong(upper).putLong(lower).array();
        same(InetAddress.getByAddress(bytes), tables.get(upper, lower), reader, schema);
      }
    } catch (IOException | RuntimeException e) {
      throw new InvalidDatabaseException("MaxMind's reader refuses it: " + e.getMessage(), e);
    }
  }

  private static <T> void same(InetAddress address, T value, Reader reader, Schema<T> schema)
      throws IOException {
    T official = schema.official(reader, address);
    if (!official.equals(value)) {
      throw new InvalidDatabaseException(
          address.getHostAddress() + " is read as " + value + ", but is " + official);
    }
  }
}
