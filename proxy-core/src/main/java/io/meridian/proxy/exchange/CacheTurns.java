package io.meridian.proxy.exchange;

import io.meridian.proxy.cache.CacheKey;
import io.meridian.proxy.cache.CacheRules;
import io.meridian.proxy.cache.CacheTurn;
import io.meridian.proxy.cache.Invalidation;
import io.meridian.proxy.cache.ResponseCache;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.http.ResponseHead;
import io.meridian.proxy.routing.CompiledRoute;
import io.meridian.proxy.routing.RouteQuery;
import org.jspecify.annotations.Nullable;

/** What requests have to do with the cache. Event loop only. */
final class CacheTurns {
  private CacheTurns() {}

  /** A request's turn with the cache; null: it has none. */
  static @Nullable CacheTurn of(
      @Nullable ResponseCache cache,
      CacheRules rules,
      Destination destination,
      RequestHead head,
      Peer peer) {
    CompiledRoute route = destination.route();
    RouteQuery query = destination.query();
    if (cache == null || !CacheTurn.concerns(head) || route.asksForRegion(query)) {
      return null;
    }
    return new CacheTurn(
        cache,
        rules,
        key(head, peer),
        head,
        query.location,
        region -> route.mayHave(query, region));
  }

  private static String key(RequestHead head, Peer peer) {
    return CacheKey.of(head, peer.secured() != null, peer.trusted());
  }

  /** A request that may have changed something was answered: what was stored of it goes. */
  static void changed(
      @Nullable ResponseCache cache, RequestHead head, ResponseHead answer, Peer peer) {
    if (cache != null && cache.everUsed() && head.authorityLength() > 0) {
      Invalidation.by(cache, key(head, peer), answer);
    }
  }
}
