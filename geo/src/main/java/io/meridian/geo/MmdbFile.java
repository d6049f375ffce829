package io.meridian.geo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.maxmind.db.InvalidDatabaseException;
import java.util.Arrays;

/**
 * A MaxMind DB in memory, its metadata read and its sections measured.
 *
 * @param bytes the whole file
 * @param type e.g. {@code GeoLite2-City}
 * @param ipVersion 4 or 6
 * @param nodes how many nodes the search tree has
 * @param recordBits 24, 28 or 32
 * @param buildEpochSeconds when it was made
 * @param data the data section
 * @see "MaxMind DB File Format Specification 2.0"
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record MmdbFile(
    byte[] bytes,
    String type,
    int ipVersion,
    int nodes,
    int recordBits,
    long buildEpochSeconds,
    int dataBegin,
    MmdbData data) {

  /** Zero bytes between search tree and data. */
  static final int SEPARATOR = 16;

  private static final byte[] MARKER = "\u00ab\u00cd\u00efMaxMind.com".getBytes(ISO_8859_1);
  private static final int MAX_METADATA = 128 << 10;

  static MmdbFile parse(byte[] bytes) throws InvalidDatabaseException {
    int marker = marker(bytes);
    int metadata = marker + MARKER.length;
    MmdbData meta = new MmdbData(bytes, metadata, bytes.length);
    meta.verify(metadata);
    long major = number(meta, metadata, "binary_format_major_version");
    if (major != 2) {
      throw new InvalidDatabaseException("format version " + major + " (expected: 2)");
    }
    long ipVersion = number(meta, metadata, "ip_version");
    if (ipVersion != 4 && ipVersion != 6) {
      throw new InvalidDatabaseException("ip_version: " + ipVersion + " (expected: 4 or 6)");
    }
    long recordBits = number(meta, metadata, "record_size");
    if (recordBits != 24 && recordBits != 28 && recordBits != 32) {
      throw new InvalidDatabaseException(
          "record_size: " + recordBits + " (expected: 24, 28 or 32)");
    }
    long nodes = number(meta, metadata, "node_count");
    long dataBegin = nodes * recordBits / 4 + SEPARATOR;
    if (nodes < 1 || dataBegin > marker) {
      throw new InvalidDatabaseException(
          "node_count: " + nodes + " (expected: 1 to what " + marker + " bytes hold)");
    }
    for (int i = (int) dataBegin - SEPARATOR; i < dataBegin; i++) {
      if (bytes[i] != 0) {
        throw new InvalidDatabaseException(
            "node_count: " + nodes + " (expected: zero bytes after so many nodes)");
      }
    }
    return new MmdbFile(
        bytes,
        meta.text(member(meta, metadata, "database_type")),
        (int) ipVersion,
        (int) nodes,
        (int) recordBits,
        number(meta, metadata, "build_epoch"),
        (int) dataBegin,
        new MmdbData(bytes, (int) dataBegin, marker));
  }

  private static int marker(byte[] bytes) throws InvalidDatabaseException {
    int lowest = Math.max(0, bytes.length - MAX_METADATA - MARKER.length);
    for (int at = bytes.length - MARKER.length; at >= lowest; at--) {
      if (bytes[at] == MARKER[0]
          && Arrays.equals(bytes, at, at + MARKER.length, MARKER, 0, MARKER.length)) {
        return at;
      }
    }
    throw new InvalidDatabaseException("no MaxMind DB: no metadata found");
  }

  private static long number(MmdbData meta, int map, String key) throws InvalidDatabaseException {
    return meta.whole(member(meta, map, key));
  }

  private static int member(MmdbData meta, int map, String key) throws InvalidDatabaseException {
    int at = meta.find(map, key.getBytes(ISO_8859_1));
    if (at < 0) {
      throw new InvalidDatabaseException("metadata lacks " + key);
    }
    return at;
  }
}
