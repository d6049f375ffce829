package io.meridian.config;

import io.meridian.config.Node.Place;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What must hold between routes, fences and the regions that they name. */
final class RouteRules {
  /** Whichever of a route's fences apply to a client, there is a ranking for it. */
  private static final int MAX_FENCES = 4;

  private final Binding file;
  private final Faults faults;
  private final GroupRules groups;
  private final Map<String, Place> regions;
  private final Map<String, Binding> fences = new HashMap<>();

  RouteRules(
      Binding file,
      Faults faults,
      Map<Object, Place> regionNames,
      Map<Object, Place> fenceNames,
      GroupRules groups) {
    this.file = file;
    this.faults = faults;
    this.groups = groups;
    this.regions = names(regionNames);
    for (Binding fence : file.get("fences").items()) {
      String name = fence.get("name").as(String.class);
      if (name != null && fenceNames.containsKey(name)) {
        fences.putIfAbsent(name, fence);
      }
    }
  }

  private static Map<String, Place> names(Map<Object, Place> values) {
    return values.entrySet().stream()
        .collect(Collectors.toMap(e -> e.getKey().toString(), Map.Entry::getValue));
  }

  /** Whether a region is called so. */
  boolean known(String region) {
    return regions.containsKey(region);
  }

  /** Of a region that is named alone. */
  void regionExists(Binding name) {
    exists(name, "region", regions.keySet(), "regions");
  }

  void check() {
    PolicyRules policies = new PolicyRules(file, faults, this);
    DataRules data = new DataRules(file, faults, this);
    for (Binding fence : file.get("fences").items()) {
      oneOfAllowAndDeny(fence);
      regionsExist(fence.get("allow"));
      regionsExist(fence.get("deny"));
    }
    Map<Object, Binding> takers = new HashMap<>();
    for (Binding route : file.get("routes").items()) {
      regionsExist(route.get("regions"));
      fences(route);
      policies.check(route);
      groups.check(route);
      data.check(route);
      notStoredAndAtHome(route);
      overlap(route, takers);
    }
  }

  /** What one client's home says is not what another's does, though the URL is the same. */
  private void notStoredAndAtHome(Binding route) {
    Binding cache = route.get("cache");
    if (cache.given() && route.get("data").get("home").given()) {
      faults.add(
          cache.at(),
          cache.path(),
          "answers depend on the client's home (expected: no cache where data.home is given)");
    }
  }

  private void oneOfAllowAndDeny(Binding fence) {
    Binding allow = fence.get("allow");
    Binding deny = fence.get("deny");
    if (allow.given() && deny.given()) {
      Binding second = allow.at().compareTo(deny.at()) > 0 ? allow : deny;
      faults.add(
          second.at(), second.path(), "allow and deny are both given (expected: one of them)");
    } else if (!allow.given() && !deny.given() && !fence.keys().isEmpty()) {
      faults.add(fence.at(), allow.path(), "missing (expected: either allow or deny)");
    }
  }

  void regionsExist(Binding names) {
    for (Binding name : names.items()) {
      exists(name, "region", regions.keySet(), "regions");
    }
  }

  /** Passed over where a name in the list of them could not be read: that may be the one. */
  boolean exists(Binding name, String what, Set<String> known, String list) {
    String text = name.as(String.class);
    boolean complete =
        !known.isEmpty()
            && file.get(list).items().stream().allMatch(item -> item.get("name").value() != null);
    if (text == null || known.contains(text)) {
      return text != null;
    }
    if (complete || (file.get(list).sound() && !file.get(list).given())) {
      String expected =
          known.isEmpty()
              ? "the name of a " + what + "; none is defined"
              : "one of " + String.join(", ", known);
      faults.add(
          name.at(),
          name.path(),
          "no "
              + what
              + " is called \""
              + text
              + "\" (expected: "
              + expected
              + ")"
              + Hints.word(text, known));
    }
    return false;
  }

  private void fences(Binding route) {
    Binding references = route.get("fence");
    if (references.items().size() > MAX_FENCES) {
      faults.add(
          references.at(),
          references.path(),
          references.items().size() + " fences (expected: at most " + MAX_FENCES + ")");
    }
    for (Binding reference : references.items()) {
      fence(route, alone(reference, references));
    }
  }

  private void fence(Binding route, Binding reference) {
    if (!exists(reference, "fence", fences.keySet(), "fences")) {
      return;
    }
    Binding fence = fences.get(reference.as(String.class));
    Set<String> served = served(route);
    Set<String> allow = fence == null ? null : texts(fence.get("allow"));
    Set<String> deny = fence == null ? null : texts(fence.get("deny"));
    if (served == null || (allow == null) == (deny == null)) {
      return;
    }
    boolean someLeft =
        served.stream()
            .anyMatch(region ->
                allow != null ? allow.contains(region) : deny != null && !deny.contains(region));
    if (!someLeft) {
      faults.add(
          reference.at(),
          reference.path(),
          "the fence leaves none of the route's regions, "
              + String.join(", ", served)
              + " (expected: one that it allows)");
    }
  }

  /** What stands without its list is called as the list is. */
  private static Binding alone(Binding item, Binding list) {
    return item.at().equals(list.at())
        ? Binding.single(item.at(), item.given(), list.where(), item.value(), item.sound())
        : item;
  }

  /** Names of the regions of a route; null if they are not known for sure. */
  @Nullable Set<String> served(Binding route) {
    Binding named = route.get("regions");
    Binding group = route.get("group");
    if (group.given()) {
      return groups.served(group.as(String.class));
    }
    if (!named.given()) {
      return file.get("regions").sound() ? regions.keySet() : null;
    }
    Set<String> names = texts(named);
    return names != null && regions.keySet().containsAll(names) ? names : null;
  }

  private static @Nullable Set<String> texts(Binding list) {
    return list.given() && list.value() != null
        ? list.items().stream()
            .map(item -> String.valueOf(item.value()))
            .collect(Collectors.toCollection(LinkedHashSet::new))
        : null;
  }

  /** Two routes that are equally specific for the same request: which one takes it is not said. */
  private void overlap(Binding route, Map<Object, Binding> takers) {
    Route.Match match = route.get("match").as(Route.Match.class);
    if (match == null) {
      return;
    }
    Binding clash = null;
    for (String host : orAny(match.hosts())) {
      for (String path : orAny(match.paths())) {
        for (String method : orAny(match.methods())) {
          Object condition = List.of(host, path, method, Set.copyOf(match.headers()));
          Binding first = takers.putIfAbsent(condition, route);
          if (clash == null && first != null && !first.path().equals(route.path())) {
            clash = first;
          }
        }
      }
    }
    if (clash != null) {
      Binding at = route.get("match").given() ? route.get("match") : route;
      faults.add(
          at.at(),
          Words.path(route.path(), "match"),
          "takes requests that the route at line "
              + clash.at().line()
              + " takes with the same conditions (expected: hosts, paths, methods or headers that"
              + " differ)");
    }
  }

  private static List<String> orAny(List<String> values) {
    return values.isEmpty() ? List.of("") : values;
  }
}
