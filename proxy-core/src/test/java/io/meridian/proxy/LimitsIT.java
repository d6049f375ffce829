package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What one client may take up, what all may, and how they are told. */
@ExtendWith(NoLeaks.class)
@ParameterizedClass
@MethodSource("io.meridian.proxy.Transports#available")
class LimitsIT {
  @Parameter String transport = "";

  private Proxy before(Origin origin) {
    return Proxy.on(transport).region("one", origin);
  }

  private static double rejected(Proxy proxy, String reason) {
    return proxy.metric("meridian_rejections_total{listener=\"public\",reason=\"" + reason + "\"");
  }

  /** Sends single bytes without end until an answer comes. */
  private static Wire.Message dripUntilAnswered(Wire client) throws IOException {
    while (client.socket().getInputStream().available() == 0) {
      client.send("x");
    }
    return client.response();
  }

  @Test
  void a_connection_serves_so_many_requests_and_says_with_the_last_that_it_is() throws Exception {
    try (Origin origin = Origin.saying("yes");
        Proxy proxy =
            before(origin).with("limits", "{ client: { requests_per_connection: 3 } }").start();
        Wire client = proxy.client()) {
      assertFalse(client.get("/").response().has("Connection"));
      assertFalse(client.get("/").response().has("Connection"));
      assertEquals("close", client.get("/").response().value("Connection"));
      assertTrue(client.ends());
    }
  }

  @Test
  void a_connection_that_is_old_ends_with_its_next_answer() throws Exception {
    try (Origin origin = Origin.saying("yes");
        Proxy proxy =
            before(origin).with("limits", "{ client: { connection_age: 100ms } }").start();
        Wire client = proxy.client()) {
      Await.until(
          "it is the last answer",
          () -> client.get("/").response().value("Connection").equals("close"));
      assertTrue(client.ends());
    }
  }

  @Test
  void a_client_has_so_many_connections_at_a_time() throws Exception {
    try (Origin origin = Origin.saying("yes");
        Proxy proxy = before(origin).with("limits", "{ client: { connections: 2 } }").start();
        Wire one = proxy.client();
        Wire two = proxy.client()) {
      assertEquals("yes", one.get("/").response().body());
      assertEquals("yes", two.get("/").response().body());
      try (Wire three = proxy.client()) {
        assertTrue(three.ends());
      }
      assertEquals(1, rejected(proxy, "client_connections"));
      one.leave();
      Await.until(
          "there is room again",
          () -> {
            try (Wire three = proxy.client()) {
              return three.get("/").response().body().equals("yes");
            } catch (IOException e) {
              return false;
            }
          });
    }
  }

  @Test
  void a_trusted_proxy_has_as_many_connections_as_it_likes() throws Exception {
    try (Origin origin = Origin.saying("yes");
        Proxy proxy =
            before(origin)
                .trusting("127.0.0.0/8")
                .with("limits", "{ client: { connections: 1 } }")
                .start();
        Wire one = proxy.client();
        Wire two = proxy.client()) {
      assertEquals("yes", one.get("/").response().body());
      assertEquals("yes", two.get("/").response().body());
    }
  }

  @Test
  void idle_connections_make_room_for_new_clients() throws Exception {
    List<Wire> idle = new ArrayList<>();
    try (Origin origin = Origin.saying("yes");
        Proxy proxy =
            before(origin)
                .with("limits", "{ connections: 12, client: { connections: 12 } }")
                .start()) {
      for (int i = 0; i < 12; i++) {
        Wire client = proxy.client();
        idle.add(client);
        assertEquals("yes", client.get("/").response().body());
      }
      Await.until(
          "a new one is served",
          () -> {
            try (Wire newcomer = proxy.client()) {
              return newcomer.get("/").response().body().equals("yes");
            } catch (IOException e) {
              return false;
            }
          });
      assertTrue(rejected(proxy, "idle_evicted") >= 1);
    } finally {
      for (Wire client : idle) {
        client.close();
      }
    }
  }

  @Test
  void a_head_that_drips_is_cut_at_its_deadline() throws Exception {
    try (Origin origin = Origin.saying("yes");
        Proxy proxy =
            before(origin)
                .with("timeouts", "{ request_head: 200ms }")
                .with("limits", "{ head: 1MiB }")
                .start();
        Wire client = proxy.client()) {
      client.send("GET / HTTP/1.1\r\nHost: a.test\r\nX: ");
      assertEquals(408, dripUntilAnswered(client).status());
      assertEquals(1, rejected(proxy, "head_timeout"));
    }
  }

  @Test
  void the_time_of_a_pipelined_head_counts_from_its_own_first_byte() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    try (Origin origin =
            Origin.answering((wire, request) -> {
              go.await();
              wire.ok(request, "late");
            });
        Proxy proxy =
            before(origin)
                .with("timeouts", "{ request_head: 300ms }")
                .with("failover", "{ hedge: false }")
                .start();
        Wire client = proxy.client()) {
      client.get("/").send("GET /never HTTP/1.1\r\nHo");
      Await.until("the first is there", () -> !origin.requests().isEmpty());
      go.countDown();
      assertEquals("late", client.response().body());
      assertEquals(408, client.response().status());
      assertTrue(client.ends());
    }
  }

  @Test
  void a_body_that_drips_is_cut_though_it_never_stops() throws Exception {
    try (Origin origin = Origin.saying("never");
        Proxy proxy =
            before(origin)
                .with("timeouts", "{ request_body: 200ms }")
                .with("limits", "{ client: { request_rate: 1GiB } }")
                .start();
        Wire client = proxy.client()) {
      client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000000000\r\n\r\n");
      Wire.Message answer = dripUntilAnswered(client);
      assertEquals(408, answer.status());
      assertEquals("close", answer.value("Connection"));
      assertEquals(1, rejected(proxy, "body_rate"));
      assertEquals(0, origin.requests().size());
    }
  }

  @Test
  void a_client_that_takes_nothing_of_its_answer_is_cut() throws Exception {
    try (Origin origin =
            Origin.answering((wire, _) -> {
              wire.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
              byte[] piece = new byte[64 * 1024];
              for (int sent = 0; sent < 100_000_000; sent += piece.length) {
                wire.send(piece);
              }
            });
        Proxy proxy = before(origin).with("timeouts", "{ response_body: 300ms }").start();
        Wire client = Wire.connectNarrow(proxy.port())) {
      client.get("/");
      Await.until("it is cut", () -> rejected(proxy, "response_rate") == 1);
      assertEquals("DC", proxy.log(1).getFirst().get("flags").asText());
      client.awaitEnd();
    }
  }

  @Test
  void requests_beyond_the_rate_of_a_client_get_429() throws Exception {
    try (Origin origin = Origin.saying("yes");
        Proxy proxy =
            before(origin)
                .trusting("127.0.0.0/8")
                .with("limits", "{ client: { rate_limit: { requests: 1/h, burst: 2 } } }")
                .start();
        Wire client = proxy.client()) {
      String one = "X-Forwarded-For: 192.0.2.1\r\n";
      assertEquals(200, client.get("/", one).response().status());
      assertEquals(200, client.get("/", one).response().status());
      Wire.Message answer = client.get("/", one).response();
      assertEquals(429, answer.status());
      assertTrue(Integer.parseInt(answer.value("Retry-After")) > 3000);
      assertEquals(200, client.get("/", "X-Forwarded-For: 192.0.2.2\r\n").response().status());
      assertEquals(3, origin.requests().size());
      assertEquals(1, rejected(proxy, "request_rate"));
      assertEquals("RL", proxy.log(4).get(2).get("flags").asText());
      proxy.with("timeouts", "{ idle: 50s }");
      proxy.meridian().reload(proxy.config());
      assertEquals(429, client.get("/", one).response().status(), "a reload forgets nothing");
    }
  }

  @Test
  void a_route_has_a_rate_of_its_own_for_all_clients_together() throws Exception {
    try (Origin origin = Origin.saying("yes");
        Proxy proxy =
            before(origin)
                .with(
                    "routes",
                    "[{ name: api, match: { paths: [\"/api/\"] }, rate_limit: { requests: 1/h, by:"
                        + " all } }, { name: rest }]")
                .start();
        Wire client = proxy.client()) {
      assertEquals(200, client.get("/api/").response().status());
      assertEquals(429, client.get("/api/").response().status());
      assertEquals(200, client.get("/").response().status());
    }
  }

  @Test
  void requests_beyond_those_in_progress_get_503_and_those_come_through() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    List<Wire> clients = new ArrayList<>();
    try (Origin origin =
            Origin.answering((wire, request) -> {
              go.await();
              wire.ok(request, "done");
            });
        Proxy proxy =
            before(origin)
                .with("limits", "{ overload: { requests: 2 } }") // one for each worker
                .with("failover", "{ hedge: false }")
                .start()) {
      for (int i = 0; i < 3; i++) {
        clients.add(proxy.client().get("/"));
      }
      Await.until("one is turned away", () -> rejected(proxy, "overload_requests") >= 1);
      Await.until("the others wait", () -> !origin.requests().isEmpty());
      go.countDown();
      int done = 0;
      for (Wire client : clients) {
        Wire.Message answer = client.response();
        if (answer.status() == 200) {
          done++;
        } else {
          assertEquals(503, answer.status());
          assertEquals("1", answer.value("Retry-After"));
          assertEquals("done", client.get("/").response().body(), "the connection goes on");
        }
      }
      assertEquals(origin.requests().size() - (3 - done), done);
    } finally {
      for (Wire client : clients) {
        client.close();
      }
    }
  }
}
