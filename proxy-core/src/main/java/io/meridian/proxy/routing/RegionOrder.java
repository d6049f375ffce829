package io.meridian.proxy.routing;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Allowed regions in the order in which a request tries them; never empty. Immutable. */
public final class RegionOrder {
  private final RoutedRegion[] regions;
  private final byte[] json;

  RegionOrder(RoutedRegion[] regions) {
    this.regions = regions;
    this.json =
        Arrays.stream(regions)
            .map(region -> '"' + region.name() + '"')
            .collect(Collectors.joining(",", "[", "]"))
            .getBytes(StandardCharsets.UTF_8);
  }

  public int size() {
    return regions.length;
  }

  public RoutedRegion get(int position) {
    return regions[position];
  }

  public RoutedRegion first() {
    return regions[0];
  }

  /** The names as a JSON array, for log lines; not to be changed. */
  public byte[] json() {
    return json;
  }

  @Override
  public String toString() {
    return Arrays.stream(regions).map(RoutedRegion::name).collect(Collectors.joining(" > "));
  }
}
