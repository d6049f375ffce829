package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** WebSocket upgrades: from 101 on bytes pass as they are, before it they do not. */
@SuppressWarnings("StringConcatToTextBlock") // line ends are part of what is tested
@ExtendWith(NoLeaks.class)
@ParameterizedClass
@MethodSource("io.meridian.proxy.Transports#available")
class UpgradeIT {
  private static final String ASK =
      "GET /chat HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  private static final String SWITCH =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

  @Parameter String transport = "";

  private Proxy before(Origin origin) throws Exception {
    return Proxy.on(transport).region("one", origin).start();
  }

  /** Switches, and then sends back what comes. */
  private static Origin echo() {
    return Origin.answering((wire, request) -> {
      wire.send(SWITCH);
      while (true) {
        wire.send(wire.read(1));
      }
    });
  }

  @Test
  void bytes_pass_both_ways_after_the_switch() throws Exception {
    try (Origin origin = echo();
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      client.send(ASK);
      Wire.Message answer = client.head();
      assertEquals(101, answer.status());
      assertEquals("upgrade", answer.value("Connection"));
      assertEquals("websocket", answer.value("Upgrade"));
      assertEquals("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", answer.value("Sec-WebSocket-Accept"));
      for (int i = 0; i < 5; i++) {
        client.send("frame " + i);
        assertEquals("frame " + i, client.read(7));
      }
      Wire.Message request = origin.requests().getFirst();
      assertEquals("upgrade", request.value("Connection"));
      assertEquals("websocket", request.value("Upgrade"));
      client.leave();
      assertEquals(101, proxy.log(1).getFirst().get("status").asInt());
      Await.until("the origin is let go", () -> origin.connections() <= 2);
    }
  }

  @Test
  void a_large_message_passes_whole_each_way() throws Exception {
    String large = "x".repeat(300_000);
    try (Origin origin =
            Origin.answering(
                (wire, _) -> wire.send(SWITCH).send(wire.read(large.length()))); // and closes
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      client.send(ASK);
      assertEquals(101, client.head().status());
      client.send(large);
      assertEquals(large, client.read(large.length()));
    }
  }

  @Test
  void what_the_origin_said_last_arrives_though_it_closes_at_once() throws Exception {
    String large = "x".repeat(1_000_000);
    try (Origin origin =
            Origin.script(wire -> {
              if (wire.request() != null) {
                wire.send(SWITCH).send(large);
                wire.endOutput();
              }
            });
        Proxy proxy = before(origin);
        Wire client = Wire.connectNarrow(proxy.port())) {
      client.send(ASK);
      assertEquals(101, client.head().status());
      assertEquals(large, client.readToEnd());
    }
  }

  @Test
  void what_the_client_said_last_arrives_though_it_closes_at_once() throws Exception {
    java.util.concurrent.CompletableFuture<String> heard =
        new java.util.concurrent.CompletableFuture<>();
    try (Origin origin =
            Origin.answering((wire, _) -> {
              wire.send(SWITCH);
              heard.complete(wire.readToEnd());
            });
        Proxy proxy = before(origin)) {
      try (Wire client = proxy.client()) {
        client.send(ASK);
        assertEquals(101, client.head().status());
        client.send("good bye");
      }
      assertEquals("good bye", heard.get(20, java.util.concurrent.TimeUnit.SECONDS));
    }
  }

  @Test
  void a_refused_upgrade_stays_http() throws Exception {
    try (Origin origin = Origin.answering((wire, _) -> wire.status(403));
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      client.send(ASK);
      assertEquals(403, client.response().status());
      client.get("/next");
      assertEquals(403, client.response().status());
      assertEquals("/next", origin.requests().get(1).target());
    }
  }

  @Test
  void bytes_sent_before_the_switch_wait_for_it() throws Exception {
    java.util.concurrent.CountDownLatch go = new java.util.concurrent.CountDownLatch(1);
    try (Origin origin =
            Origin.answering((wire, _) -> {
              go.await();
              assertEquals(0, wire.socket().getInputStream().available());
              wire.send(SWITCH);
              wire.send(wire.read(5));
            });
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      client.send(ASK + "early");
      Await.until("it is under way", () -> !origin.requests().isEmpty());
      go.countDown();
      assertEquals(101, client.head().status());
      assertEquals("early", client.read(5));
    }
  }

  @Test
  void a_switch_that_nobody_asked_for_is_a_failure() throws Exception {
    try (Origin origin =
            Origin.answering((wire, _) -> {
              wire.send(SWITCH + "smuggled");
              wire.awaitEnd();
            });
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      assertEquals(502, client.post("/", "x").response().status());
      assertFalse(client.post("/", "x").response().body().contains("smuggled"));
      assertTrue(proxy.log(2).getFirst().get("flags").asText().contains("UPE"));
    }
  }
}
