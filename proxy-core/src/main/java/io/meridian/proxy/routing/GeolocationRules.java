package io.meridian.proxy.routing;

import io.meridian.config.Cidr;
import io.meridian.config.Route;
import io.meridian.geo.Location;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Which list of regions a client's place means: the most specific rule's, whatever their order in
 * the file. Immutable.
 */
final class GeolocationRules {
  private final List<Prefix> prefixes = new ArrayList<>(); // longest first
  private final long[] systems; // sorted
  private final int[] systemPlaces;
  private final Map<String, Map<String, Integer>> subdivisions = new HashMap<>(); // by country
  private final Map<String, Integer> countries = new HashMap<>();
  private final Map<String, Integer> continents = new HashMap<>();
  private final List<Place> places = new ArrayList<>();

  private record Prefix(Cidr cidr, int place) {}

  /**
   * The list of one rule.
   *
   * @param rule what people call it
   * @param regions its own, then those for all others
   */
  record Place(String rule, List<String> regions) {}

  GeolocationRules(Route route) {
    List<String> others =
        route.geolocation().stream()
            .filter(GeolocationRules::isForOthers)
            .findFirst()
            .map(Route.GeoRule::regions)
            .orElse(route.regions());
    TreeMap<Long, Integer> byNumber = new TreeMap<>();
    places.add(new Place("no rule for the client's place", others));
    for (Route.GeoRule rule : route.geolocation()) {
      if (!isForOthers(rule)) {
        Set<String> regions = new LinkedHashSet<>(rule.regions());
        regions.addAll(others);
        List<String> order = List.copyOf(regions);
        rule.prefix().forEach(p -> prefixes.add(new Prefix(p, place("prefix " + p, order))));
        rule.asn().forEach(n -> byNumber.put(n, place("AS" + n, order)));
        for (String code : rule.subdivision()) {
          subdivisions
              .computeIfAbsent(code.substring(0, 2), _ -> new HashMap<>())
              .put(code.substring(3), place("subdivision " + code, order));
        }
        rule.country().forEach(c -> countries.put(c, place("country " + c, order)));
        rule.continent().forEach(c -> continents.put(c, place("continent " + c, order)));
      }
    }
    systems = byNumber.keySet().stream().mapToLong(Long::longValue).toArray();
    systemPlaces = byNumber.values().stream().mapToInt(Integer::intValue).toArray();
    prefixes.sort(Comparator.comparingInt(prefix -> -prefix.cidr().prefixLength()));
  }

  private static boolean isForOthers(Route.GeoRule rule) {
    return rule.prefix().isEmpty()
        && rule.asn().isEmpty()
        && rule.subdivision().isEmpty()
        && rule.country().isEmpty()
        && rule.continent().isEmpty();
  }

  private int place(String rule, List<String> regions) {
    places.add(new Place(rule, regions));
    return places.size() - 1;
  }

  List<Place> places() {
    return places;
  }

  boolean needsAsn() {
    return systems.length > 0;
  }

  /** Index into {@link #places} of the one for this client. */
  int match(RouteQuery query) {
    for (int i = 0; i < prefixes.size(); i++) {
      if (prefixes.get(i).cidr().contains(query.address)) {
        return prefixes.get(i).place();
      }
    }
    int system = Arrays.binarySearch(systems, query.asn);
    if (system >= 0) {
      return systemPlaces[system];
    }
    Location location = query.location;
    Map<String, Integer> within = subdivisions.get(location.country());
    Integer found = within == null ? null : within.get(location.subdivision());
    if (found == null) {
      found = countries.get(location.country());
    }
    if (found == null) {
      found = continents.get(location.continent());
    }
    return found == null ? 0 : found;
  }
}
