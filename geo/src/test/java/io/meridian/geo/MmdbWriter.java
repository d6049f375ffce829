package io.meridian.geo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.meridian.config.Cidr;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes small MaxMind databases. A longer prefix must be put after the one that holds it. */
final class MmdbWriter {
  private final Map<String, Object> metadata = new LinkedHashMap<>();
  private final ByteArrayOutputStream data = new ByteArrayOutputStream();
  private final Map<Object, Integer> offsets = new HashMap<>();
  private final int ipVersion;
  private final int recordBits;
  private final Node root = new Node();
  private int nodes;

  /** A node with children, or a leaf with an offset; one without both says nothing. */
  private static final class Node {
    @Nullable Node zero;
    @Nullable Node one;
    int offset = -1;
    int number = -1;
  }

  MmdbWriter(String type, int ipVersion, int recordBits, long buildEpochSeconds) {
    this.ipVersion = ipVersion;
    this.recordBits = recordBits;
    metadata.put("binary_format_major_version", 2);
    metadata.put("binary_format_minor_version", 0);
    metadata.put("build_epoch", buildEpochSeconds);
    metadata.put("database_type", type);
    metadata.put("description", Map.of("en", "a test"));
    metadata.put("ip_version", ipVersion);
    metadata.put("languages", List.of("en"));
    metadata.put("record_size", recordBits);
  }

  static Map<String, Object> place(String country, String city, double latitude, double longitude) {
    return Map.of(
        "country",
        Map.of("iso_code", country),
        "city",
        Map.of("names", Map.of("en", city)),
        "location",
        Map.of("latitude", latitude, "longitude", longitude));
  }

  MmdbWriter put(String prefix, Object value) {
    Node node = node(prefix);
    node.zero = null;
    node.one = null;
    node.offset = offset(value);
    return this;
  }

  /** Makes a prefix lead to the tree of another, as 6to4 leads to IPv4. */
  MmdbWriter alias(String prefix, String of) {
    Node target = node(of);
    int slash = prefix.indexOf('/');
    int length = Integer.parseInt(prefix.substring(slash + 1));
    Cidr cidr = Cidr.parse(prefix);
    Node parent = root;
    byte[] bits = bits(cidr);
    for (int i = 0; i < length - 1; i++) {
      parent = child(parent, bit(bits, i));
    }
    int last = bit(bits, length - 1);
    child(parent, last);
    if (last == 0) {
      parent.zero = target;
    } else {
      parent.one = target;
    }
    return this;
  }

  byte[] bytes() {
    nodes = 0;
    count(root);
    metadata.put("node_count", nodes);
    ByteBuffer tree = ByteBuffer.allocate(nodes * recordBits / 4);
    write(root, tree, new boolean[nodes]);
    ByteArrayOutputStream file = new ByteArrayOutputStream();
    file.writeBytes(tree.array());
    file.writeBytes(new byte[16]);
    file.writeBytes(data.toByteArray());
    file.writeBytes("\u00ab\u00cd\u00efMaxMind.com".getBytes(ISO_8859_1));
    encode(metadata, file);
    return file.toByteArray();
  }

  private Node node(String prefix) {
    Cidr cidr = Cidr.parse(prefix);
    byte[] bits = bits(cidr);
    int extra = bits.length > cidr.network().length ? 96 : 0;
    Node node = root;
    for (int i = 0; i < cidr.prefixLength() + extra; i++) {
      node = child(node, bit(bits, i));
    }
    return node;
  }

  private byte[] bits(Cidr cidr) {
    if (ipVersion == 4 || cidr.network().length == 16) {
      return cidr.network();
    }
    return ByteBuffer.allocate(16).position(12).put(cidr.network()).array();
  }

  private static int bit(byte[] bits, int i) {
    return bits[i >> 3] >> (7 - (i & 7)) & 1;
  }

  private static Node child(Node node, int bit) {
    if (node.zero == null || node.one == null) {
      node.zero = new Node();
      node.one = new Node();
      node.zero.offset = node.offset;
      node.one.offset = node.offset;
      node.offset = -1;
    }
    return bit == 0 ? node.zero : node.one;
  }

  private void count(Node node) {
    if (node.zero == null || node.one == null || node.number >= 0) {
      return;
    }
    node.number = nodes++;
    count(node.zero);
    count(node.one);
  }

  private void write(@Nullable Node node, ByteBuffer tree, boolean[] written) {
    if (node == null || node.zero == null || node.one == null || written[node.number]) {
      return;
    }
    written[node.number] = true;
    long zero = record(node.zero);
    long one = record(node.one);
    int at = node.number * recordBits / 4;
    switch (recordBits) {
      case 24 -> tree.position(at).put(low(zero, 3)).put(low(one, 3));
      case 28 ->
          tree.position(at)
              .put(low(zero, 3))
              .put((byte) (zero >>> 24 << 4 | one >>> 24))
              .put(low(one, 3));
      default -> tree.position(at).put(low(zero, 4)).put(low(one, 4));
    }
    write(node.zero, tree, written);
    write(node.one, tree, written);
  }

  private long record(Node node) {
    return node.number >= 0 ? node.number : node.offset < 0 ? nodes : nodes + 16L + node.offset;
  }

  private static byte[] low(long value, int bytes) {
    byte[] all = ByteBuffer.allocate(8).putLong(value).array();
    return java.util.Arrays.copyOfRange(all, 8 - bytes, 8);
  }

  private int offset(Object value) {
    Integer known = offsets.get(value);
    if (known != null) {
      return known;
    }
    int offset = data.size();
    encode(value, data);
    offsets.put(value, offset);
    return offset;
  }

  private static void encode(Object value, ByteArrayOutputStream out) {
    switch (value) {
      case String text -> {
        byte[] bytes = text.getBytes(UTF_8);
        control(2, bytes.length, out);
        out.writeBytes(bytes);
      }
      case Double number -> {
        control(3, 8, out);
        out.writeBytes(ByteBuffer.allocate(8).putDouble(number).array());
      }
      case Integer number -> {
        control(6, 4, out);
        out.writeBytes(ByteBuffer.allocate(4).putInt(number).array());
      }
      case Long number -> {
        control(9, 8, out);
        out.writeBytes(ByteBuffer.allocate(8).putLong(number).array());
      }
      case Map<?, ?> map -> {
        control(7, map.size(), out);
        map.forEach((key, member) -> {
          encode(key, out);
          encode(member, out);
        });
      }
      case List<?> list -> {
        control(11, list.size(), out);
        list.forEach(element -> encode(element, out));
      }
      default -> throw new IllegalArgumentException(value.toString());
    }
  }

  private static void control(int type, int size, ByteArrayOutputStream out) {
    int length = size < 29 ? size : 29;
    out.write(type <= 7 ? type << 5 | length : length);
    if (type > 7) {
      out.write(type - 7);
    }
    if (size >= 29) {
      if (size >= 285) {
        throw new IllegalArgumentException("size: " + size + " (expected: below 285)");
      }
      out.write(size - 29);
    }
  }
}
