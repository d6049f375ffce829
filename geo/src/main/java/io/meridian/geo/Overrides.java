package io.meridian.geo;

import io.meridian.config.Coordinates;
import io.meridian.config.Geo.PrefixOverride;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The operator's own prefixes, laid out flat: the longest prefix wins, and is the whole truth of
 * its addresses. A continent not given follows from the country. Immutable, for all threads.
 */
final class Overrides {
  static final Overrides NONE = new Overrides(List.of());

  private final @Nullable V4Table v4; // null: no IPv4 prefix is given
  private final @Nullable WideTable v6; // null: no IPv6 prefix is given
  private final Location[] places; // number 0 is for addresses in no prefix

  Overrides(List<PrefixOverride> overrides) {
    List<Location> numbered = new ArrayList<>();
    numbered.add(Location.UNKNOWN);
    Node four = new Node();
    Node six = new Node();
    for (PrefixOverride override : overrides) {
      byte[] network = override.prefix().network();
      Node node = network.length == 4 ? four : six;
      for (int bit = 0; bit < override.prefix().prefixLength(); bit++) {
        node = node.child(network[bit >> 3] >> (7 - (bit & 7)) & 1);
      }
      node.number = numbered.size();
      numbered.add(place(override));
    }
    places = numbered.toArray(Location[]::new);
    v4 = four.isUnused() ? null : four.tableV4();
    v6 = six.isUnused() ? null : six.tableV6();
  }

  /** The place given for an address; null if none is. */
  @Nullable Location find(int address) {
    return v4 == null ? null : place(v4.find(address));
  }

  /** As {@link #find(int)}, for IPv6. */
  @Nullable Location find(long upper, long lower) {
    return v6 == null ? null : place(v6.find(upper, lower));
  }

  private @Nullable Location place(int number) {
    return number == 0 ? null : places[number];
  }

  private static Location place(PrefixOverride override) {
    Coordinates point = override.location();
    String country = text(override.country());
    return new Location(
        override.continent() == null ? Continents.of(country) : override.continent(),
        country,
        text(override.subdivision()),
        text(override.city()),
        point == null ? Double.NaN : point.latitude(),
        point == null ? Double.NaN : point.longitude(),
        0,
        "");
  }

  private static String text(@Nullable String value) {
    return value == null ? "" : value;
  }

  /** A binary tree over address bits; the number of an outer prefix holds until an inner one. */
  private static final class Node {
    private final @Nullable Node[] children = new Node[2];
    private int number;

    Node child(int bit) {
      Node child = children[bit];
      if (child == null) {
        child = new Node();
        children[bit] = child;
      }
      return child;
    }

    boolean isUnused() {
      return number == 0 && children[0] == null && children[1] == null;
    }

    V4Table tableV4() {
      V4Table.Builder table = new V4Table.Builder(16);
      flatten(this, 0, 0, 0, 0, (upper, _, n) -> table.add((int) (upper >>> 32), n));
      return table.build();
    }

    WideTable tableV6() {
      WideTable.Builder table = new WideTable.Builder();
      flatten(this, 0, 0, 0, 0, table::add);
      return table.build();
    }

    private static void flatten(
        @Nullable Node node, int depth, long upper, long lower, int outer, Ranges ranges) {
      int inner = node == null || node.number == 0 ? outer : node.number;
      if (node == null || (node.children[0] == null && node.children[1] == null)) {
        ranges.add(upper, lower, inner);
        return;
      }
      long up = depth < 64 ? upper | 1L << (63 - depth) : upper;
      long low = depth < 64 ? lower : lower | 1L << (127 - depth);
      flatten(node.children[0], depth + 1, upper, lower, inner, ranges);
      flatten(node.children[1], depth + 1, up, low, inner, ranges);
    }
  }

  private interface Ranges {
    void add(long upper, long lower, int number);
  }
}
