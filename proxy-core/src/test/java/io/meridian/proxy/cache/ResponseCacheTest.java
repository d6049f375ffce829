package io.meridian.proxy.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.Cache;
import io.meridian.geo.Location;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.http.ResponseHead;
import io.netty.buffer.Unpooled;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResponseCacheTest {
  private static final RequestHead ANY = Heads.get("/", "");
  private static final CacheRules RULES = new CacheRules("all", 0, 0, 0, 1, true, false);

  private long now = 1_000;
  private final ResponseCache cache = new ResponseCache(new Cache(1 << 20, 1 << 17), () -> now);

  private static StoredResponse answer(String region, String fields, RequestHead request) {
    return Objects.requireNonNull(
        Storing.storable(
            request,
            Location.UNKNOWN,
            Heads.answer(200, "Content-Length: 0|Cache-Control: max-age=60|" + fields),
            new Storing.Receipt(region, 0, 0, 0),
            RULES));
  }

  private static StoredResponse answer(String region) {
    return answer(region, "X: y", ANY);
  }

  private @Nullable StoredResponse find(String key, RequestHead request, String... regions) {
    return cache.find(
        key,
        "all",
        request,
        Location.UNKNOWN,
        region -> regions.length == 0 || Set.of(regions).contains(region));
  }

  @Test
  void all_that_is_stored_together_stays_within_its_bound() {
    for (int i = 0; i < 1000; i++) {
      cache.put("http://a/" + i, answer("eu").withBody(new byte[10_000]), false, now);
    }
    assertTrue(cache.bytes() <= 1 << 20, "bytes: " + cache.bytes());
    assertTrue(cache.size() > 50, "entries: " + cache.size());
    assertTrue(cache.evictions() > 800, "evictions: " + cache.evictions());
    cache.configure(new Cache(1 << 17, 1 << 10));
    assertTrue(cache.bytes() <= 1 << 17, "bytes: " + cache.bytes());
  }

  @Test
  void variants_of_one_uri_are_bounded() {
    for (int i = 0; i < 100; i++) {
      RequestHead request = Heads.get("/", "X-A: " + i);
      cache.put("http://a/", answer("eu", "Vary: X-A", request), false, now);
    }
    int kept = 0;
    for (int i = 0; i < 100; i++) {
      kept += find("http://a/", Heads.get("/", "X-A: " + i)) == null ? 0 : 1;
    }
    assertEquals(ResponseCache.MAX_VARIANTS, kept);
  }

  @Test
  void answers_of_other_regions_are_kept_beside_each_other_where_that_matters() {
    cache.put("k", answer("eu"), true, now);
    cache.put("k", answer("us"), true, now);
    assertEquals("eu", Objects.requireNonNull(find("k", ANY, "eu")).region());
    assertEquals("us", Objects.requireNonNull(find("k", ANY, "us")).region());
    assertNull(find("k", ANY, "asia"));
    cache.put("k", answer("asia"), false, now);
    assertNull(find("k", ANY, "eu"));
    cache.retainRegions(Set.of("eu"));
    assertEquals(0, cache.purgeAll());
  }

  @Test
  void what_was_changed_while_it_was_fetched_is_not_stored() {
    long asked = now;
    now += 10;
    cache.invalidate("k");
    now += 10;
    cache.put("k", answer("eu"), false, asked);
    assertNull(find("k", ANY));
    cache.put("k", answer("eu"), false, now);
    assertNotNull(find("k", ANY));
    assertEquals(1, cache.purge("k"));
    cache.put("other", answer("eu"), false, now);
    assertNull(find("other", ANY));
    now++;
    cache.put("other", answer("eu"), false, now);
    assertNotNull(find("other", ANY));
  }

  @Test
  void memory_for_answers_under_way_is_bounded_and_given_back() {
    Recording first = new Recording(cache, answer("eu"));
    assertTrue(first.room(1 << 17));
    assertTrue(cache.reserve((1 << 19) - (1 << 17)));
    Recording second = new Recording(cache, answer("eu"));
    assertFalse(second.add(Unpooled.wrappedBuffer(new byte[10]), 10));
    cache.unreserve((1 << 19) - (1 << 17));
    assertTrue(second.add(Unpooled.wrappedBuffer(new byte[] {1, 2, 3}), 3));
    assertEquals(3, second.end().body().length);
    first.cancel();
    assertTrue(cache.reserve(1 << 19));
    Recording large = new Recording(cache, answer("eu"));
    assertFalse(large.add(Unpooled.wrappedBuffer(new byte[(1 << 17) + 1]), (1 << 17) + 1));
  }

  @Test
  void who_waits_hears_once_how_it_ended() {
    Flight flight = Objects.requireNonNull(cache.lead("k"));
    assertNull(cache.lead("k"));
    StringBuilder heard = new StringBuilder();
    assertTrue(cache.join("k", lost -> heard.append(lost)));
    cache.land(flight, true);
    cache.land(flight, false);
    assertEquals("true", heard.toString());
    assertFalse(cache.join("k", lost -> heard.append(lost)));
    assertNotNull(cache.lead("k"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "http://a.test/x;Location: /other;http://a.test/other",
        "http://a.test/x/y;Content-Location: z;http://a.test/x/z",
        "http://a.test/x;Location: http://A.test:80/other#part;http://a.test/other",
        "http://a.test/x;Location: //a.test/other;http://a.test/other"
      })
  void a_change_names_what_else_it_changed(String key, String field, String other) {
    cache.put(other, answer("eu"), false, now);
    cache.put(key, answer("eu"), false, now);
    ResponseHead done = Heads.answer(201, "Content-Length: 0|" + field);
    Invalidation.by(cache, key, done);
    assertEquals(0, cache.purgeAll());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "201;Location: http://b.test/other;http://b.test/other",
        "201;Location: https://a.test/other;https://a.test/other",
        "404;Location: /other;http://a.test/other"
      })
  void nobody_makes_obsolete_what_is_not_his(int status, String field, String other) {
    cache.put(other, answer("eu"), false, now);
    Invalidation.by(cache, "http://a.test/x", Heads.answer(status, "Content-Length: 0|" + field));
    assertNotNull(find(other, ANY));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "X: y;false;false;http://a.test/p?q",
        "X: y;true;false;https://a.test/p?q",
        "X-Forwarded-Proto: https;false;false;http://a.test/p?q",
        "X-Forwarded-Proto: https;false;true;https://a.test/p?q",
        "X-Forwarded-Host: b.test;false;false;http://a.test/p?q",
        "X-Forwarded-Host: b.test;false;true;http://b.test|a.test/p?q",
        "X-Forwarded-Host: A.test;false;true;http://a.test/p?q"
      })
  void the_key_is_the_uri_as_endpoints_are_told_it(
      String fields, boolean tls, boolean trusted, String key) {
    assertEquals(key, CacheKey.of(Heads.get("/p?q", fields), tls, trusted));
  }
}
