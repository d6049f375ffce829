package io.meridian.geo;

import com.maxmind.db.InvalidDatabaseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Walks a search tree once, from its first address to its last, checks every record and every value
 * it leads to, and lays the networks out as flat tables. Where the tree leads back to its IPv4 part
 * (6to4, Teredo, IPv4-mapped), the table says so and the IPv4 table answers. One thread.
 */
final class TreeWalk<T> {
  /** In {@link V6Table}: this /64 holds longer prefixes, see {@link WideTable}. */
  static final int WIDE = -1;

  /** {@code ALIAS - n}: the 32 bits after the first n are an IPv4 address. */
  static final int ALIAS = -2;

  private final MmdbFile file;
  private final byte[] bytes;
  private final int nodes;
  private final int recordBits;
  private final int dataSize;
  private final Schema.Decoder<T> decoder;
  private final V4Table.Builder v4;
  private final V6Table.Builder v6;
  private final WideTable.Builder wide = new WideTable.Builder();
  private final List<T> values = new ArrayList<>();
  private final Map<T, Integer> numbers = new HashMap<>();
  private int[] seenOffset = new int[1024]; // open addressing: data offset + 1, 0 if free
  private int[] seenNumber = new int[1024];
  private int seen;
  private int v4Root;
  private long networks;
  private long visits; // of nodes

  TreeWalk(MmdbFile file, Schema<T> schema) {
    this.file = file;
    bytes = file.bytes();
    nodes = file.nodes();
    recordBits = file.recordBits();
    dataSize = bytes.length - file.dataBegin();
    decoder = schema.decoder(file.data());
    v4 = new V4Table.Builder(nodes / 2);
    v6 = new V6Table.Builder(file.ipVersion() == 6 ? nodes / 4 : 16);
    T unknown = schema.unknown();
    values.add(unknown);
    numbers.put(unknown, 0);
  }

  FlatDatabase<T> run() throws InvalidDatabaseException {
    if (file.ipVersion() == 4) {
      v4Root = 0;
      walkV4(0, 0, 0);
      v6.add(0, 0);
    } else {
      v4Root = 0;
      for (int depth = 0; depth < 96 && v4Root < nodes; depth++) {
        v4Root = record(v4Root, 0);
      }
      walkV4(v4Root, 0, 0);
      visits++;
      walkV6(record(0, 0), 1, 0);
      walkV6(record(0, 1), 1, 1L << 63);
    }
    if (visits < nodes) {
      throw new InvalidDatabaseException(
          "search tree of " + nodes + " nodes of which only " + visits + " are ever reached");
    }
    return new FlatDatabase<>(v4.build(), v6.build(), wide.build(), values, networks);
  }

  private void walkV4(int record, int depth, int prefix) throws InvalidDatabaseException {
    if (record >= nodes) {
      v4.add(prefix, number(record));
      return;
    }
    visit(depth, 32);
    walkV4(record(record, 0), depth + 1, prefix);
    walkV4(record(record, 1), depth + 1, prefix | 1 << (31 - depth));
  }

  private void walkV6(int record, int depth, long upper) throws InvalidDatabaseException {
    if (record >= nodes) {
      v6.add(upper, number(record));
    } else if (record == v4Root) {
      v6.add(upper, ALIAS - depth);
    } else if (depth == 64) {
      v6.add(upper, WIDE);
      walkWide(record, depth, upper, 0);
    } else {
      visit(depth, 64);
      walkV6(record(record, 0), depth + 1, upper);
      walkV6(record(record, 1), depth + 1, upper | 1L << (63 - depth));
    }
  }

  private void walkWide(int record, int depth, long upper, long lower)
      throws InvalidDatabaseException {
    if (record >= nodes) {
      wide.add(upper, lower, number(record));
    } else if (record == v4Root) {
      wide.add(upper, lower, ALIAS - depth);
    } else {
      visit(depth, 128);
      walkWide(record(record, 0), depth + 1, upper, lower);
      walkWide(record(record, 1), depth + 1, upper, lower | 1L << (127 - depth));
    }
  }

  private void visit(int depth, int bits) throws InvalidDatabaseException {
    if (depth >= bits) {
      throw new InvalidDatabaseException("search tree deeper than " + bits + " bits");
    }
    if (++visits > 2L * nodes + 256) { // or it could take for ever
      throw new InvalidDatabaseException("search tree whose branches meet again");
    }
  }

  /** One of a node's two records: another node, nothing, or where the data is. */
  private int record(int node, int side) throws InvalidDatabaseException {
    int value =
        switch (recordBits) {
          case 24 -> {
            int at = node * 6 + side * 3;
            yield three(at);
          }
          case 28 -> {
            int at = node * 7;
            int middle = bytes[at + 3] & 0xff;
            yield side == 0
                ? (middle & 0xf0) << 20 | three(at)
                : (middle & 0x0f) << 24 | three(at + 4);
          }
          default -> {
            int at = node * 8 + side * 4;
            yield (bytes[at] & 0xff) << 24 | three(at + 1);
          }
        };
    if (value < 0) {
      throw new InvalidDatabaseException(
          "search tree points to " + Integer.toUnsignedString(value) + ", past the file");
    }
    return value;
  }

  private int three(int at) {
    return (bytes[at] & 0xff) << 16 | (bytes[at + 1] & 0xff) << 8 | (bytes[at + 2] & 0xff);
  }

  /** The number of the value that a record leads to; each data offset is decoded once. */
  private int number(int record) throws InvalidDatabaseException {
    if (record == nodes) {
      return 0;
    }
    networks++;
    int offset = record - nodes - MmdbFile.SEPARATOR;
    if (offset < 0 || offset >= dataSize) {
      throw new InvalidDatabaseException(
          "search tree points to data at " + offset + " (expected: 0 to " + dataSize + ")");
    }
    int mask = seenOffset.length - 1;
    int slot = slot(offset);
    while (seenOffset[slot] != 0) {
      if (seenOffset[slot] == offset + 1) {
        return seenNumber[slot];
      }
      slot = (slot + 1) & mask;
    }
    int number = decode(file.dataBegin() + offset);
    seenOffset[slot] = offset + 1;
    seenNumber[slot] = number;
    if (++seen * 2 > seenOffset.length) {
      grow();
    }
    return number;
  }

  private int decode(int position) throws InvalidDatabaseException {
    file.data().verify(position);
    T value = decoder.decode(position);
    Integer known = numbers.putIfAbsent(value, values.size());
    if (known != null) {
      return known;
    }
    values.add(value);
    return values.size() - 1;
  }

  private int slot(int offset) {
    return (offset * 0x9e3779b9) >>> (Integer.numberOfLeadingZeros(seenOffset.length) + 1);
  }

  private void grow() {
    int[] offsets = seenOffset;
    int[] known = seenNumber;
    seenOffset = new int[offsets.length * 2];
    seenNumber = new int[offsets.length * 2];
    Arrays.fill(seenOffset, 0);
    for (int i = 0; i < offsets.length; i++) {
      if (offsets[i] != 0) {
        int slot = slot(offsets[i] - 1);
        while (seenOffset[slot] != 0) {
          slot = (slot + 1) & (seenOffset.length - 1);
        }
        seenOffset[slot] = offsets[i];
        seenNumber[slot] = known[i];
      }
    }
  }
}
