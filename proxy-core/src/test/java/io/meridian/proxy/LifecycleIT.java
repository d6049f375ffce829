package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Reloading, draining, and what is written down of each request. */
@ExtendWith(NoLeaks.class)
@ParameterizedClass
@MethodSource("io.meridian.proxy.Transports#available")
class LifecycleIT {
  @Parameter String transport = "";

  @Test
  void a_reload_applies_routes_to_connections_that_are_open() throws Exception {
    try (Origin near = Origin.saying("near");
        Origin far = Origin.saying("far");
        Proxy proxy = Proxy.on(transport).region("near", near).region("far", far).start();
        Wire client = proxy.client()) {
      assertEquals("near", client.get("/").response().body());
      proxy.with("routes", "[{ name: other, regions: [far] }]");
      proxy.meridian().reload(proxy.config());
      assertEquals("far", client.get("/").response().body());
      assertEquals("other", proxy.log(2).get(1).get("route").asText());
    }
  }

  @Test
  void a_reload_brings_listeners_and_lets_those_that_it_takes_away_end_in_order() throws Exception {
    try (Origin near = Origin.saying("near");
        Proxy proxy =
            Proxy.on(transport)
                .region("near", near)
                .with("timeouts", "{ drain_quiet: 50ms }")
                .with(
                    "listeners",
                    "[{ name: first, address: \"127.0.0.1:0\" },"
                        + " { name: second, address: \"127.0.0.1:0\" }]")
                .start()) {
      int first = proxy.port();
      int second = proxy.meridian().listeners().get(1).address().getPort();
      try (Wire kept = Wire.connect(first);
          Wire busy = Wire.connect(second);
          Wire idle = Wire.connect(second)) {
        for (Wire each : new Wire[] {kept, busy, idle}) {
          assertEquals("near", each.get("/").response().body());
        }
        proxy.with(
            "listeners",
            "[{ name: third, address: \"127.0.0.1:0\" },"
                + " { name: first, address: \"127.0.0.1:0\" }]");
        proxy.meridian().reload(proxy.config());
        Wire.Message last = busy.get("/").response();
        assertEquals("near", last.body());
        assertEquals("close", last.value("Connection"));
        assertTrue(busy.ends());
        assertTrue(idle.ends());
        assertEquals("near", kept.get("/").response().body());
        assertFalse(kept.get("/").response().has("Connection"), "it stays");
      }
      awaitNobodyAt(second);
      assertEquals(first, proxy.meridian().listeners().get(1).address().getPort());
      try (Wire client = proxy.client()) {
        assertEquals("near", client.get("/").response().body());
      }
      assertEquals(
          1,
          proxy.log(7).stream()
              .filter(line -> line.get("listener").asText().equals("third"))
              .count());
    }
  }

  private static void awaitNobodyAt(int port) {
    Await.until(
        "nobody listens any more",
        () -> {
          try (Wire late = Wire.connect(port)) {
            late.awaitEnd();
            return false;
          } catch (java.io.IOException e) {
            return true;
          }
        });
  }

  @Test
  void a_reload_to_an_address_that_is_taken_changes_nothing() throws Exception {
    try (java.net.ServerSocket taken = new java.net.ServerSocket();
        Origin near = Origin.saying("near");
        Proxy proxy = Proxy.on(transport).region("near", near).start();
        Wire client = proxy.client()) {
      taken.bind(new java.net.InetSocketAddress(java.net.InetAddress.getLoopbackAddress(), 0));
      int port = proxy.port();
      proxy.with(
          "listeners",
          "[{ name: fine, address: \"127.0.0.1:0\" }, { name: public, address: \"127.0.0.1:"
              + taken.getLocalPort()
              + "\" }]");
      java.io.IOException refused =
          assertThrows(java.io.IOException.class, () -> proxy.meridian().reload(proxy.config()));
      String why = String.valueOf(refused.getMessage());
      assertTrue(why.startsWith("listener public:"), why);
      assertEquals(1, proxy.meridian().listeners().size());
      assertEquals(port, proxy.port());
      assertFalse(client.get("/").response().has("Connection"));
    }
  }

  @Test
  void a_reload_moves_the_admin_address() throws Exception {
    try (Origin near = Origin.saying("near");
        Proxy proxy = Proxy.on(transport).region("near", near).start()) {
      int before = proxy.meridian().adminAddress().getPort();
      proxy.with("admin", "{ address: \"localhost:0\" }");
      proxy.meridian().reload(proxy.config());
      int after = proxy.meridian().adminAddress().getPort();
      assertNotEquals(before, after);
      awaitNobodyAt(before);
      try (Wire admin = Wire.connect(after)) {
        assertEquals(200, admin.get("/livez").response().status());
      }
    }
  }

  @Test
  void a_drain_lets_clients_in_until_none_comes_any_more() throws Exception {
    try (Origin near = Origin.saying("near");
        Proxy proxy =
            Proxy.on(transport)
                .region("near", near)
                .with("timeouts", "{ drain_quiet: 300ms }")
                .start();
        Wire kept = proxy.client()) {
      assertEquals("near", kept.get("/").response().body());
      var drained =
          java.util.concurrent.CompletableFuture.supplyAsync(() -> {
            try {
              return proxy.meridian().drain(20_000);
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          });
      Await.until("it stops", () -> kept.get("/").response().has("Connection"));
      try (Wire late = proxy.client()) {
        Wire.Message answer = late.get("/").response();
        assertEquals("near", answer.body());
        assertEquals("close", answer.value("Connection"));
      }
      kept.leave();
      assertTrue(drained.get(20, TimeUnit.SECONDS));
      awaitNobodyAt(proxy.port());
    }
  }

  @Test
  void a_request_that_was_held_through_a_reload_obeys_the_new_routes() throws Exception {
    try (Origin near = Origin.absent();
        Origin far = Origin.saying("far");
        Origin third = Origin.saying("third");
        Proxy proxy =
            Proxy.on(transport)
                .region("near", near)
                .region("far", far)
                .region("third", third)
                .with(
                    "routes",
                    "[{ name: a, match: { paths: [\"/a\"] }, regions: [far] },"
                        + " { name: b, match: { paths: [\"/b\"] }, regions: [third] },"
                        + " { name: c, match: { paths: [\"/c\"] }, regions: [near] }]")
                .with("failover", "{ hold: 60s }")
                .start();
        Wire client = proxy.client();
        Wire other = proxy.client()) {
      client.post("/c", "held");
      other.post("/c/gone", "held");
      Await.until("both wait", () -> proxy.meridian().requestsParked() == 2);
      proxy.with(
          "routes",
          "[{ name: c, match: { paths: [\"/c\"] , methods: [POST] }, regions: [third] },"
              + " { name: d, match: { paths: [\"/c/gone\"], methods: [GET] }, regions: [far] }]");
      proxy.meridian().reload(proxy.config());
      assertEquals("third", client.response().body());
      assertEquals("third", other.response().body());
      assertEquals(0, far.requests().size());
    }
  }

  @Test
  void a_held_request_whose_route_a_reload_took_away_gets_404() throws Exception {
    try (Origin near = Origin.absent();
        Proxy proxy =
            Proxy.on(transport).region("near", near).with("failover", "{ hold: 60s }").start();
        Wire client = proxy.client()) {
      client.get("/");
      Await.until("it waits", () -> proxy.meridian().requestsParked() == 1);
      proxy.with("routes", "[{ name: api, match: { paths: [\"/api\"] } }]");
      proxy.meridian().reload(proxy.config());
      assertEquals(404, client.response().status());
    }
  }

  @Test
  void a_drain_lets_requests_finish_and_closes_what_is_idle() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch go = new CountDownLatch(1);
    try (Origin near =
            Origin.answering((wire, request) -> {
              if (request.target().equals("/slow")) {
                arrived.countDown();
                go.await();
              }
              wire.ok(request, "done");
            });
        Proxy proxy =
            Proxy.on(transport)
                .region("near", near)
                .with("failover", "{ hedge: false }")
                .with("timeouts", "{ drain_quiet: 0s }")
                .start();
        Wire busy = proxy.client();
        Wire idle = proxy.client();
        Wire fresh = proxy.client()) {
      assertEquals("done", idle.get("/").response().body());
      busy.get("/slow");
      assertTrue(arrived.await(20, TimeUnit.SECONDS));
      int port = proxy.port();
      var drained =
          java.util.concurrent.CompletableFuture.supplyAsync(() -> {
            try {
              return proxy.meridian().drain(20_000);
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          });
      assertTrue(idle.ends());
      assertTrue(fresh.ends());
      awaitNobodyAt(port);
      go.countDown();
      Wire.Message answer = busy.response();
      assertEquals("done", answer.body());
      assertEquals("close", answer.value("Connection"));
      assertTrue(busy.ends());
      busy.leave();
      assertTrue(drained.get(20, TimeUnit.SECONDS));
    }
  }

  @Test
  void each_request_is_one_line_with_what_became_of_it() throws Exception {
    try (Origin near = Origin.saying("hello");
        Proxy proxy = Proxy.on(transport).region("near", near).start();
        Wire client = proxy.client()) {
      String request =
          "POST /a/b?secret=1 HTTP/1.1\r\nHost: A.test:81\r\nUser-Agent: tester\r\n"
              + "Content-Length: 4\r\n\r\nbody";
      client.send(request);
      Wire.Message answer = client.response();
      client.send("bad\r\n\r\n");
      assertEquals(400, client.response().status());
      var lines = proxy.log(2);
      JsonNode line = lines.get(0);
      assertEquals(answer.value("X-Request-Id"), line.get("request_id").asText());
      assertEquals("public", line.get("listener").asText());
      assertEquals("all", line.get("route").asText());
      assertEquals("127.0.0.1", line.get("client_ip").asText());
      assertEquals("POST", line.get("method").asText());
      assertEquals("a.test", line.get("host").asText());
      assertEquals("/a/b", line.get("path").asText());
      assertEquals("HTTP/1.1", line.get("protocol").asText());
      assertEquals(200, line.get("status").asInt());
      assertEquals(request.length(), line.get("bytes_in").asInt());
      assertEquals("near", line.get("region").asText());
      assertEquals("127.0.0.1:" + near.port(), line.get("endpoint").asText());
      assertEquals(200, line.get("upstream_status").asInt());
      assertEquals("tester", line.get("user_agent").asText());
      assertEquals("priority", line.get("decision").get("reason").asText());
      assertFalse(line.has("attempts"));
      assertFalse(line.has("flags"));
      assertEquals(400, lines.get(1).get("status").asInt());
      assertFalse(lines.get(1).has("path"));
      assertEquals("none", lines.get(1).get("route").asText());
    }
  }
}
