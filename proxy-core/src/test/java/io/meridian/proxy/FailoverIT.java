package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.meridian.proxy.admin.Event;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** What a client sees when regions fail; {@code near} is the first choice, {@code far} the next. */
@SuppressWarnings("StringConcatToTextBlock") // line ends are part of what is tested
@ExtendWith(NoLeaks.class)
@ParameterizedClass
@MethodSource("io.meridian.proxy.Transports#available")
class FailoverIT {
  private static final String PLAIN_HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n";

  @Parameter String transport = "";

  private Proxy between(Origin near, Origin far) {
    return Proxy.on(transport).region("near", near).region("far", far);
  }

  /** An origin that reads a request and then does this, and closes. */
  private static Origin after(Origin.Answer deed) {
    Origin[] self = new Origin[1];
    self[0] =
        Origin.script(wire -> {
          Wire.Message request = wire.request();
          if (request != null) {
            self[0].note(request);
            deed.give(wire, request);
          }
        });
    return self[0];
  }

  private static Origin resetting() {
    return after((wire, _) -> wire.reset());
  }

  private static Origin hanging() {
    return after((wire, _) -> wire.awaitEnd());
  }

  @Test
  void a_refused_connection_is_not_seen_by_the_client() throws Exception {
    try (Origin near = Origin.absent();
        Origin far = Origin.saying("far");
        Proxy proxy = between(near, far).start();
        Wire client = proxy.client()) {
      assertEquals("far", client.get("/").response().body());
      assertEquals("far", client.post("/", "unrepeatable").response().body());
    }
  }

  @Test
  void a_get_that_was_reset_before_its_answer_is_repeated_elsewhere() throws Exception {
    try (Origin near = resetting();
        Origin far = Origin.saying("far");
        Proxy proxy = between(near, far).start()) {
      assertEquals("far", proxy.get("/x").body());
      assertEquals(1, near.requests().size());
      assertEquals("2", far.requests().getFirst().value("X-Meridian-Attempt"));
      JsonNode line = proxy.log(1).getFirst();
      assertEquals(2, line.get("attempt_count").asInt());
      assertEquals("far", line.get("region").asText());
      assertTrue(line.get("flags").asText().contains("RF"), line.toString());
    }
  }

  @Test
  void a_post_that_was_reset_before_its_answer_is_never_repeated() throws Exception {
    try (Origin near = resetting();
        Origin far = Origin.saying("far");
        Proxy proxy = between(near, far).start();
        Wire client = proxy.client()) {
      Wire.Message answer = client.post("/", "pay").response();
      assertEquals(502, answer.status());
      assertEquals(
          "meridian; error=connection_terminated; details=\"bytes_sent\"",
          answer.value("Proxy-Status"));
      assertEquals(0, far.requests().size());
      assertEquals("bytes_sent", proxy.log(1).getFirst().get("retry_denied").asText());
    }
  }

  @Test
  void a_post_with_an_idempotency_key_is_repeated() throws Exception {
    try (Origin near = resetting();
        Origin far = Origin.saying("far");
        Proxy proxy = between(near, far).start();
        Wire client = proxy.client()) {
      client.send(
          "POST / HTTP/1.1\r\nHost: a.test\r\nIdempotency-Key: \"k\"\r\nContent-Length: 3\r\n\r\npay");
      assertEquals("far", client.response().body());
      assertEquals("pay", far.requests().getFirst().body());
    }
  }

  @Test
  void a_chunked_put_is_repeated_with_its_body_and_trailers() throws Exception {
    try (Origin near = resetting();
        Origin far = Origin.saying("far");
        Proxy proxy = between(near, far).start();
        Wire client = proxy.client()) {
      client.send(
          "PUT / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n"
              + "3\r\none\r\n3\r\ntwo\r\n0\r\nX-Sum: 6\r\n\r\n");
      assertEquals("far", client.response().body());
      assertEquals("onetwo", far.requests().getFirst().body());
      assertTrue(far.requests().getFirst().trailers().contains("X-Sum: 6"));
    }
  }

  @Test
  void a_put_whose_body_is_longer_than_what_is_held_is_not_repeated() throws Exception {
    try (Origin near = resetting();
        Origin far = Origin.saying("far");
        Proxy proxy = between(near, far).with("failover", "{ replay_body: 1KiB }").start();
        Wire client = proxy.client()) {
      client.send(
          "PUT / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 4000\r\n\r\n" + "x".repeat(4000));
      Wire.Message answer = client.response();
      assertEquals(502, answer.status());
      assertTrue(answer.value("Proxy-Status").contains("body_over_limit"), answer.toString());
      assertEquals(0, far.requests().size());
    }
  }

  @Test
  void a_short_answer_that_was_cut_is_fetched_again_unseen() throws Exception {
    try (Origin near = after((wire, _) -> wire.send(PLAIN_HEAD + "12345"));
        Origin far = Origin.saying("0123456789");
        Proxy proxy = between(near, far).start();
        Wire client = proxy.client()) {
      assertEquals("0123456789", client.get("/").response().body());
      assertEquals("0123456789", client.get("/").response().body());
    }
  }

  @Test
  void a_short_answer_that_stops_half_way_is_fetched_again_unseen() throws Exception {
    String body = "x".repeat(4096);
    String head = "HTTP/1.1 200 OK\r\nContent-Length: 4096\r\n\r\n";
    for (int sent : new int[] {0, 1, 2000, 2800, 4095}) {
      try (Origin near =
              after((wire, _) -> {
                wire.send(head + body.substring(0, sent));
                wire.awaitEnd();
              });
          Origin far = Origin.answering((wire, _) -> wire.send(head + body));
          Proxy proxy = between(near, far).start();
          Wire client = proxy.client()) {
        assertEquals(body, client.get("/").response().body());
      }
    }
  }

  @Test
  void a_head_that_was_cut_is_fetched_again_unseen() throws Exception {
    try (Origin near = after((wire, _) -> wire.send("HTTP/1.1 200 OK\r\nContent-Le"));
        Origin far = Origin.saying("far");
        Proxy proxy = between(near, far).start()) {
      assertEquals("far", proxy.get("/").body());
    }
  }

  @Test
  void broken_chunks_of_a_short_answer_are_not_seen_by_the_client() throws Exception {
    try (Origin near =
            after((wire, _) -> {
              wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nxy");
              wire.awaitEnd();
            });
        Origin far = Origin.saying("far");
        Proxy proxy = between(near, far).start()) {
      assertEquals("far", proxy.get("/").body());
    }
  }

  @Test
  void an_answer_that_is_no_http_is_not_seen_by_the_client() throws Exception {
    try (Origin near =
            after((wire, _) -> {
              wire.send("SSH-2.0-OpenSSH_9.9\r\n\r\nand much more of it");
              wire.awaitEnd();
            });
        Origin far = Origin.saying("far");
        Proxy proxy = between(near, far).start()) {
      assertEquals("far", proxy.get("/").body());
    }
  }

  @Test
  void a_long_answer_that_was_cut_never_looks_whole() throws Exception {
    String half = "x".repeat(200_000);
    try (Origin near =
            after((wire, _) ->
                wire.send("HTTP/1.1 200 OK\r\nContent-Length: 400000\r\n\r\n" + half));
        Origin far = Origin.saying("far");
        Proxy proxy = between(near, far).start();
        Wire client = proxy.client()) {
      client.get("/");
      assertThrows(IOException.class, client::response);
      assertEquals("upstream", proxy.log(1).getFirst().get("terminated_by").asText());
    }
  }

  @Test
  void a_long_chunked_answer_that_was_cut_never_looks_whole() throws Exception {
    String half = "30d40\r\n" + "x".repeat(200_000) + "\r\n";
    try (Origin near =
            after((wire, _) ->
                wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + half));
        Origin far = Origin.saying("far");
        Proxy proxy = between(near, far).start();
        Wire client = proxy.client()) {
      client.get("/");
      assertThrows(IOException.class, client::response);
    }
  }

  @Test
  void a_long_answer_that_was_cut_is_reset_for_a_client_that_reads_up_to_the_end()
      throws Exception {
    String half = "30d40\r\n" + "x".repeat(200_000) + "\r\n";
    try (Origin near =
            after((wire, _) ->
                wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + half));
        Origin far = Origin.saying("far");
        Proxy proxy = between(near, far).start();
        Wire client = proxy.client()) {
      client.send("GET / HTTP/1.0\r\nHost: a.test\r\n\r\n");
      assertThrows(IOException.class, client::response);
    }
  }

  @Test
  void a_503_with_a_body_moves_any_request() throws Exception {
    try (Origin near = Origin.answering((wire, _) -> wire.status(503));
        Origin far = Origin.saying("far");
        Proxy proxy = between(near, far).start();
        Wire client = proxy.client()) {
      assertEquals("far", client.get("/").response().body());
      assertEquals("far", client.post("/", "pay").response().body());
      assertEquals("pay", far.requests().getLast().body());
    }
  }

  @Test
  void a_503_is_passed_on_when_there_is_nobody_else() throws Exception {
    try (Origin near = Origin.answering((wire, _) -> wire.status(503));
        Origin far = Origin.answering((wire, _) -> wire.status(503));
        Proxy proxy = between(near, far).start();
        Wire client = proxy.client()) {
      Wire.Message answer = client.get("/").response();
      assertEquals(503, answer.status());
      assertEquals("so.\n", answer.body());
    }
  }

  @Test
  void a_502_moves_a_get_and_no_post() throws Exception {
    try (Origin near = Origin.answering((wire, _) -> wire.status(502));
        Origin far = Origin.saying("far");
        Proxy proxy = between(near, far).start();
        Wire client = proxy.client()) {
      assertEquals("so.\n", client.post("/", "pay").response().body());
      assertEquals("far", client.get("/").response().body());
    }
  }

  @Test
  void a_status_that_is_no_failure_is_an_answer_like_any_other() throws Exception {
    try (Origin near = Origin.answering((wire, _) -> wire.status(501));
        Origin far = Origin.saying("far");
        Proxy proxy = between(near, far).start()) {
      assertEquals(501, proxy.get("/").status());
      assertEquals(0, far.requests().size());
    }
  }

  @Test
  void an_overdue_answer_is_overtaken_by_a_hedge() throws Exception {
    try (Origin near = hanging();
        Origin far = Origin.saying("far");
        Proxy proxy = between(near, far).start()) {
      assertEquals("far", proxy.get("/").body());
      assertEquals(1, near.requests().size());
      Await.until("the loser is cut", () -> near.connections() <= 2);
      JsonNode line = proxy.log(1).getFirst();
      assertEquals("far", line.get("region").asText());
      assertEquals("overdue", line.get("attempts").get(0).get("outcome").asText());
    }
  }

  @Test
  void the_first_attempt_wins_when_it_answers_before_its_hedge() throws Exception {
    CountDownLatch hedged = new CountDownLatch(1);
    try (Origin near =
            Origin.answering((wire, request) -> {
              hedged.await();
              wire.ok(request, "near");
            });
        Origin far =
            after((wire, _) -> {
              hedged.countDown();
              wire.awaitEnd();
            });
        Proxy proxy = between(near, far).start();
        Wire client = proxy.client()) {
      assertEquals("near", client.get("/").response().body());
      assertEquals(1, far.requests().size());
    }
  }

  @Test
  void a_hedge_that_fails_harms_nobody() throws Exception {
    CountDownLatch hedged = new CountDownLatch(1);
    try (Origin near =
            Origin.answering((wire, request) -> {
              hedged.await();
              wire.ok(request, "near");
            });
        Origin far =
            after((wire, _) -> {
              wire.reset();
              hedged.countDown();
            });
        Proxy proxy = between(near, far).start()) {
      assertEquals("near", proxy.get("/").body());
    }
  }

  @Test
  void a_post_is_never_hedged() throws Exception {
    CountDownLatch late = new CountDownLatch(1);
    try (Origin near =
            Origin.answering((wire, request) -> {
              late.await();
              wire.ok(request, "near");
            });
        Origin far = Origin.saying("far");
        Proxy proxy = between(near, far).start();
        Wire client = proxy.client();
        Wire other = proxy.client()) {
      client.post("/", "pay");
      other.get("/");
      assertEquals("far", other.response().body());
      late.countDown();
      assertEquals("near", client.response().body());
      assertFalse(far.requests().stream().anyMatch(r -> r.method().equals("POST")));
    }
  }

  @Test
  void the_deadline_ends_what_hangs_with_504() throws Exception {
    try (Origin near = hanging();
        Origin far = hanging();
        Proxy proxy =
            between(near, far)
                .with(
                    "routes",
                    "[{ name: all, policy: priority, regions: [near, far], deadline: 700ms }]")
                .start();
        Wire client = proxy.client()) {
      Wire.Message answer = client.get("/").response();
      assertEquals(504, answer.status());
      assertEquals(
          "meridian; error=http_response_timeout; details=\"deadline\"",
          answer.value("Proxy-Status"));
      JsonNode line = proxy.log(1).getFirst();
      assertEquals("deadline", line.get("retry_denied").asText());
      assertEquals("timeout", line.get("terminated_by").asText());
    }
  }

  @Test
  void a_request_is_held_until_a_region_is_back() throws Exception {
    try (Origin near = Origin.saying("near")) {
      near.stop(); // before there is a connection on which a request could be lost
      try (Proxy proxy =
              Proxy.on(transport)
                  .region("near", near)
                  .with(
                      "health", "{ tcp: {}, interval: 50ms, burst_interval: 20ms, timeout: 50ms }")
                  .with("failover", "{ hold: 15s }")
                  .start();
          Wire client = proxy.client()) {
        client.post("/", "pay");
        Await.until("the request waits", () -> proxy.meridian().requestsParked() == 1);
        near.restart();
        assertEquals("near", client.response().body());
        assertEquals("pay", near.requests().getLast().body());
        Await.until(
            "the hold and its end are told",
            () ->
                proxy.meridian().events().latest().stream()
                    .filter(event -> event.kind().equals("hold"))
                    .map(Event::to)
                    .toList()
                    .equals(List.of("passing", "holding")));
      }
    }
  }

  @Test
  void a_held_request_is_refused_when_nobody_comes_back() throws Exception {
    try (Origin near = Origin.absent();
        Origin far = Origin.absent();
        Proxy proxy = between(near, far).with("failover", "{ hold: 2s }").start();
        Wire client = proxy.client()) {
      Wire.Message answer = client.get("/").response();
      assertEquals(503, answer.status());
      assertEquals("1", answer.value("Retry-After"));
      assertTrue(answer.value("Proxy-Status").contains("destination_unavailable"));
    }
  }

  @Test
  void a_client_that_leaves_while_its_request_is_held_is_forgotten() throws Exception {
    try (Origin near = Origin.absent();
        Proxy proxy =
            Proxy.on(transport).region("near", near).with("failover", "{ hold: 60s }").start()) {
      try (Wire client = proxy.client()) {
        client.post("/", "pay");
        Await.until("the request waits", () -> proxy.meridian().requestsParked() == 1);
      }
      assertEquals(499, proxy.log(1).getFirst().get("status").asInt());
    }
  }

  @Test
  void a_fence_holds_when_all_allowed_regions_are_down() throws Exception {
    try (Origin near = Origin.absent();
        Origin far = Origin.saying("far");
        Proxy proxy =
            between(near, far)
                .with("fences", "[{ name: home, allow: [near] }]")
                .with(
                    "routes",
                    "[{ name: all, policy: priority, regions: [near, far], fence: home }]")
                .with("failover", "{ hold: 200ms }")
                .start()) {
      assertEquals(503, proxy.get("/").status());
      assertEquals(0, far.requests().size());
    }
  }

  @Test
  void a_fence_whose_regions_are_down_answers_with_its_status() throws Exception {
    try (Origin near = Origin.absent();
        Origin far = Origin.saying("far");
        Proxy proxy =
            between(near, far)
                .with("fences", "[{ name: home, allow: [near], status: 451 }]")
                .with(
                    "routes",
                    "[{ name: all, policy: priority, regions: [near, far], fence: home }]")
                .with("failover", "{ hold: 0s }")
                .with("health", "{ tcp: {}, interval: 100ms, timeout: 100ms }")
                .start()) {
      // Traffic alone does not eject the only region that the fence leaves.
      Await.until("the region is ejected", () -> proxy.get("/").status() == 451);
      assertEquals(0, far.requests().size());
    }
  }

  @Test
  void a_pooled_connection_that_its_peer_has_closed_is_not_seen_by_the_client() throws Exception {
    try (Origin near =
            Origin.script(wire -> {
              Wire.Message request = wire.request();
              if (request != null) {
                wire.ok(request, "near"); // and then closes, though it did not say so
              }
            });
        Proxy proxy = Proxy.on(transport).region("near", near).start();
        Wire client = proxy.client()) {
      for (int i = 0; i < 20; i++) {
        assertEquals("near", client.get("/" + i).response().body());
      }
    }
  }
}
