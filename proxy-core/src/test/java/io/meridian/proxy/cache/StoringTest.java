package io.meridian.proxy.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.geo.Location;
import io.meridian.proxy.http.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StoringTest {
  /** Sun, 06 Nov 1994 08:49:37 GMT. */
  private static final long NOW = 784111777;

  private static final String DATE = "Date: Sun, 06 Nov 1994 08:49:37 GMT|";
  private static final String SIZE = "Content-Length: 0|";
  private static final CacheRules RULES = new CacheRules("all", 0, 0, 3600, 0, true, false);

  private static @Nullable StoredResponse stored(RequestHead request, int status, String fields) {
    return Storing.storable(
        request,
        Location.UNKNOWN,
        Heads.answer(status, SIZE + fields),
        new Storing.Receipt("eu", 0, TimeUnit.MILLISECONDS.toNanos(1500), NOW * 1000),
        RULES);
  }

  private static StoredResponse made(String fields) {
    return Objects.requireNonNull(stored(Heads.get("/", ""), 200, DATE + fields), fields);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        // status; fields; whether it is stored
        "200;Cache-Control: max-age=60;true",
        "200;Cache-Control: s-maxage=60;true",
        "200;Expires: Sun, 06 Nov 1994 08:50:37 GMT;true",
        "200;Expires: Sun, 06 Nov 1994 08:48:37 GMT;false",
        "200;ETag: \"a\";true",
        "200;Last-Modified: Sat, 05 Nov 1994 08:49:37 GMT;true",
        "200;Last-Modified: yesterday;false",
        "200;X: nothing;false",
        "200;Cache-Control: max-age=60, no-store;false",
        "200;Cache-Control: max-age=60, private;false",
        "200;Cache-Control: max-age=60, private=\"x\";true",
        "200;Cache-Control: max-age=60, no-store, must-understand;true",
        "299;Cache-Control: max-age=60, no-store, must-understand;false",
        "299;Cache-Control: max-age=60;true",
        "299;ETag: \"a\";false",
        "302;Cache-Control: max-age=60;true",
        "404;ETag: \"a\";true",
        "206;Cache-Control: max-age=60;false",
        "304;Cache-Control: max-age=60;false",
        "200;Cache-Control: max-age=60|Vary: *;false",
        "200;Cache-Control: max-age=60|Vary: X-Forwarded-For;false",
        "200;Cache-Control: max-age=60|Vary: X-Geo-Country, Host;true",
        "200;Cache-Control: max-age=60|Set-Cookie: a=b;false",
        "200;Cache-Control: max-age=60, public|Set-Cookie: a=b;true",
        "200;Cache-Control: max-age=60, no-cache=\"set-cookie\"|Set-Cookie: a=b;true",
        "200;Cache-Control: no-store|CDN-Cache-Control: max-age=60;true",
        "200;Cache-Control: max-age=60|CDN-Cache-Control: no-store;false",
        "200;Cache-Control: no-store|CDN-Cache-Control: max-age=\"60\";false",
        "200;Cache-Control: no-store|CDN-Cache-Control: max-age=60, &;false"
      })
  void what_may_be_stored_is(int status, String fields, boolean expected) {
    assertEquals(expected, stored(Heads.get("/", ""), status, DATE + fields) != null);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "Authorization: me;max-age=60;false",
        "Authorization: me;max-age=60, public;true",
        "Authorization: me;s-maxage=60;true",
        "Authorization: me;max-age=60, must-revalidate;true",
        "Cookie: me;max-age=60;true",
        "Cache-Control: no-store;max-age=60;false"
      })
  void what_the_request_says_counts(String request, String control, boolean expected) {
    RequestHead head = Heads.get("/", request);
    assertEquals(expected, stored(head, 200, DATE + "Cache-Control: " + control) != null);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        // fields; seconds from its Date on
        "Cache-Control: max-age=60;60",
        "Cache-Control: max-age=60, s-maxage=5;5",
        "Cache-Control: max-age=60|Expires: Sun, 06 Nov 1994 09:49:37 GMT;60",
        "Expires: Sun, 06 Nov 1994 08:50:37 GMT;60",
        "Expires: 0|ETag: \"a\";0",
        "Last-Modified: Sun, 06 Nov 1994 08:47:57 GMT;10",
        "Last-Modified: Sat, 06 Nov 1993 08:47:57 GMT;3600",
        "ETag: \"a\";0"
      })
  void a_lifetime_is_said_or_guessed(String fields, long seconds) {
    assertEquals(seconds, made(fields).life().freshSeconds());
  }

  @Test
  void age_counts_from_when_the_answer_was_made() {
    long second = TimeUnit.SECONDS.toNanos(1);
    long received = TimeUnit.MILLISECONDS.toNanos(1500);
    StoredResponse young = made("Cache-Control: max-age=60");
    assertEquals(1, young.age(received)); // the request was under way for 1.5 s
    assertTrue(young.fresh(received + 57 * second));
    assertEquals(-1, young.left(received + 60 * second));
    StoredResponse relayed = made("Cache-Control: max-age=60|Age: 20, 3");
    assertEquals(21, relayed.age(received));
    StoredResponse old =
        Objects.requireNonNull(
            stored(
                Heads.get("/", ""),
                200,
                "Date: Sun, 06 Nov 1994 08:49:07 GMT|Age: 5|Cache-Control: max-age=60"));
    assertEquals(30, old.age(received));
  }

  @Test
  void what_is_stale_serves_as_long_as_it_says_itself_or_the_route_does() {
    CacheRules rules = new CacheRules("all", 100, 10, 0, 0, true, false);
    for (String[] row :
        new String[][] {
          {"max-age=1", "10", "100"},
          {"max-age=1, stale-if-error=5, stale-while-revalidate=6", "6", "5"},
          {"max-age=1, must-revalidate, stale-if-error=5", "0", "0"},
          {"max-age=1, proxy-revalidate", "0", "0"},
          {"s-maxage=1", "0", "0"},
          {"no-cache", "0", "0"}
        }) {
      Lifetime life =
          Lifetime.of(Heads.answer(200, ""), 200, Directives.of(row[0]), false, NOW, rules);
      assertEquals(Long.parseLong(row[1]), life.whileRevalidateSeconds(), row[0]);
      assertEquals(Long.parseLong(row[2]), life.ifErrorSeconds(), row[0]);
    }
  }

  @Test
  void fields_of_the_moment_and_of_the_connection_are_not_kept() {
    StoredResponse kept =
        made(
            "Cache-Control: max-age=60, private=\"X-Mine\"|Connection: x-hop|X-Hop: 1|X-Mine: 2"
                + "|X-Kept: 3|Age: 4|Warning: 110 - \"x\"|Cache-Status: other; hit"
                + "|X-Request-Id: 5|Keep-Alive: 6");
    assertEquals(
        "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
            + "Cache-Control: max-age=60, private=\"X-Mine\"\r\nX-Kept: 3\r\n",
        new String(kept.lines(), StandardCharsets.ISO_8859_1));
  }

  @Test
  void an_answer_without_a_date_gets_one() {
    StoredResponse kept =
        assertNotNullAnd(stored(Heads.get("/", ""), 200, "Cache-Control: max-age=60"));
    assertEquals(NOW, kept.dateSeconds());
    assertTrue(
        new String(kept.lines(), StandardCharsets.ISO_8859_1)
            .contains("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
  }

  private static StoredResponse assertNotNullAnd(@Nullable StoredResponse stored) {
    assertNotNull(stored);
    return stored;
  }

  @Test
  void a_304_renews_all_but_what_describes_the_content() {
    StoredResponse old =
        made("Cache-Control: max-age=1|ETag: \"a\"|X-One: 1|X-Two: 2|Content-Type: text/css");
    StoredResponse newer =
        Storing.freshened(
            old.withBody(new byte[] {1}),
            Heads.answer(
                304, "Cache-Control: max-age=9|X-Two: 3|Content-Type: text/html|ETag: \"a\""),
            Heads.answer(200, ""),
            new Storing.Receipt("us", 0, 0, NOW * 1000 + 5000),
            RULES);
    assertEquals(9, newer.life().freshSeconds());
    assertEquals("eu", newer.region());
    assertEquals(1, newer.body().length);
    assertEquals(
        "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nX-One: 1\r\nContent-Type: text/css\r\n"
            + "Cache-Control: max-age=9\r\nX-Two: 3\r\nETag: \"a\"\r\n",
        new String(newer.lines(), StandardCharsets.ISO_8859_1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '\u0001',
      value = {
        "If-None-Match: \"a\";true",
        "If-None-Match: W/\"a\";true",
        "If-None-Match: \"x,\", W/\"y\", \"a\";true",
        "If-None-Match: \"x\"|If-None-Match: \"a\";true",
        "If-None-Match: *;true",
        "If-None-Match: \"b\";false",
        "If-None-Match: \"b\"|If-Modified-Since: Sun, 06 Nov 2044 08:49:37 GMT;false",
        "If-Modified-Since: Sat, 05 Nov 1994 08:49:37 GMT;true",
        "If-Modified-Since: Sat, 05 Nov 1994 08:49:36 GMT;false",
        "If-Modified-Since: soon;false"
      })
  void a_client_that_has_it_is_known(String fields, boolean expected) {
    StoredResponse stored = made("ETag: \"a\"|Last-Modified: Sat, 05 Nov 1994 08:49:37 GMT");
    assertEquals(expected, Conditions.of(Heads.get("/", fields)).notModified(stored));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "bytes=0-0;0;1",
        "bytes=2-;2;10",
        "bytes=2-99;2;10",
        "bytes=-3;7;10",
        "bytes=-99;0;10",
        "BYTES=9-9;9;10",
        "bytes=10-;-1;-1",
        "bytes=-0;-1;-1"
      })
  void a_range_is_cut_to_what_there_is(String range, int from, int to) {
    assertEquals(new ByteRange(from, to), ByteRange.of(range, 10));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {"bytes=0-1,3-4", "bytes=3-2", "bytes=-", "bytes=a-b", "lines=1-2", "bytes 0-1"})
  void what_is_no_single_range_gets_the_whole(String range) {
    assertNull(ByteRange.of(range, 10));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '\u0001',
      value = {
        "If-Range: \"a\";true",
        "If-Range: W/\"a\";false",
        "If-Range: \"b\";false",
        "If-Range: Sat, 05 Nov 1994 08:49:37 GMT;true",
        "If-Range: Sat, 05 Nov 1994 08:49:38 GMT;false"
      })
  void a_part_is_given_only_of_what_the_client_has_the_rest_of(String fields, boolean part) {
    StoredResponse stored =
        made("ETag: \"a\"|Last-Modified: Sat, 05 Nov 1994 08:49:37 GMT").withBody(new byte[9]);
    Conditions conditions = Conditions.of(Heads.get("/", "Range: bytes=1-2|" + fields));
    assertEquals(part, conditions.part(stored) != null);
  }
}
