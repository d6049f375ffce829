package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Requests over HTTP/2 reach an endpoint as those over HTTP/1.1 do, and their answers come back.
 */
@SuppressWarnings("StringConcatToTextBlock") // line ends are part of what is tested
@ExtendWith(NoLeaks.class)
@ParameterizedClass
@MethodSource("io.meridian.proxy.Transports#available")
class Http2IT {
  private static final int CANCEL = 8;

  @Parameter String transport = "";

  private Proxy before(Origin origin) throws Exception {
    return Proxy.on(transport).region("one", origin).with("failover", "{ hedge: false }").start();
  }

  @Test
  void a_request_is_answered_and_logged_as_http_2() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      H2Wire.Answer answer = client.answer(client.get("/a/../b?q=1", "x-own: Value"));

      assertEquals(200, answer.status);
      assertEquals("hello", answer.text());
      assertEquals("5", answer.value("content-length"));
      assertFalse(answer.value("date").isEmpty());
      assertEquals(32, answer.value("x-request-id").length());
      Wire.Message request = origin.requests().getFirst();
      assertEquals("GET /b?q=1 HTTP/1.1", request.start());
      assertEquals("a.test", request.value("Host"));
      assertEquals("Value", request.value("x-own"));
      assertEquals("2.0 meridian-edge", request.value("Via"));
      var line = proxy.log(1).getFirst();
      assertEquals("HTTP/2", line.get("protocol").asText());
      assertEquals(200, line.get("status").asInt());
      assertEquals(1, proxy.metric("meridian_http2_connections_total"));
      assertEquals(0, proxy.metric("meridian_http2_streams"));
    }
  }

  @Test
  void both_versions_share_a_listener_wherever_the_preface_is_cut() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = before(origin)) {
      for (int cut = 1; cut < H2Wire.PREFACE.length(); cut++) {
        try (H2Wire client = H2Wire.silent(proxy.port())) {
          byte[] preface = H2Wire.PREFACE.getBytes(StandardCharsets.US_ASCII);
          client.raw(java.util.Arrays.copyOf(preface, cut));
          assertEquals(200, proxy.get("/").status());
          client.raw(java.util.Arrays.copyOfRange(preface, cut, preface.length)).settings();
          assertEquals("hello", client.answer(client.get("/")).text(), "cut at " + cut);
        }
      }
    }
  }

  @Test
  void a_listener_without_http_2_refuses_it() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy =
            Proxy.on(transport)
                .region("one", origin)
                .with("listeners", "[{ name: public, address: \"127.0.0.1:0\", http2: false }]")
                .start();
        Wire client = proxy.client()) {
      assertEquals(505, client.send(H2Wire.PREFACE).response().status());
    }
  }

  @Test
  void a_preface_behind_a_request_is_none() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      assertEquals(200, client.get("/").response().status());
      assertEquals(505, client.send(H2Wire.PREFACE).response().status());
    }
  }

  @Test
  void settings_say_what_is_allowed() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy =
            Proxy.on(transport)
                .region("one", origin)
                .with("limits", "{ streams: 7, head: 32KiB }")
                .start();
        H2Wire client = H2Wire.connect(proxy.port())) {
      client.sync();
      assertEquals(Map.of(3, 7, 4, 262_144, 6, 32_768, 8, 1), client.theirSettings());
      assertEquals(1 << 20, client.windowOfConnection());
    }
  }

  @Test
  void many_streams_each_get_their_own_answer() throws Exception {
    try (Origin origin = Origin.answering((wire, request) -> wire.ok(request, request.target()));
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      List<Integer> streams = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        streams.add(client.get("/of/" + i));
      }
      for (int i = 0; i < 100; i++) {
        assertEquals("/of/" + i, client.answer(streams.get(i)).text());
      }
    }
  }

  @Test
  void streams_beyond_the_limit_are_refused_and_the_others_are_not() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    try (Origin origin =
            Origin.answering((wire, request) -> {
              go.await();
              wire.ok(request, "late");
            });
        Proxy proxy =
            Proxy.on(transport)
                .region("one", origin)
                .with("failover", "{ hedge: false }")
                .with("limits", "{ streams: 2 }")
                .start();
        H2Wire client = H2Wire.connect(proxy.port())) {
      int first = client.get("/");
      int second = client.get("/");
      int third = client.post("/");
      client.data(third, "on its way", true);
      assertEquals(7, client.answer(third).reset); // REFUSED_STREAM: safe to send again
      go.countDown();
      assertEquals(200, client.answer(first).status);
      assertEquals(200, client.answer(second).status);
      assertEquals(200, client.answer(client.get("/")).status);
      assertEquals(
          1, proxy.metric("meridian_http2_resets_total{listener=\"public\",reason=\"refused"));
    }
  }

  @Test
  void a_body_of_known_length_goes_up_as_such() throws Exception {
    try (Origin origin = Origin.answering((wire, request) -> wire.ok(request, request.body()));
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      int stream = client.post("/", "content-length: 10");
      client.data(stream, "01234", false).data(stream, "56789", true);
      assertEquals("0123456789", client.answer(stream).text());
      Wire.Message request = origin.requests().getFirst();
      assertEquals("10", request.value("Content-Length"));
      assertFalse(request.has("Transfer-Encoding"));
    }
  }

  @Test
  void a_body_of_unknown_length_goes_up_in_chunks_with_its_trailers() throws Exception {
    List<Wire.Message> heard = new java.util.concurrent.CopyOnWriteArrayList<>();
    try (Origin origin =
            Origin.answering((wire, request) -> {
              heard.add(request);
              wire.ok(request, request.body());
            });
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      int stream = client.post("/", "te: trailers");
      client.data(stream, "hello", false);
      client.trailers(stream, "x-check: 1", "content-type: no/trailer", "host: evil.test");
      assertEquals("hello", client.answer(stream).text());
      assertEquals("chunked", heard.getFirst().value("Transfer-Encoding"));
      assertEquals(List.of("x-check: 1"), heard.getFirst().trailers());
    }
  }

  @Test
  void padding_is_no_part_of_the_body() throws Exception {
    try (Origin origin = Origin.answering((wire, request) -> wire.ok(request, request.body()));
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      int stream = client.post("/", "content-length: 3");
      client.send(
          H2Wire.DATA,
          H2Wire.END_STREAM | H2Wire.PADDED,
          stream,
          new byte[] {4, 'a', 'b', 'c', 0, 0, 0, 0});
      assertEquals("abc", client.answer(stream).text());
    }
  }

  @Test
  void trailers_and_informational_heads_come_down() throws Exception {
    try (Origin origin =
            Origin.answering((wire, _) ->
                wire.send(
                    "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                        + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "5\r\nhello\r\n0\r\ngrpc-status: 0\r\nEmpty:\r\n\r\n"));
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      H2Wire.Answer answer = client.answer(client.get("/", "te: trailers"));
      assertEquals(List.of(103), answer.informational);
      assertEquals(200, answer.status);
      assertEquals("hello", answer.text());
      assertEquals(List.of(Map.entry("grpc-status", "0"), Map.entry("empty", "")), answer.trailers);
    }
  }

  @Test
  void a_client_that_expects_100_gets_it_from_the_endpoint() throws Exception {
    try (Origin origin =
            Origin.script(wire -> {
              Wire.Message head = wire.requestHead();
              if (head != null) {
                wire.send("HTTP/1.1 100 Continue\r\n\r\n");
                wire.ok(head, wire.withBody(head, false, false).body());
              }
            });
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      int stream = client.post("/", "expect: 100-continue", "content-length: 2");
      while (client.soFar(stream).informational.isEmpty()) {
        assertTrue(client.read());
      }
      client.data(stream, "ok", true);
      assertEquals("ok", client.answer(stream).text());
    }
  }

  @Test
  void fields_of_one_connection_stay_on_it() throws Exception {
    try (Origin origin =
            Origin.answering((wire, _) ->
                wire.send(
                    "HTTP/1.1 200 OK\r\nConnection: X-Hop, keep-alive\r\nX-Hop: 1\r\n"
                        + "Keep-Alive: timeout=1\r\nX-Request-Id: theirs\r\nX-Upper: Y\r\n"
                        + "Set-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n"));
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      H2Wire.Answer answer = client.answer(client.get("/"));
      List<String> names = answer.fields.stream().map(Map.Entry::getKey).sorted().toList();
      assertEquals(
          List.of(
              ":status",
              "content-length",
              "date",
              "set-cookie",
              "set-cookie",
              "x-request-id",
              "x-upper"),
          names);
      assertEquals(List.of("a=1", "b=2"), answer.values("set-cookie"));
    }
  }

  @Test
  void answers_without_a_body_end_with_their_head() throws Exception {
    try (Origin origin =
            Origin.answering((wire, request) ->
                wire.send(
                    switch (request.target()) {
                      case "/204" -> "HTTP/1.1 204 No Content\r\n\r\n";
                      case "/304" ->
                          "HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\nContent-Length: 9\r\n\r\n";
                      default -> "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n";
                    }));
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      assertEquals(204, client.answer(client.get("/204")).status);
      H2Wire.Answer unchanged = client.answer(client.get("/304"));
      assertEquals(
          "304 \"x\" 9",
          unchanged.status
              + " "
              + unchanged.value("etag")
              + " "
              + unchanged.value("content-length"));
      H2Wire.Answer head = client.answer(client.headers(true, H2Wire.fields("HEAD", "/")));
      assertEquals("9", head.value("content-length"));
      assertEquals("", head.text());
    }
  }

  @Test
  void cookies_are_joined_again() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      client.answer(client.get("/", "cookie: a=1", "x-a: b", "cookie: b=2", "cookie: c=3"));
      assertEquals("a=1; b=2; c=3", origin.requests().getFirst().value("Cookie"));
    }
  }

  @Test
  void a_head_may_come_in_pieces_and_leave_in_pieces() throws Exception {
    String large = "v".repeat(40_000);
    try (Origin origin =
            Origin.answering((wire, request) ->
                wire.send(
                    "HTTP/1.1 200 OK\r\nX-Back: "
                        + request.value("x-large")
                        + "\r\nContent-Length: 0\r\n\r\n"));
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      byte[] block = H2Wire.block(H2Wire.fields("GET", "/", "x-large: " + large));
      int stream = client.nextStream();
      for (int at = 0; at < block.length; at += 15_000) {
        byte[] piece = java.util.Arrays.copyOfRange(block, at, Math.min(block.length, at + 15_000));
        client.send(
            at == 0 ? H2Wire.HEADERS : H2Wire.CONTINUATION,
            (at == 0 ? H2Wire.END_STREAM : 0)
                | (at + 15_000 >= block.length ? H2Wire.END_HEADERS : 0),
            stream,
            piece);
      }
      assertEquals(large, client.answer(stream).value("x-back"));
    }
  }

  @Test
  void a_cut_answer_is_reset_and_never_looks_whole() throws Exception {
    try (Origin origin =
            Origin.script(wire -> {
              if (wire.request() != null) {
                wire.send("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + "x".repeat(50_000));
              }
            });
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      H2Wire.Answer answer = client.answer(client.get("/"));
      assertFalse(answer.ended);
      assertEquals(2, answer.reset); // INTERNAL_ERROR
      client.sync(); // others go on
    }
  }

  @Test
  void an_answer_that_is_cut_while_it_was_held_comes_from_elsewhere() throws Exception {
    try (Origin cutting =
            Origin.script(wire -> {
              if (wire.request() != null) {
                wire.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
              }
            });
        Origin whole = Origin.saying("whole");
        Proxy proxy = Proxy.on(transport).region("one", cutting).region("two", whole).start();
        H2Wire client = H2Wire.connect(proxy.port())) {
      assertEquals("whole", client.answer(client.get("/")).text());
    }
  }

  @Test
  void no_region_at_all_is_an_error_of_the_proxys_own() throws Exception {
    try (Origin absent = Origin.absent();
        Proxy proxy =
            Proxy.on(transport).region("one", absent).with("failover", "{ hold: 0s }").start();
        H2Wire client = H2Wire.connect(proxy.port())) {
      H2Wire.Answer answer = client.answer(client.get("/"));
      assertTrue(answer.status == 503 || answer.status == 502, answer.toString());
      assertTrue(answer.value("proxy-status").startsWith("meridian; error="));
      assertTrue(answer.text().startsWith(Integer.toString(answer.status)));
      assertEquals(Integer.toString(answer.text().length()), answer.value("content-length"));
      H2Wire.Answer head = client.answer(client.headers(true, H2Wire.fields("HEAD", "/")));
      assertEquals("", head.text());
    }
  }

  @Test
  void an_answer_before_the_upload_is_complete_ends_the_upload() throws Exception {
    try (Origin origin =
            Origin.script(wire -> {
              if (wire.requestHead() != null) {
                wire.status(403);
                wire.awaitEnd();
              }
            });
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      int stream = client.post("/");
      client.data(stream, "the first part", false);
      H2Wire.Answer answer = client.answer(stream);
      assertEquals(403, answer.status);
      assertTrue(answer.ended);
      while (answer.reset < 0) {
        assertTrue(client.read());
      }
      assertEquals(0, answer.reset); // NO_ERROR: the answer stands
      client.data(stream, "what was under way", false);
      client.trailers(stream, "x-late: 1");
      client.sync();
    }
  }

  @Test
  void a_reset_by_the_client_ends_the_request_at_the_endpoint() throws Exception {
    CountDownLatch came = new CountDownLatch(1);
    CountDownLatch let = new CountDownLatch(1);
    try (Origin origin =
            Origin.script(wire -> {
              if (wire.requestHead() != null) {
                came.countDown();
                wire.awaitEnd();
                let.countDown();
              }
            });
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      int stream = client.get("/");
      assertTrue(came.await(20, java.util.concurrent.TimeUnit.SECONDS));
      client.reset(stream, CANCEL);
      assertTrue(let.await(20, java.util.concurrent.TimeUnit.SECONDS));
      client.sync();
      assertEquals(499, proxy.log(1).getFirst().get("status").asInt());
      assertEquals(
          1, proxy.metric("meridian_http2_resets_total{listener=\"public\",reason=\"client"));
    }
  }

  @Test
  void a_reset_upload_never_looks_whole() throws Exception {
    List<String> heard = new java.util.concurrent.CopyOnWriteArrayList<>();
    CountDownLatch came = new CountDownLatch(1);
    CountDownLatch let = new CountDownLatch(1);
    try (Origin origin =
            Origin.script(wire -> {
              if (wire.requestHead() != null) {
                came.countDown();
                try {
                  heard.add(wire.readToEnd());
                } catch (java.io.IOException e) {
                  heard.add("cut");
                }
                let.countDown();
              }
            });
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      int stream = client.post("/");
      client.data(stream, "half", false);
      assertTrue(came.await(20, java.util.concurrent.TimeUnit.SECONDS));
      client.sync();
      client.reset(stream, CANCEL);
      assertTrue(let.await(20, java.util.concurrent.TimeUnit.SECONDS));
      assertFalse(heard.getFirst().contains("0\r\n\r\n"), heard.getFirst());
    }
  }

  @Test
  void a_connection_that_ends_ends_its_requests() throws Exception {
    try (Origin origin =
            Origin.script(wire -> {
              if (wire.requestHead() != null) {
                wire.awaitEnd();
              }
            });
        Proxy proxy = before(origin)) {
      try (H2Wire client = H2Wire.connect(proxy.port())) {
        client.get("/one");
        client.get("/two");
        client.data(client.post("/three"), "half", false);
        Await.until("they are under way", () -> proxy.meridian().requestsInProgress() == 3);
      }
      Await.until("all are over", () -> proxy.meridian().requestsInProgress() == 0);
      Await.until("no stream is left", () -> proxy.metric("meridian_http2_streams") == 0);
    }
  }

  @Test
  void a_small_list_limit_of_the_client_does_not_make_every_answer_fail() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port(), 6, 10, 1, 0)) {
      assertEquals("hello", client.answer(client.get("/")).text());
      assertEquals("hello", client.answer(client.get("/")).text());
    }
  }
}
