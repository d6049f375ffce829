package io.meridian.proxy.routing;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** How surely a region is well: those that surely are go before the others. */
final class Caution {
  private Caution() {}

  /**
   * 0: surely well.
   *
   * @param careful for requests that can't be repeated
   */
  static int of(RoutedRegion region, boolean careful) {
    return switch (region.state()) {
      case HEALTHY -> 0;
      case PROBATION -> careful && region.share() < 0.5 ? 1 : 0;
      case SUSPECT -> 2;
      case EJECTED -> 3;
    };
  }

  /** Those that are surely well first, else in the same order. */
  static List<RoutedRegion> sorted(List<RoutedRegion> ordered, boolean careful) {
    List<RoutedRegion> sorted = new ArrayList<>(ordered);
    sorted.sort(Comparator.comparingInt(region -> of(region, careful)));
    return sorted;
  }
}
