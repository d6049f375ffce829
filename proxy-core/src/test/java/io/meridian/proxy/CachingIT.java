package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Answers on a route that caches, as its clients and its endpoints see them. */
@SuppressWarnings("StringConcatToTextBlock") // line ends are part of what is tested
@ExtendWith(NoLeaks.class)
class CachingIT {
  private static final String FRESH = "Cache-Control: max-age=600\r\n";
  private static final String FENCES =
      "[{ name: home, when: { headers: [{ name: X-Tenant, value: eu }] }, allow: [two],"
          + " unknown: skip, status: 451 }]";

  @TempDir Path directory;

  private Proxy before(Origin origin, String cache) throws IOException {
    return Proxy.on("auto")
        .region("one", origin)
        .with("routes", "[{ name: all, cache: " + cache + " }]")
        .start();
  }

  /** Two regions, the first preferred; a trusted field lets a client have only the second. */
  private Proxy fenced(Origin one, Origin two) throws IOException {
    return Proxy.on("auto")
        .region("one", one)
        .region("two", two)
        .with("fences", FENCES)
        .with("failover", "{ hold: 0s }")
        .with(
            "routes",
            "[{ name: all, policy: priority, regions: [one, two], fence: home, pin_header: true,"
                + " cache: { stale_if_error: 1h } }]")
        .trusting("127.0.0.0/8")
        .start();
  }

  private static void answer(Wire wire, Wire.Message request, String fields, String body)
      throws IOException {
    String head = "HTTP/1.1 200 OK\r\n" + fields + "Content-Length: " + body.length() + "\r\n\r\n";
    wire.send(request.method().equals("HEAD") ? head : head + body);
  }

  /** Each answer has these fields, and says how many there were. */
  private static Origin counting(String fields) {
    int[] count = new int[1];
    return Origin.answering((wire, request) -> {
      synchronized (count) {
        answer(wire, request, fields, "answer " + ++count[0]);
      }
    });
  }

  private static String status(Wire.Message answer) {
    return answer.value("Cache-Status");
  }

  @Test
  void a_fresh_answer_is_given_out_without_asking() throws Exception {
    try (Origin origin = counting(FRESH + "ETag: \"v1\"\r\nX-Kept: yes\r\n");
        Proxy proxy = before(origin, "{}");
        Wire client = proxy.client()) {
      Wire.Message first = client.get("/x?a=1").response();
      assertEquals("meridian; fwd=uri-miss; stored", status(first));
      assertFalse(first.has("Age"));
      Wire.Message hit = client.get("/x?a=1", "Cookie: who=me\r\n").response();
      assertEquals("answer 1", hit.body());
      assertEquals("yes", hit.value("X-Kept"));
      assertEquals("8", hit.value("Content-Length"));
      assertTrue(Integer.parseInt(hit.value("Age")) < 20);
      assertTrue(status(hit).startsWith("meridian; hit; ttl="), status(hit));
      Wire.Message head =
          client.send("HEAD /x?a=1 HTTP/1.1\r\nHost: a.test\r\n\r\n").responseToHead();
      assertEquals("8", head.value("Content-Length"));
      Wire.Message known = client.get("/x?a=1", "If-None-Match: W/\"v1\"\r\n").response();
      assertEquals(304, known.status());
      assertEquals("\"v1\"", known.value("ETag"));
      assertFalse(known.has("Content-Length"));
      Wire.Message part = client.get("/x?a=1", "Range: bytes=2-4\r\n").response();
      assertEquals(206, part.status());
      assertEquals("swe", part.body());
      assertEquals("bytes 2-4/8", part.value("Content-Range"));
      Wire.Message beyond = client.get("/x?a=1", "Range: bytes=8-\r\n").response();
      assertEquals(416, beyond.status());
      assertEquals("bytes */8", beyond.value("Content-Range"));
      assertEquals(1, origin.requests().size());
      assertEquals("answer 2", client.get("/x?a=2").response().body());
      assertEquals("hit", proxy.log(7).get(1).get("cache").asText());
      assertFalse(proxy.log(7).get(1).has("region"));
      Await.until(
          "the requests are counted",
          () ->
              proxy.metric(
                      "meridian_cache_requests_total{listener=\"public\",route=\"all\","
                          + "result=\"hit\"")
                  == 5);
      assertTrue(proxy.metric("meridian_cache_bytes") > 16);
      assertEquals(2, proxy.metric("meridian_cache_entries"));
    }
  }

  @Test
  void what_must_not_be_stored_is_not() throws Exception {
    List<String> refused =
        List.of(
            "Cache-Control: no-store, max-age=600\r\n",
            "Cache-Control: private, max-age=600\r\n",
            "Cache-Control: max-age=600\r\nVary: *\r\n",
            "Cache-Control: max-age=600\r\nVary: X-Request-Id\r\n",
            "Cache-Control: max-age=600\r\nSet-Cookie: id=1\r\n",
            "Cache-Control: max-age=0\r\n",
            "X-Nothing: said\r\n");
    try (Origin origin =
            Origin.answering((wire, request) -> {
              int which = Integer.parseInt(request.target().substring(1));
              answer(wire, request, refused.get(which), "x");
            });
        Proxy proxy = before(origin, "{}");
        Wire client = proxy.client()) {
      for (int i = 0; i < refused.size(); i++) {
        client.get("/" + i).response();
        client.get("/" + i).response();
        assertEquals(2 * i + 2, origin.requests().size(), refused.get(i));
      }
    }
    try (Origin origin = counting(FRESH);
        Proxy proxy = before(origin, "{}");
        Wire client = proxy.client()) {
      String secret = "Authorization: Basic me\r\n";
      assertEquals("answer 1", client.get("/", secret).response().body());
      assertEquals("answer 2", client.get("/", secret).response().body());
      String none = "Cache-Control: no-store\r\n";
      assertEquals("answer 3", client.get("/", none).response().body());
      assertEquals("answer 4", client.get("/").response().body());
    }
  }

  @Test
  void a_stream_of_events_is_passed_on_and_keeps_nobody_waiting() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    try (Origin origin =
            Origin.answering((wire, _) -> {
              wire.send(
                  "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                      + FRESH
                      + "Transfer-Encoding: chunked\r\n\r\n8\r\ndata: x\n\r\n");
              go.await();
              wire.send("0\r\n\r\n");
            });
        Proxy proxy = before(origin, "{ coalesce: 20s }");
        Wire first = proxy.client();
        Wire second = proxy.client()) {
      first.get("/").head();
      second.get("/").head();
      assertEquals(2, origin.requests().size());
      go.countDown();
      Await.until("both have ended", () -> proxy.meridian().requestsInProgress() == 0);
      assertEquals(0, proxy.metric("meridian_cache_entries"));
    }
  }

  @Test
  void an_answer_that_is_too_large_passes_and_is_not_stored() throws Exception {
    String body = "x".repeat(100_000);
    try (Origin known = Origin.answering((wire, request) -> answer(wire, request, FRESH, body));
        Origin chunked =
            Origin.answering((wire, request) -> {
              wire.send("HTTP/1.1 200 OK\r\n" + FRESH + "Transfer-Encoding: chunked\r\n\r\n");
              wire.send("186A0\r\n" + body + "\r\n0\r\n\r\n");
            })) {
      for (Origin origin : List.of(known, chunked)) {
        try (Proxy proxy =
                Proxy.on("auto")
                    .region("one", origin)
                    .with("cache", "{ max_bytes: 1MiB, max_object: 64KiB }")
                    .with("routes", "[{ name: all, cache: {} }]")
                    .start();
            Wire client = proxy.client()) {
          assertEquals(body, client.get("/").response().body());
          assertEquals(body, client.get("/").response().body());
          assertEquals(2, origin.requests().size());
          assertEquals(0, proxy.metric("meridian_cache_entries"));
        }
      }
    }
  }

  @Test
  void requests_that_ask_for_other_variants_get_them() throws Exception {
    try (Origin origin =
            Origin.answering((wire, request) ->
                answer(
                    wire,
                    request,
                    FRESH + "Vary: Accept-Language, X-Geo-Country\r\n",
                    request.value("Accept-Language") + request.value("X-Geo-Country")));
        Proxy proxy =
            Proxy.on("auto")
                .region("one", origin)
                .with(
                    "geo",
                    "{ overrides: [{ prefix: 198.51.100.0/24, country: DE, continent: EU }] }")
                .with("routes", "[{ name: all, cache: {} }]")
                .trusting("127.0.0.0/8")
                .start();
        Wire client = proxy.client()) {
      String german = "X-Forwarded-For: 198.51.100.7\r\n";
      assertEquals("en", client.get("/", "Accept-Language: en\r\n").response().body());
      assertEquals("fr", client.get("/", "Accept-Language: fr\r\n").response().body());
      assertEquals("enDE", client.get("/", german + "Accept-Language: en\r\n").response().body());
      assertEquals(3, origin.requests().size());
      assertEquals("en", client.get("/", "accept-language: EN\r\n").response().body());
      assertEquals("fr", client.get("/", "Accept-Language: fr\r\n").response().body());
      assertEquals("enDE", client.get("/", german + "Accept-Language: en\r\n").response().body());
      assertEquals(3, origin.requests().size());
      Wire.Message miss = client.get("/", "Accept-Language: pt\r\n").response();
      assertEquals("meridian; fwd=vary-miss; stored", status(miss));
    }
  }

  @Test
  void a_stale_answer_is_given_out_after_its_endpoint_says_that_it_is_good() throws Exception {
    try (Origin origin =
            Origin.answering((wire, request) -> {
              String age = "Cache-Control: no-cache\r\nX-Turn: " + request.value("X-Turn") + "\r\n";
              if (request.value("If-None-Match").equals("\"v1\"")) {
                wire.send("HTTP/1.1 304 Not Modified\r\n" + age + "ETag: \"v1\"\r\n\r\n");
              } else {
                answer(wire, request, age + "ETag: \"v1\"\r\n", "whole");
              }
            });
        Proxy proxy = before(origin, "{}");
        Wire client = proxy.client()) {
      assertEquals("1", client.get("/", "X-Turn: 1\r\n").response().value("X-Turn"));
      Wire.Message good = client.get("/", "X-Turn: 2\r\n").response();
      assertEquals(200, good.status());
      assertEquals("whole", good.body());
      assertEquals("2", good.value("X-Turn"));
      assertEquals("meridian; fwd=stale; fwd-status=304", status(good));
      String mine = "If-None-Match: \"other\"\r\n";
      assertEquals("whole", client.get("/", mine + "X-Turn: 3\r\n").response().body());
      assertEquals("\"v1\"", origin.requests().getLast().value("If-None-Match"));
      Wire.Message known = client.get("/", "If-None-Match: \"v1\"\r\nX-Turn: 4\r\n").response();
      assertEquals(304, known.status());
      Wire.Message part = client.get("/", "Range: bytes=0-1\r\nX-Turn: 5\r\n").response();
      assertEquals("wh", part.body());
      assertFalse(origin.requests().getLast().has("Range"));
      assertEquals(5, origin.requests().size());
    }
  }

  @Test
  void a_client_that_has_the_answer_already_is_told_so_while_it_is_stored() throws Exception {
    try (Origin origin = counting(FRESH + "ETag: \"v1\"\r\n");
        Proxy proxy = before(origin, "{}");
        Wire client = proxy.client()) {
      Wire.Message known = client.get("/", "If-None-Match: \"v1\"\r\n").response();
      assertEquals(304, known.status());
      assertFalse(origin.requests().getLast().has("If-None-Match"));
      assertEquals("answer 1", client.get("/").response().body());
      assertEquals(1, origin.requests().size());
    }
  }

  @Test
  void a_change_makes_what_is_stored_obsolete() throws Exception {
    try (Origin origin =
            Origin.answering((wire, request) -> {
              boolean failed = request.body().equals("bad");
              String place = "Content-Location: /list\r\n";
              if (failed) {
                wire.status(409);
              } else {
                answer(wire, request, FRESH + place, request.method() + request.body());
              }
            });
        Proxy proxy = before(origin, "{}");
        Wire client = proxy.client()) {
      client.get("/item").response();
      client.get("/list").response();
      client.post("/item", "bad").response();
      client.get("/item").response();
      assertEquals(3, origin.requests().size());
      client.post("/item", "good").response();
      client.get("/item").response();
      client.get("/list").response();
      assertEquals(6, origin.requests().size());
      assertTrue(proxy.meridian().cache().invalidate("http://a.test/item"));
      assertEquals(1, proxy.meridian().cache().purge("http://a.test/"));
      client.get("/list").response();
      assertEquals(7, origin.requests().size());
    }
  }

  @Test
  void requests_for_the_same_wait_for_the_one_that_fetches_it() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    try (Origin origin =
            Origin.answering((wire, request) -> {
              asked.countDown();
              go.await();
              answer(wire, request, FRESH, "once");
            });
        Proxy proxy = before(origin, "{ coalesce: 20s }")) {
      List<Wire> clients = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        clients.add(proxy.client().get("/"));
        asked.await();
      }
      Await.until("all have asked", () -> proxy.meridian().requestsInProgress() == 20);
      go.countDown();
      int collapsed = 0;
      for (Wire client : clients) {
        Wire.Message answer = client.response();
        assertEquals("once", answer.body());
        collapsed += status(answer).endsWith("; collapsed") ? 1 : 0;
        client.close();
      }
      assertEquals(1, origin.requests().size());
      assertEquals(19, collapsed);
    }
  }

  @Test
  void those_who_wait_go_themselves_if_the_answer_is_not_for_them_or_its_client_leaves()
      throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    try (Origin origin =
            Origin.answering((wire, request) -> {
              asked.countDown();
              go.await();
              answer(wire, request, "Cache-Control: private\r\n", "mine");
            });
        Proxy proxy = before(origin, "{ coalesce: 20s }");
        Wire first = proxy.client();
        Wire second = proxy.client();
        Wire third = proxy.client()) {
      first.get("/");
      asked.await();
      second.get("/");
      third.get("/");
      Await.until("all have asked", () -> proxy.meridian().requestsInProgress() == 3);
      first.leave();
      Await.until("the next one has the lead", () -> origin.requests().size() == 2);
      go.countDown();
      assertEquals("mine", second.response().body());
      assertEquals("mine", third.response().body());
      assertEquals(3, origin.requests().size());
    }
  }

  @Test
  void who_has_waited_long_enough_goes_himself() throws Exception {
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    boolean[] first = {true};
    try (Origin origin =
            Origin.answering((wire, request) -> {
              boolean mine;
              synchronized (first) {
                mine = first[0];
                first[0] = false;
              }
              asked.countDown();
              if (mine) {
                go.await();
              }
              answer(wire, request, FRESH, mine ? "slow" : "quick");
            });
        Proxy proxy = before(origin, "{ coalesce: 50ms }");
        Wire slow = proxy.client();
        Wire quick = proxy.client()) {
      slow.get("/");
      asked.await();
      assertEquals("quick", quick.get("/").response().body());
      go.countDown();
      assertEquals("slow", slow.response().body());
    }
  }

  @Test
  void a_stale_answer_is_given_out_while_it_is_fetched_anew() throws Exception {
    isFetchedAnew("{}");
  }

  @Test
  void so_is_one_on_a_route_that_compresses() throws Exception {
    isFetchedAnew("{}, compress: {}");
  }

  private void isFetchedAnew(String rules) throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    int[] count = new int[1];
    try (Origin origin =
            Origin.answering((wire, request) -> {
              int turn;
              synchronized (count) {
                turn = ++count[0];
              }
              if (turn == 2) {
                go.await();
              }
              String life = turn == 1 ? "max-age=0, stale-while-revalidate=600" : "max-age=600";
              answer(wire, request, "Cache-Control: " + life + "\r\n", "answer " + turn);
            });
        Proxy proxy = before(origin, rules);
        Wire client = proxy.client()) {
      assertEquals("answer 1", client.get("/").response().body());
      Wire.Message stale = client.get("/").response();
      assertEquals("answer 1", stale.body());
      assertTrue(status(stale).startsWith("meridian; hit; ttl="), status(stale));
      Await.until("the background asks", () -> origin.requests().size() == 2);
      assertEquals("answer 1", client.get("/").response().body());
      go.countDown();
      Await.until("it is fresh", () -> client.get("/").response().body().equals("answer 2"));
      assertEquals(2, origin.requests().size());
      assertEquals(0, proxy.metric("meridian_client_aborts_total"));
      double answered = proxy.metric("meridian_requests_total");
      assertEquals(answered, proxy.log((int) answered).size()); // of clients alone
    }
  }

  @Test
  void what_is_stored_survives_the_loss_of_all_regions() throws Exception {
    try (Origin origin = counting("Cache-Control: max-age=0\r\nETag: \"v\"\r\n");
        Proxy proxy = before(origin, "{ stale_if_error: 1h }");
        Wire client = proxy.client()) {
      assertEquals("answer 1", client.get("/").response().body());
      origin.stop();
      for (int i = 0; i < 5; i++) {
        Wire.Message answer = client.get("/").response();
        assertEquals(200, answer.status());
        assertEquals("answer 1", answer.body());
        assertTrue(status(answer).endsWith("; detail=stale-if-error"), status(answer));
      }
      assertEquals("stale", proxy.log(3).getLast().get("cache").asText());
    }
  }

  @Test
  void a_failing_endpoint_is_stood_in_for_unless_the_answer_forbids_it() throws Exception {
    for (boolean strict : List.of(false, true)) {
      boolean[] broken = new boolean[1];
      String fields =
          "Cache-Control: max-age=0" + (strict ? ", must-revalidate" : "") + "\r\nETag: \"v\"\r\n";
      try (Origin origin =
              Origin.answering((wire, request) -> {
                boolean bad;
                synchronized (broken) {
                  bad = broken[0];
                }
                if (bad) {
                  wire.status(503);
                } else {
                  answer(wire, request, fields, "good");
                }
              });
          Proxy proxy = before(origin, "{ stale_if_error: 1h }");
          Wire client = proxy.client()) {
        client.get("/").response();
        synchronized (broken) {
          broken[0] = true;
        }
        Wire.Message answer = client.get("/").response();
        assertEquals(strict ? 503 : 200, answer.status());
      }
    }
  }

  @Test
  void an_answer_is_given_to_nobody_whose_fence_forbids_its_region() throws Exception {
    try (Origin one = counting(FRESH + "X-From: one\r\n");
        Origin two = counting(FRESH + "X-From: two\r\n");
        Proxy proxy = fenced(one, two);
        Wire client = proxy.client()) {
      String eu = "X-Tenant: eu\r\n";
      assertEquals("one", client.get("/").response().value("X-From"));
      Wire.Message bound = client.get("/", eu).response();
      assertEquals("two", bound.value("X-From"));
      assertEquals("meridian; fwd=vary-miss; stored", status(bound));
      Wire.Message again = client.get("/", eu).response();
      assertEquals("two", again.value("X-From"));
      assertTrue(status(again).startsWith("meridian; hit"));
      assertEquals(1, one.requests().size());
      assertEquals(1, two.requests().size());
      two.stop();
      client.get("/other").response();
      assertTrue(client.get("/other", eu).response().status() >= 500);
    }
  }

  @Test
  void a_forced_region_is_asked_whatever_is_stored() throws Exception {
    try (Origin one = counting(FRESH + "X-From: one\r\n");
        Origin two = counting(FRESH + "X-From: two\r\n");
        Proxy proxy = fenced(one, two);
        Wire client = proxy.client()) {
      client.get("/").response();
      Wire.Message forced = client.get("/", "X-Meridian-Force-Region: two\r\n").response();
      assertEquals("two", forced.value("X-From"));
      assertEquals("meridian; fwd=bypass", status(forced));
    }
  }

  @Test
  void who_has_just_written_reads_from_an_endpoint() throws Exception {
    Path key = Files.writeString(directory.resolve("key"), "a key that is long enough");
    try (Origin origin = counting(FRESH);
        Proxy proxy =
            Proxy.on("auto")
                .region("one", origin)
                .with(
                    "routes",
                    "[{ name: all, cache: {}, data: { read_your_writes: { key_file: "
                        + key
                        + " } } }]")
                .start();
        Wire client = proxy.client()) {
      assertEquals("answer 1", client.get("/").response().body());
      String cookie = client.post("/other", "x").response().value("Set-Cookie");
      String wrote = "Cookie: " + cookie.replaceFirst(";.*", "") + "\r\n";
      assertEquals("answer 3", client.get("/", wrote).response().body());
      assertEquals("answer 1", client.get("/").response().body());
    }
  }

  @Test
  void what_is_stored_is_compressed_on_its_way_out() throws Exception {
    String body = "all the regions answer well. ".repeat(400);
    try (Origin origin =
            Origin.answering((wire, request) ->
                answer(
                    wire, request, FRESH + "Content-Type: text/plain\r\nETag: \"v\"\r\n", body));
        Proxy proxy =
            Proxy.on("auto")
                .region("one", origin)
                .with("routes", "[{ name: all, compress: {}, cache: {} }]")
                .start();
        Wire client = proxy.client()) {
      assertEquals(body, client.get("/").response().body());
      Wire.Message coded = client.get("/", "Accept-Encoding: gzip\r\n").response();
      assertEquals("gzip", coded.value("Content-Encoding"));
      assertEquals("W/\"v\"", coded.value("ETag"));
      assertTrue(coded.body().length() < body.length() / 4);
      Wire.Message known =
          client.get("/", "Accept-Encoding: gzip\r\nIf-None-Match: W/\"v\"\r\n").response();
      assertEquals(304, known.status());
      assertEquals("W/\"v\"", known.value("ETag"));
      assertEquals(body, client.get("/").response().body());
      assertEquals(1, origin.requests().size());
    }
  }

  @Test
  void a_client_may_ask_for_nothing_but_what_is_stored() throws Exception {
    try (Origin origin = counting(FRESH);
        Proxy proxy = before(origin, "{}");
        Wire client = proxy.client()) {
      String only = "Cache-Control: only-if-cached\r\n";
      assertEquals(504, client.get("/", only).response().status());
      client.get("/").response();
      assertEquals("answer 1", client.get("/", only).response().body());
      String reload = "Cache-Control: no-cache\r\n";
      assertEquals("answer 2", client.get("/", reload).response().body());
      assertEquals("answer 2", client.get("/").response().body());
    }
    try (Origin origin = counting(FRESH);
        Proxy proxy = before(origin, "{ client_control: false }");
        Wire client = proxy.client()) {
      client.get("/").response();
      assertEquals("answer 1", client.get("/", "Pragma: no-cache\r\n").response().body());
    }
  }
}
