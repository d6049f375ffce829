package io.meridian.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The whole configuration file, checked: names are unique, every reference resolves, every list is
 * in the file's order. The annotations are the manual's text.
 */
@Key("The configuration file of Meridian.")
public record MeridianConfig(
    @Key(value = "Version of the file's format: 1.", only = "1") int version,
    @Key(value = "This edge: what it is called and where it stands.", or = "{}") Edge edge,
    @Key(
            value = "Event loops that carry traffic; 0 means one for each core.",
            or = "0",
            min = "0",
            max = "1024")
        int workers,
    @Key(
            value =
                "Socket interface of the event loops: `io_uring`, `epoll` or `nio`; `auto` takes"
                    + " the best that the kernel offers.",
            or = "auto")
        Transport transport,
    @Key(value = "Addresses that clients connect to.", atLeast = 1) List<Listener> listeners,
    @Key(value = "Where metrics, health, the API and the live page are served.", or = "{}")
        Admin admin,
    @Key(value = "Where the places of client addresses come from.", or = "{}") Geo geo,
    @Key(value = "The regions that requests can go to.", atLeast = 1) List<Region> regions,
    @Key(value = "Groups of regions, which routes with `policy: groups` refer to.", or = "[]")
        List<Group> groups,
    @Key(value = "How endpoints are probed.", or = "{}") Health health,
    @Key(value = "Residency rules, which routes refer to.", or = "[]") List<Fence> fences,
    @Key(
            value =
                "Which requests go where. The most specific match wins, whatever the order: exact"
                    + " host, longest wildcard, any host; then the longest path; then more header"
                    + " conditions; then methods given.",
            or = "[{ name: default }]",
            atLeast = 1)
        List<Route> routes,
    @Key(value = "When a request may move to another endpoint or region.", or = "{}")
        Failover failover,
    @Key(value = "How long things may take.", or = "{}") Timeouts timeouts,
    @Key(value = "What is let in at most.", or = "{}") Limits limits,
    @Key(
            value =
                "How paths are brought to one form before they are matched and forwarded. Dot"
                    + " segments are always resolved.",
            or = "{}")
        Paths paths,
    @Key(
            value = "One JSON line a request. `off` and `stdout` may stand for the map.",
            or = "stdout")
        AccessLog accessLog,
    @Key(value = "What the process says of itself, on standard error.", or = "{}") ProcessLog log,
    @Key(
            value = "Distributed traces.",
            absent = "trace fields pass as they come, and no spans are made")
        @Nullable Tracing tracing,
    @Key(value = "How much memory stored answers take.", or = "{}") Cache cache) {

  /**
   * A route that names no region is served by those of its group, else by all but the one that it
   * tries out.
   */
  MeridianConfig withAllRegionsWhereNoneIsNamed() {
    List<String> all = regions.stream().map(Region::name).toList();
    List<Route> filled =
        routes.stream()
            .map(route -> route.regions().isEmpty() ? route.withRegions(served(route, all)) : route)
            .toList();
    return with(regions, filled);
  }

  private List<String> served(Route route, List<String> all) {
    if (route.group() != null) {
      return regionsOf(route.group());
    }
    Route.Canary canary = route.canary();
    return canary == null ? all : without(all, canary.region());
  }

  /** The regions of a group and of the groups in it, in their order. */
  public List<String> regionsOf(String group) {
    List<String> names = new ArrayList<>();
    for (Group one : groups) {
      if (one.name().equals(group)) {
        one.members().forEach(member -> names.addAll(regionsOf(member)));
      }
    }
    return names.isEmpty() ? List.of(group) : names;
  }

  /**
   * The same with other dials.
   *
   * @param dials in percent, by region; regions that are not there keep theirs
   */
  public MeridianConfig withDials(Map<String, Double> dials) {
    List<Region> dialled =
        regions.stream()
            .map(region -> {
              Double dial = dials.get(region.name());
              return dial == null ? region : region.withDial((int) Math.round(dial));
            })
            .toList();
    return with(dialled, routes);
  }

  private MeridianConfig with(List<Region> otherRegions, List<Route> otherRoutes) {
    return new MeridianConfig(
        version,
        edge,
        workers,
        transport,
        listeners,
        admin,
        geo,
        otherRegions,
        groups,
        health,
        fences,
        otherRoutes,
        failover,
        timeouts,
        limits,
        paths,
        accessLog,
        log,
        tracing,
        cache);
  }

  private static List<String> without(List<String> names, String name) {
    return names.stream().filter(other -> !other.equals(name)).toList();
  }

  /** Socket interface of the event loops; {@code AUTO} takes the best that this kernel offers. */
  public enum Transport {
    AUTO,
    IO_URING,
    EPOLL,
    NIO
  }
}
