package io.meridian.proxy.cache;

import io.meridian.proxy.http.ResponseHead;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a change makes obsolete (RFC 9111, 4.4). */
public final class Invalidation {
  private static final List<String> PLACES = List.of("location", "content-location");

  private Invalidation() {}

  /**
   * Forgets what is stored of a URI, and of those of the same origin that the answer names, if the
   * change was made.
   *
   * @param key of the request that asked for it
   */
  public static void by(ResponseCache cache, String key, ResponseHead answer) {
    if (answer.status() < 200 || answer.status() >= 400) {
      return;
    }
    cache.invalidate(key);
    for (String name : PLACES) {
      String place = place(key, Fields.first(answer, name));
      if (place != null) {
        cache.invalidate(place);
      }
    }
  }

  /** The key of a reference that stays within the origin; null: it leaves it, or is none. */
  private static @Nullable String place(String key, @Nullable String reference) {
    if (reference == null || reference.isEmpty()) {
      return null;
    }
    String origin = CacheKey.origin(key);
    if (reference.startsWith("//")) {
      String scheme = origin.substring(0, origin.indexOf("://") + 1);
      return place(key, scheme + reference);
    }
    if (reference.startsWith("/")) {
      return CacheKey.of(origin + reference);
    }
    if (reference.contains("://")) {
      String absolute = CacheKey.of(reference);
      return CacheKey.origin(absolute).equals(origin) ? absolute : null;
    }
    int query = key.indexOf('?');
    String path = query < 0 ? key : key.substring(0, query);
    return CacheKey.of(path.substring(0, path.lastIndexOf('/') + 1) + reference);
  }
}
