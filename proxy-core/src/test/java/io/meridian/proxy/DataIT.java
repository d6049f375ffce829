package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Requests go where the client's data is: from the write to the next read, over real sockets. */
@ExtendWith(NoLeaks.class)
class DataIT {
  private static final String REPLICA =
      "{ tcp: {}, interval: 1h, burst_interval: 1h, timeout: 1s,"
          + " replica: { lag_header: X-Lag, position_header: X-Position } }";

  @TempDir Path directory;
  private Path key;

  @BeforeEach
  void key() throws IOException {
    key = Files.writeString(directory.resolve("cookie.key"), "a secret of this test");
  }

  private static Origin saying(String body, String fields) {
    return Origin.answering((wire, request) ->
        wire.send(
            "HTTP/1.1 200 OK\r\nContent-Length: "
                + body.length()
                + "\r\n"
                + fields
                + "\r\n"
                + body));
  }

  private static Proxy proxy(Origin eu, Origin us, String data) {
    return Proxy.on("nio")
        .with("health", REPLICA)
        .with("routes", "[{ name: all, policy: priority, regions: [eu, us], data: " + data + " }]")
        .region("eu", eu)
        .region("us", us);
  }

  private static String cookie(Wire.Message answer) {
    String set = answer.value("Set-Cookie");
    assertFalse(set.isEmpty(), () -> "a cookie in " + answer.fields());
    return set.substring(0, set.indexOf(';'));
  }

  @Test
  void who_has_written_in_a_region_reads_there_until_the_others_have_it_too() throws Exception {
    AtomicReference<String> position = new AtomicReference<>("16/A");
    try (Origin eu =
            Origin.answering((wire, request) ->
                wire.send(
                    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Position: "
                        + position.get()
                        + "\r\n\r\neu"));
        Origin us = saying("us", "X-Position: 16/B\r\n");
        Proxy proxy =
            proxy(eu, us, "{ read_your_writes: { key_file: \"" + key + "\", region: us } }")
                .start();
        Wire client = proxy.client()) {
      position.set("16/C"); // of the write, which eu has passed on
      String cookie = "Cookie: " + cookie(client.post("/", "x").response()) + "\r\n";
      position.set("16/B");
      assertEquals("eu", client.get("/").response().body(), "others read where they did");
      assertEquals("us", client.get("/", cookie).response().body());
      assertEquals(0, proxy.metric("meridian_stale_reads_total"));
      position.set("16/C");
      assertEquals("eu", client.get("/").response().body());
      Await.until(
          "eu is known to have it",
          () -> {
            try {
              return client.get("/", cookie).response().body().equals("eu");
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          });
      assertEquals(
          "eu", client.get("/", "Cookie: meridian-wrote=us.ffffffff..x\r\n").response().body());
    }
  }

  @Test
  void a_read_that_has_nowhere_fresh_to_go_is_counted_or_refused() throws Exception {
    for (String otherwise : new String[] {"read", "refuse"}) {
      try (Origin eu = saying("eu", "");
          Origin us = saying("us", "");
          Proxy proxy =
              proxy(
                      eu,
                      us,
                      "{ read_your_writes: { region: us, otherwise: "
                          + otherwise
                          + ", key_file: \""
                          + key
                          + "\" } }")
                  .dial("us", 0)
                  .start();
          Wire client = proxy.client()) {
        String cookie = "Cookie: " + cookie(client.post("/", "x").response()) + "\r\n";
        Wire.Message answer = client.get("/", cookie).response();
        boolean refused = otherwise.equals("refuse");
        assertEquals(refused ? 503 : 200, answer.status());
        assertEquals(refused ? 0 : 1, proxy.metric("meridian_stale_reads_total{route=\"all\""));
        assertEquals(200, client.post("/", "y").response().status());
      }
    }
  }

  @Test
  void reads_leave_a_region_that_lags_and_come_back() throws Exception {
    AtomicReference<String> lag = new AtomicReference<>("0.5");
    try (Origin eu =
            Origin.answering((wire, request) ->
                wire.send(
                    "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Lag: " + lag.get() + "\r\n\r\neu"));
        Origin us = saying("us", "X-Lag: 0\r\n");
        Proxy proxy = proxy(eu, us, "{ max_lag: 2s }").start();
        Wire client = proxy.client()) {
      assertEquals("eu", client.get("/").response().body());
      lag.set("3.25");
      assertEquals("eu", client.get("/").response().body());
      Await.until(
          "the lag shows", () -> proxy.metric("meridian_region_lag_seconds{region=\"eu\"") == 3.25);
      assertEquals("us", client.get("/").response().body());
      assertEquals("eu", client.post("/", "x").response().body(), "writes stay");
      lag.set("1.7"); // within the bound, but not by enough
      assertEquals("eu", client.post("/", "x").response().body());
      Await.until(
          "it shows", () -> proxy.metric("meridian_region_lag_seconds{region=\"eu\"") == 1.7);
      assertEquals("us", client.get("/").response().body());
      lag.set("1.5");
      assertEquals("eu", client.post("/", "x").response().body());
      Await.until(
          "it shows", () -> proxy.metric("meridian_region_lag_seconds{region=\"eu\"") == 1.5);
      assertEquals("eu", client.get("/").response().body());
    }
  }

  @Test
  void probes_tell_of_lags_too() throws Exception {
    try (Origin eu = saying("eu", "X-Lag: 9\r\n");
        Origin us = saying("us", "");
        Proxy proxy =
            proxy(eu, us, "{ max_lag: 2s }")
                .with(
                    "health",
                    REPLICA.replace("tcp: {}", "http: {}").replace("interval: 1h", "interval: 1s"))
                .start()) {
      Await.until(
          "the lag shows", () -> proxy.metric("meridian_region_lag_seconds{region=\"eu\"") == 9);
      assertEquals("us", proxy.get("/").body());
    }
  }

  @Test
  void an_endpoint_sends_a_request_on_once_with_its_body() throws Exception {
    try (Origin eu = saying("no", "Meridian-Replay: region=us;state=seen\r\n");
        Origin us =
            Origin.answering((wire, request) ->
                wire.ok(request, request.body() + " " + request.value("X-Meridian-Replayed")));
        Proxy proxy = proxy(eu, us, "{ replay: {} }").start();
        Wire client = proxy.client()) {
      Wire.Message answer = client.post("/", "order").response();
      assertEquals("order region=eu;state=seen", answer.body());
      assertFalse(answer.has("Meridian-Replay"));
      assertEquals(1, proxy.metric("meridian_app_replays_total{route=\"all\",result=\"sent\""));
      String spoofed = "X-Meridian-Replayed: region=us\r\nMeridian-Replay: region=us\r\n";
      assertEquals(" region=eu;state=seen", client.get("/", spoofed).response().body());
      assertFalse(eu.requests().getLast().has("Meridian-Replay"));
      assertFalse(eu.requests().getLast().has("X-Meridian-Replayed"));
    }
  }

  @Test
  void a_request_that_was_sent_on_is_not_sent_on_again() throws Exception {
    try (Origin eu = saying("no", "Meridian-Replay: region=us\r\n");
        Origin us = saying("no", "Meridian-Replay: region=eu\r\n");
        Proxy proxy = proxy(eu, us, "{ replay: {} }").start();
        Wire client = proxy.client()) {
      Wire.Message answer = client.get("/").response();
      assertEquals(502, answer.status());
      assertFalse(answer.has("Meridian-Replay"));
      assertEquals(1, eu.requests().size());
      assertEquals(1, us.requests().size());
      assertEquals(1, proxy.metric("meridian_app_replays_total{route=\"all\",result=\"twice\""));
      assertTrue(proxy.log(1).getFirst().get("flags").toString().contains("RD"));
    }
  }

  @Test
  void an_edge_before_this_one_may_have_used_up_the_one_time() throws Exception {
    try (Origin eu = saying("no", "Meridian-Replay: region=us\r\n");
        Origin us = saying("us", "");
        Proxy proxy = proxy(eu, us, "{ replay: {} }").trusting("127.0.0.0/8").start();
        Wire client = proxy.client()) {
      String fields = "X-Meridian-Replayed: region=far\r\n";
      assertEquals(502, client.get("/", fields).response().status());
      assertEquals("region=far", eu.requests().getLast().value("X-Meridian-Replayed"));
      assertEquals("us", client.get("/").response().body());
    }
  }

  @Test
  void a_request_is_not_sent_on_past_a_fence_or_without_its_body() throws Exception {
    try (Origin eu = saying("no", "Meridian-Replay: region=us\r\n");
        Origin us = saying("us", "");
        Proxy proxy =
            proxy(eu, us, "{ replay: {} }, fence: eu-only")
                .with(
                    "fences",
                    "[{ name: eu-only, when: { paths: [/eu] }, allow: [eu], status: 451 }]")
                .with("failover", "{ replay_body: 1KiB }")
                .start();
        Wire client = proxy.client()) {
      assertEquals(451, client.get("/eu").response().status());
      assertEquals(1, proxy.metric("meridian_app_replays_total{route=\"all\",result=\"fence\""));
      assertEquals(1, proxy.metric("meridian_fence_blocked_total{fence=\"eu-only\""));
      assertEquals(502, client.post("/", "x".repeat(5000)).response().status());
      assertEquals(1, proxy.metric("meridian_app_replays_total{route=\"all\",result=\"body\""));
      assertEquals(0, us.requests().size());
    }
  }

  @Test
  void the_word_to_send_it_on_is_nothing_special_where_the_route_does_not_allow_it()
      throws Exception {
    try (Origin eu = saying("eu", "Meridian-Replay: region=us\r\n");
        Origin us = saying("us", "");
        Proxy proxy = proxy(eu, us, "{ max_lag: 2s }").start()) {
      assertEquals("region=us", proxy.get("/").value("Meridian-Replay"));
    }
  }
}
