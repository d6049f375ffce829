package io.meridian.proxy.exchange;

import io.meridian.proxy.cache.CacheRules;
import io.meridian.proxy.cache.CacheTurn;
import io.meridian.proxy.http.ResponseHead;
import org.jspecify.annotations.Nullable;

/**
 * What the cache has to do with one request: nothing, unless its route caches. Reused with its
 * exchange; event loop only.
 */
final class CachedAnswer {
  private final ProxyExchange exchange;
  private final LoopContext context;
  private final Destination destination;
  private @Nullable CachingDownstream stage;

  CachedAnswer(ProxyExchange exchange, LoopContext context, Destination destination) {
    this.exchange = exchange;
    this.context = context;
    this.destination = destination;
  }

  /** Puts the cache before a client. */
  CachingDownstream before(Downstream client, CacheRules rules) {
    Peer peer = client.peer();
    destination.ask(peer);
    CacheTurn turn = CacheTurns.of(context.cache(), rules, destination, exchange.head(), peer);
    CachingDownstream caching = new CachingDownstream(exchange, context, client, turn);
    stage = caching;
    return caching;
  }

  /**
   * What is stored goes out in place of a failure, if it may; true if so.
   *
   * @param code of the failure
   * @param answered status that an endpoint gave, or 0: none could be asked
   */
  boolean rescues(int code, int answered, RegionWait wait) {
    CachingDownstream caching = stage;
    if (caching == null || !caching.rescues(code)) {
      return false;
    }
    wait.end();
    caching.rescue(answered);
    return true;
  }

  /** Whether the exchange's own timers have to rest. */
  boolean keepsTime(long nowNanos) {
    CachingDownstream caching = stage;
    return caching != null && caching.keepsTime(nowNanos);
  }

  /** The client takes bytes again; true: of what is stored. */
  boolean pumps() {
    CachingDownstream caching = stage;
    if (caching == null || !caching.serving()) {
      return false;
    }
    caching.pump();
    return true;
  }

  /** An endpoint's answer has come; false: it speaks of another than what is stored. */
  boolean answered(Attempt attempt, ResponseHead answer) {
    CachingDownstream caching = stage;
    return caching == null || caching.answered(attempt, answer);
  }

  /** The endpoint has said all; true: what is stored goes out now, and that ends the request. */
  boolean takesOver() {
    CachingDownstream caching = stage;
    return caching != null && caching.takesOver();
  }

  void clear() {
    stage = null;
  }
}
