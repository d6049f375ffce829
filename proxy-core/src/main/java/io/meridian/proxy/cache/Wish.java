package io.meridian.proxy.cache;

import io.meridian.proxy.http.RequestHead;

/**
 * What a request says of caches, and which stored answers that lets it have. Immutable.
 *
 * @param control its directives, as far as the route obeys them
 * @param onlyIfCached whether it wants nothing but what is stored
 * @param noStore whether its answer is not to be stored
 * @see "RFC 9111, 5.2.1"
 */
record Wish(Directives control, boolean onlyIfCached, boolean noStore) {

  static Wish of(RequestHead request, CacheRules rules) {
    String said = Fields.all(request, "cache-control");
    Directives all = Directives.of(said);
    String pragma = said == null ? Fields.all(request, "pragma") : null;
    Directives wanted =
        pragma != null && Directives.of(pragma).has("no-cache") ? Directives.of("no-cache") : all;
    return new Wish(
        rules.clientControl() ? wanted : Directives.NONE,
        all.has("only-if-cached"),
        all.has("no-store"));
  }

  /** Whether it wants the endpoint's word on what is stored. */
  boolean noCache() {
    return control.has("no-cache");
  }

  /** Whether a stored answer will do as it is. */
  boolean takes(StoredResponse stored, long nowNanos) {
    long age = stored.age(nowNanos);
    long left = stored.left(nowNanos);
    if (stored.life().noCache() || noCache()) {
      return false;
    }
    long maxAge = control.seconds("max-age");
    if (maxAge != Directives.ABSENT && age > maxAge) {
      return false;
    }
    if (left > 0) {
      return left >= Math.max(0, control.seconds("min-fresh"));
    }
    long maxStale = control.maxStale();
    return maxStale != Directives.ABSENT && !stored.life().strict() && -left <= maxStale;
  }

  /** Whether a stale answer will do while it is fetched anew. */
  boolean takesMeanwhile(StoredResponse stored, long nowNanos) {
    return !stored.life().strict()
        && !noCache()
        && !control.has("max-age")
        && !control.has("min-fresh")
        && -stored.left(nowNanos) < stored.life().whileRevalidateSeconds();
  }

  /** Whether a stale answer will do in place of an error. */
  boolean takesForError(StoredResponse stored, long nowNanos) {
    if (onlyIfCached || stored.life().strict()) {
      return false;
    }
    long wanted = Math.max(stored.life().ifErrorSeconds(), control.seconds("stale-if-error"));
    return wanted > 0 && -stored.left(nowNanos) < wanted;
  }
}
