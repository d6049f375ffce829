package io.meridian.proxy.routing;

import io.meridian.proxy.http.RequestHead;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Finds the most specific route of a request: exact host, then the longest wildcard, then any host;
 * within each the longest path; within that the most conditions. Cost does not grow with the number
 * of routes. Immutable.
 */
public final class RouteTable {
  private final List<CompiledRoute> routes;
  private final ByteMap<PathTable> exactHosts;
  private final ByteMap<PathTable> wildcardHosts;
  private final @Nullable PathTable anyHost;

  RouteTable(List<CompiledRoute> routes) {
    this.routes = List.copyOf(routes);
    Map<String, List<CompiledRoute>> exact = new HashMap<>();
    Map<String, List<CompiledRoute>> wildcard = new HashMap<>();
    List<CompiledRoute> any = new ArrayList<>();
    for (CompiledRoute route : routes) {
      if (route.config().match().hosts().isEmpty()) {
        any.add(route);
      }
      for (String host : route.config().match().hosts()) {
        if (host.startsWith("*.")) {
          wildcard.computeIfAbsent(host.substring(1), _ -> new ArrayList<>()).add(route);
        } else {
          exact.computeIfAbsent(host, _ -> new ArrayList<>()).add(route);
        }
      }
    }
    exactHosts = new ByteMap<>(pathTables(exact));
    wildcardHosts = new ByteMap<>(pathTables(wildcard));
    anyHost = any.isEmpty() ? null : new PathTable(any);
  }

  public List<CompiledRoute> routes() {
    return routes;
  }

  /** The route of this request; null if none matches. */
  public @Nullable CompiledRoute match(RequestHead head) {
    byte[] bytes = head.bytes();
    int start = head.hostStart();
    int length = head.hostLength();
    CompiledRoute route = matchIn(exactHosts.get(bytes, start, length), head);
    for (int i = 1; route == null && i < length; i++) {
      if (bytes[start + i] == '.') {
        route = matchIn(wildcardHosts.get(bytes, start + i, length - i), head);
      }
    }
    return route == null ? matchIn(anyHost, head) : route;
  }

  private static @Nullable CompiledRoute matchIn(@Nullable PathTable paths, RequestHead head) {
    return paths == null ? null : paths.match(head);
  }

  private static Map<String, PathTable> pathTables(Map<String, List<CompiledRoute>> byHost) {
    Map<String, PathTable> tables = new HashMap<>();
    byHost.forEach((host, routes) -> tables.put(host, new PathTable(routes)));
    return tables;
  }

  /** The routes of one host by path. */
  private static final class PathTable {
    private final int[] lengths; // of the paths given, longest first
    private final ByteMap<List<CompiledRoute>> byPath;
    private final List<CompiledRoute> anyPath;

    PathTable(List<CompiledRoute> routes) {
      Comparator<CompiledRoute> moreSpecific =
          Comparator.comparingInt(CompiledRoute::specificity).reversed();
      Map<String, List<CompiledRoute>> paths = new HashMap<>();
      List<CompiledRoute> any = new ArrayList<>();
      for (CompiledRoute route : routes) {
        if (route.config().match().paths().isEmpty()) {
          any.add(route);
        }
        for (String path : route.config().match().paths()) {
          paths.computeIfAbsent(path, _ -> new ArrayList<>()).add(route);
        }
      }
      paths.values().forEach(list -> list.sort(moreSpecific));
      any.sort(moreSpecific);
      byPath = new ByteMap<>(paths);
      anyPath = List.copyOf(any);
      lengths =
          paths.keySet().stream()
              .map(path -> path.getBytes(java.nio.charset.StandardCharsets.UTF_8).length)
              .distinct()
              .sorted(Comparator.reverseOrder())
              .mapToInt(Integer::intValue)
              .toArray();
    }

    @Nullable CompiledRoute match(RequestHead head) {
      byte[] bytes = head.bytes();
      int start = head.pathStart();
      int length = head.pathLength();
      for (int prefix : lengths) {
        if (prefix <= length && endsSegment(bytes, start, length, prefix)) {
          CompiledRoute route = first(byPath.get(bytes, start, prefix), head);
          if (route != null) {
            return route;
          }
        }
      }
      return first(anyPath, head);
    }

    private static boolean endsSegment(byte[] bytes, int start, int length, int prefix) {
      return prefix == length || bytes[start + prefix - 1] == '/' || bytes[start + prefix] == '/';
    }

    private static @Nullable CompiledRoute first(
        @Nullable List<CompiledRoute> candidates, RequestHead head) {
      if (candidates != null) {
        for (int i = 0; i < candidates.size(); i++) {
          if (candidates.get(i).accepts(head)) {
            return candidates.get(i);
          }
        }
      }
      return null;
    }
  }
}
