package io.meridian.proxy.routing;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Allowed regions in the order in which a request tries them; never empty. Immutable. */
public final class RegionOrder {
  private final RoutedRegion[] regions;

  RegionOrder(RoutedRegion[] regions) {
    this.regions = regions;
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

  @Override
  public String toString() {
    return Arrays.stream(regions).map(RoutedRegion::name).collect(Collectors.joining(" > "));
  }
}
