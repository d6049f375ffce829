package io.meridian.proxy.routing;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Allowed regions in the order in which a request tries them; never empty. Immutable, but for the
 * one that each {@link RouteQuery} owns.
 */
public final class RegionOrder {
  private RoutedRegion[] regions;
  private int size;
  private byte @Nullable [] json; // made when asked for; the same whoever makes it

  RegionOrder(RoutedRegion... regions) {
    this.regions = regions;
    this.size = regions.length;
  }

  /** Takes other content. Only for an order that one request owns. */
  void set(RoutedRegion[] from, int count) {
    regions = from;
    size = count;
    json = null;
  }

  public int size() {
    return size;
  }

  public RoutedRegion get(int position) {
    return regions[position];
  }

  public RoutedRegion first() {
    return regions[0];
  }

  /** The names as a JSON array, for log lines; not to be changed. */
  public byte[] json() {
    byte[] text = json;
    if (text == null) {
      text =
          Arrays.stream(regions, 0, size)
              .map(region -> '"' + region.name() + '"')
              .collect(Collectors.joining(",", "[", "]"))
              .getBytes(StandardCharsets.UTF_8);
      json = text;
    }
    return text;
  }

  @Override
  public String toString() {
    return Arrays.stream(regions, 0, size)
        .map(RoutedRegion::name)
        .collect(Collectors.joining(" > "));
  }
}
