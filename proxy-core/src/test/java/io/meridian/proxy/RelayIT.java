package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Messages in every framing, both ways, through a whole proxy. */
@SuppressWarnings("StringConcatToTextBlock") // line ends are part of what is tested
@ExtendWith(NoLeaks.class)
@ParameterizedClass
@MethodSource("io.meridian.proxy.Transports#available")
class RelayIT {
  @Parameter String transport = "";

  private Proxy before(Origin origin) throws Exception {
    return Proxy.on(transport).region("one", origin).start();
  }

  private static Origin sending(String answer) {
    return Origin.answering((wire, _) -> wire.send(answer));
  }

  @Test
  void many_requests_share_a_connection_on_both_sides() throws Exception {
    try (Origin origin = Origin.answering((wire, r) -> wire.ok(r, r.target()));
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      for (int i = 0; i < 50; i++) {
        assertEquals("/" + i, client.get("/" + i).response().body());
      }
      assertTrue(origin.connections() <= 4, "connections: " + origin.connections());
    }
  }

  @Test
  void pipelined_requests_are_answered_in_order() throws Exception {
    try (Origin origin = Origin.answering((wire, r) -> wire.ok(r, r.target()));
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      StringBuilder all = new StringBuilder();
      for (int i = 0; i < 200; i++) {
        all.append("GET /").append(i).append(" HTTP/1.1\r\nHost: a.test\r\n\r\n");
      }
      client.send(all.toString());
      for (int i = 0; i < 200; i++) {
        assertEquals("/" + i, client.response().body());
      }
    }
  }

  @Test
  void pipelined_posts_keep_their_bodies() throws Exception {
    try (Origin origin = Origin.answering((wire, r) -> wire.ok(r, r.body()));
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      client.post("/", "one").post("/", "two");
      client.send(
          "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n"
              + "5\r\nthree\r\n0\r\n\r\n");
      client.get("/4");
      assertEquals("one", client.response().body());
      assertEquals("two", client.response().body());
      assertEquals("three", client.response().body());
      assertEquals("", client.response().body());
    }
  }

  @Test
  void requests_that_come_byte_by_byte_are_understood() throws Exception {
    try (Origin origin = Origin.answering((wire, r) -> wire.ok(r, r.body()));
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      String request =
          "POST /x HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n"
              + "3;ext=1\r\nabc\r\n0\r\nX-T: 1\r\n\r\nGET / HTTP/1.1\r\nHost: a.test\r\n\r\n";
      for (int i = 0; i < request.length(); i++) {
        client.send(request.substring(i, i + 1));
      }
      assertEquals("abc", client.response().body());
      assertEquals(200, client.response().status());
    }
  }

  @Test
  void answers_that_come_byte_by_byte_are_understood() throws Exception {
    String answer =
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
            + "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
            + "5\r\nhello\r\n0\r\nX-Sum: 5\r\n\r\n";
    try (Origin origin =
            Origin.answering((wire, _) -> {
              for (int i = 0; i < answer.length(); i++) {
                wire.send(answer.substring(i, i + 1));
              }
            });
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      for (int i = 0; i < 3; i++) {
        client.get("/");
        assertEquals(103, client.head().status());
        Wire.Message last = client.response();
        assertEquals("hello", last.body());
        assertTrue(last.trailers().contains("X-Sum: 5"));
      }
    }
  }

  @Test
  void a_client_of_http_1_0_gets_a_body_that_ends_with_the_connection() throws Exception {
    try (Origin origin =
            sending(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      client.send("GET / HTTP/1.0\r\nHost: a.test\r\n\r\n");
      Wire.Message answer = client.response();
      assertEquals("hello", answer.body());
      assertFalse(answer.has("Transfer-Encoding"));
      assertEquals("close", answer.value("Connection"));
    }
  }

  @Test
  void a_client_of_http_1_0_may_keep_its_connection() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      for (int i = 0; i < 2; i++) {
        client.send("GET / HTTP/1.0\r\nHost: a.test\r\nConnection: keep-alive\r\n\r\n");
        Wire.Message answer = client.response();
        assertEquals("hello", answer.body());
        assertEquals("keep-alive", answer.value("Connection"));
      }
    }
  }

  @Test
  void a_client_that_says_close_is_closed_behind_its_answer() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      Wire.Message answer = client.get("/", "Connection: close\r\n").response();
      assertEquals("close", answer.value("Connection"));
      assertTrue(client.ends());
    }
  }

  @Test
  void answers_without_a_body_end_with_their_head() throws Exception {
    try (Origin origin =
            Origin.answering((wire, r) ->
                wire.send(
                    switch (r.target()) {
                      case "/204" -> "HTTP/1.1 204 No Content\r\n\r\n";
                      case "/304" ->
                          "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\nETag: x\r\n\r\n";
                      default -> "HTTP/1.1 200 OK\r\nContent-Length: 77\r\n\r\n";
                    }));
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      for (int i = 0; i < 3; i++) {
        assertEquals(204, client.get("/204").response().status());
        Wire.Message notModified = client.get("/304").response();
        assertEquals(304, notModified.status());
        assertEquals("99", notModified.value("Content-Length"));
        client.send("HEAD /head HTTP/1.1\r\nHost: a.test\r\n\r\n");
        assertEquals("77", client.responseToHead().value("Content-Length"));
      }
      assertTrue(origin.connections() <= 4, "connections: " + origin.connections());
    }
  }

  @Test
  void a_body_that_ends_with_the_origins_connection_is_chunked_for_the_client() throws Exception {
    try (Origin origin =
            Origin.script(wire -> {
              if (wire.request() != null) {
                wire.send("HTTP/1.1 200 OK\r\n\r\nall of it");
                wire.endOutput();
                wire.awaitEnd();
              }
            });
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      assertEquals("all of it", client.get("/").response().body());
      assertEquals("all of it", client.get("/").response().body());
    }
  }

  @Test
  void trailers_pass_in_both_directions() throws Exception {
    try (Origin origin =
            sending(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "5\r\nhello\r\n0\r\nX-Sum: 5\r\nContent-Length: 9\r\n\r\n");
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      client.send(
          "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n"
              + "3\r\nabc\r\n0\r\nX-Check: 1\r\nHost: evil\r\n\r\n");
      Wire.Message answer = client.response();
      assertEquals(java.util.List.of("X-Sum: 5"), answer.trailers());
      assertEquals(java.util.List.of("X-Check: 1"), origin.requests().getFirst().trailers());
    }
  }

  @Test
  void expect_continue_is_answered_by_the_origin() throws Exception {
    try (Origin origin =
            Origin.script(wire -> {
              Wire.Message head = wire.requestHead();
              if (head != null) {
                wire.send("HTTP/1.1 100 Continue\r\n\r\n");
                wire.ok(head, wire.withBody(head, false, false).body());
              }
            });
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      client.send(
          "PUT / HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
      assertEquals(100, client.head().status());
      client.send("body");
      assertEquals("body", client.response().body());
    }
  }

  @Test
  void expect_continue_may_be_refused_by_the_origin() throws Exception {
    try (Origin origin =
            Origin.script(wire -> {
              if (wire.requestHead() != null) {
                wire.status(417);
                wire.awaitEnd();
              }
            });
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      client.send(
          "PUT / HTTP/1.1\r\nHost: a.test\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n");
      Wire.Message answer = client.response();
      assertEquals(417, answer.status());
      assertEquals("close", answer.value("Connection"));
      assertTrue(client.ends());
    }
  }

  @Test
  void an_early_answer_reaches_a_client_that_is_still_sending() throws Exception {
    try (Origin origin =
            Origin.script(wire -> {
              Wire.Message head = wire.requestHead();
              if (head != null) {
                wire.read(head.method().equals("POST") ? 10_000 : 0);
                wire.status(413);
                wire.awaitEnd();
              }
            });
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 100000\r\n\r\n");
      client.send("x".repeat(20_000));
      Wire.Message answer = client.response();
      assertEquals(413, answer.status());
      client.send("x".repeat(80_000)); // the rest is dropped, the connection goes on
      client.get("/");
      assertEquals(413, client.response().status());
    }
  }

  @Test
  void large_bodies_pass_unharmed_in_both_directions() throws Exception {
    String large = "0123456789abcdef".repeat(256 * 1024); // 4 MiB
    try (Origin origin = Origin.answering((wire, r) -> wire.ok(r, r.body()));
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      Thread sender =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  client.post("/", large);
                } catch (java.io.IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      assertEquals(large, client.response().body());
      sender.join();
      assertEquals("small", client.post("/", "small").response().body());
    }
  }

  @Test
  void hop_by_hop_fields_stay_on_their_hop() throws Exception {
    try (Origin origin =
            sending(
                "HTTP/1.1 200 OK\r\nConnection: x-hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n"
                    + "Proxy-Authenticate: Basic\r\nX-End: 1\r\nContent-Length: 0\r\n\r\n");
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      Wire.Message answer =
          client
              .get(
                  "/",
                  "Connection: x-mine, keep-alive\r\nX-Mine: 1\r\nKeep-Alive: 5\r\nTE: trailers\r\n"
                      + "Proxy-Authorization: Basic x\r\nProxy-Connection: close\r\nX-End: 1\r\n")
              .response();
      assertEquals("1", answer.value("X-End"));
      for (String name : new String[] {"X-Hop", "Keep-Alive", "Connection"}) {
        assertFalse(answer.has(name), name);
      }
      Wire.Message request = origin.requests().getFirst();
      assertEquals("1", request.value("X-End"));
      for (String name :
          new String[] {
            "X-Mine", "Keep-Alive", "Connection", "TE", "Proxy-Authorization", "Proxy-Connection"
          }) {
        assertFalse(request.has(name), name);
      }
    }
  }

  @Test
  void an_origin_that_closes_after_each_answer_is_served_by_fresh_connections() throws Exception {
    try (Origin origin =
            Origin.script(wire -> {
              Wire.Message request = wire.request();
              if (request != null) {
                wire.send("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok");
              }
            });
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      for (int i = 0; i < 20; i++) {
        assertEquals("ok", client.post("/", "x").response().body());
      }
    }
  }

  @Test
  void bytes_behind_an_answer_never_reach_another_client() throws Exception {
    try (Origin origin =
            sending(
                "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n"
                    + "Content-Length: 4\r\n\r\nevil");
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      for (int i = 0; i < 5; i++) {
        assertEquals("ok", client.get("/").response().body());
      }
    }
  }

  @Test
  void a_client_that_leaves_takes_its_upstream_request_along() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch abandoned = new CountDownLatch(1);
    try (Origin origin =
            Origin.script(wire -> {
              if (wire.request() != null) {
                arrived.countDown();
                wire.awaitEnd();
                abandoned.countDown();
              }
            });
        Proxy proxy = before(origin)) {
      Wire client = proxy.client();
      client.post("/", "pay");
      assertTrue(arrived.await(20, TimeUnit.SECONDS));
      client.leave();
      assertTrue(abandoned.await(20, TimeUnit.SECONDS));
      var line = proxy.log(1).getFirst();
      assertEquals(499, line.get("status").asInt());
      assertEquals("client", line.get("terminated_by").asText());
      assertTrue(proxy.metric("meridian_client_abort") > 0);
    }
  }
}
