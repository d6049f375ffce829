package io.meridian.proxy.cache;

import io.meridian.config.RouteCache;

/**
 * The rules of one route, ready to be asked. Immutable.
 *
 * @param route the route's name: what one route stored, another does not give out
 * @param staleIfErrorSeconds for answers that say nothing of it
 * @param staleWhileRevalidateSeconds likewise
 * @param heuristicSeconds the longest lifetime of answers that say nothing of theirs; 0: none
 * @param coalesceNanos how long to wait for a request that fetches the same; 0: not at all
 * @param clientControl whether clients may ask for an answer from an endpoint
 * @param byRegion whether answers of several regions are kept beside each other, as some clients
 *     may have only some of them
 */
public record CacheRules(
    String route,
    long staleIfErrorSeconds,
    long staleWhileRevalidateSeconds,
    long heuristicSeconds,
    long coalesceNanos,
    boolean clientControl,
    boolean byRegion) {

  public static CacheRules of(String route, RouteCache config, boolean fenced) {
    return new CacheRules(
        route,
        config.staleIfError().toSeconds(),
        config.staleWhileRevalidate().toSeconds(),
        config.heuristic().toSeconds(),
        config.coalesce().toNanos(),
        config.clientControl(),
        fenced);
  }
}
