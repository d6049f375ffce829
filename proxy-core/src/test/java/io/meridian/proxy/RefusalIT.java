package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests that are refused, each with its status, and what becomes of the connection. */
@ExtendWith(NoLeaks.class)
@ParameterizedClass
@MethodSource("io.meridian.proxy.Transports#available")
class RefusalIT {
  @Parameter String transport = "";

  private Proxy before(Origin origin) {
    return Proxy.on(transport).region("one", origin);
  }

  private static void assertRefused(Proxy proxy, int status, String request) throws Exception {
    try (Wire client = proxy.client()) {
      client.send(request);
      Wire.Message answer = client.response();
      assertEquals(status, answer.status(), request);
      assertEquals("close", answer.value("Connection"), request);
      assertTrue(answer.has("X-Request-Id"));
      assertTrue(client.ends(), "the connection ends");
    }
  }

  @Test
  void what_is_no_request_is_refused_and_the_connection_closed() throws Exception {
    try (Origin origin = Origin.saying("never");
        Proxy proxy =
            before(origin)
                .with("limits", "{ request_line: 1KiB, head: 4KiB, fields: 20 }")
                .start()) {
      assertRefused(proxy, 400, "nonsense\r\n\r\n");
      assertRefused(proxy, 400, "GET / HTTP/1.1\r\n\r\n");
      assertRefused(
          proxy,
          400,
          "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n");
      assertRefused(proxy, 400, "GET / HTTP/1.1\r\nHost: a\r\n folded: x\r\n\r\n");
      assertRefused(proxy, 505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n");
      assertRefused(proxy, 414, "GET /" + "x".repeat(2000) + " HTTP/1.1\r\nHost: a.test\r\n\r\n");
      assertRefused(
          proxy, 431, "GET / HTTP/1.1\r\nHost: a.test\r\nX: " + "x".repeat(8000) + "\r\n\r\n");
      assertRefused(
          proxy, 431, "GET / HTTP/1.1\r\nHost: a.test\r\n" + "X: 1\r\n".repeat(40) + "\r\n");
      assertEquals(0, origin.requests().size());
      assertEquals(8, proxy.log(8).size());
    }
  }

  @Test
  void a_broken_request_behind_good_ones_is_refused_after_their_answers() throws Exception {
    try (Origin origin = Origin.saying("good");
        Proxy proxy = before(origin).start();
        Wire client = proxy.client()) {
      client.get("/").get("/").send("bad\r\n\r\n").get("/never");
      assertEquals("good", client.response().body());
      assertEquals("good", client.response().body());
      assertEquals(400, client.response().status());
      assertTrue(client.ends());
      assertEquals(2, origin.requests().size());
    }
  }

  @Test
  void a_request_that_no_route_takes_gets_404_and_keeps_its_connection() throws Exception {
    try (Origin origin = Origin.saying("yes");
        Proxy proxy =
            before(origin)
                .with("routes", "[{ name: api, match: { hosts: [b.test], paths: [\"/api/\"] } }]")
                .start();
        Wire client = proxy.client()) {
      client.post("/", "a body that nobody wants");
      Wire.Message answer = client.response();
      assertEquals(404, answer.status());
      assertEquals("meridian; error=destination_not_found", answer.value("Proxy-Status"));
      client.leave();
      try (Wire other = proxy.client()) {
        assertEquals(404, other.get("/").response().status());
        other.send("GET /api/x HTTP/1.1\r\nHost: B.test:80\r\n\r\n");
        assertEquals("yes", other.response().body());
        assertEquals(404, other.get("/").response().status());
      }
      assertEquals("none", proxy.log(1).getFirst().get("route").asText());
    }
  }

  @Test
  void a_body_over_the_limit_is_refused_before_and_while_it_is_sent() throws Exception {
    try (Origin origin = Origin.saying("yes");
        Proxy proxy = before(origin).with("limits", "{ body: 1KiB }").start()) {
      assertRefused(proxy, 413, "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5000\r\n\r\n");
      assertRefused(
          proxy,
          413,
          "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n"
              + "400\r\n"
              + "x".repeat(1024)
              + "\r\n400\r\n"
              + "x".repeat(1024)
              + "\r\n");
      assertEquals(0, origin.requests().size());
      try (Wire client = proxy.client()) {
        assertEquals("yes", client.post("/", "x".repeat(1024)).response().body());
      }
    }
  }

  @Test
  void broken_chunks_are_refused_and_cut_upstream() throws Exception {
    try (Origin origin = Origin.saying("never");
        Proxy proxy = before(origin).start()) {
      assertRefused(
          proxy,
          400,
          "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n");
      assertEquals(0, origin.requests().size());
    }
  }

  @Test
  void a_head_that_takes_too_long_gets_408() throws Exception {
    try (Origin origin = Origin.saying("yes");
        Proxy proxy = before(origin).with("timeouts", "{ request_head: 200ms }").start();
        Wire client = proxy.client()) {
      client.send("GET / HTTP/1.1\r\nHo");
      assertEquals(408, client.response().status());
      assertTrue(client.ends());
    }
  }

  @Test
  void the_408_behind_a_head_request_has_the_body_that_it_announces() throws Exception {
    try (Origin origin = Origin.saying("yes");
        Proxy proxy = before(origin).with("timeouts", "{ request_head: 200ms }").start();
        Wire client = proxy.client()) {
      client.send("HEAD / HTTP/1.1\r\nHost: a.test\r\n\r\n");
      assertEquals(200, client.responseToHead().status());
      client.send("GET / HTTP/1.1\r\nHo");
      assertEquals(408, client.response().status());
    }
  }

  @Test
  void a_body_that_takes_too_long_gets_408() throws Exception {
    try (Origin origin = Origin.saying("yes");
        Proxy proxy = before(origin).with("timeouts", "{ request_body: 200ms }").start();
        Wire client = proxy.client()) {
      client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\nhal");
      assertEquals(408, client.response().status());
      assertTrue(client.ends());
      assertEquals(0, origin.requests().size());
    }
  }

  @Test
  void an_idle_connection_ends_without_a_word() throws Exception {
    try (Origin origin = Origin.saying("yes");
        Proxy proxy = before(origin).with("timeouts", "{ idle: 200ms }").start();
        Wire client = proxy.client()) {
      assertEquals("yes", client.get("/").response().body());
      assertEquals("", client.readToEnd());
    }
  }

  @Test
  void connections_over_the_limit_are_closed() throws Exception {
    try (Origin origin = Origin.saying("yes");
        Proxy proxy = before(origin).with("limits", "{ connections: 2 }").start();
        Wire one = proxy.client();
        Wire two = proxy.client()) {
      assertEquals("yes", one.get("/").response().body());
      assertEquals("yes", two.get("/").response().body());
      try (Wire three = proxy.client()) {
        assertTrue(three.ends());
      }
      one.leave();
      Await.until(
          "there is room again",
          () -> {
            try (Wire three = proxy.client()) {
              return three.get("/").response().body().equals("yes");
            } catch (java.io.IOException e) {
              return false;
            }
          });
    }
  }
}
