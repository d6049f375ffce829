package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * WebSockets over HTTP/2 (RFC 8441) become upgrades towards the endpoint, and connections drain.
 */
@SuppressWarnings("StringConcatToTextBlock") // line ends are part of what is tested
@ExtendWith(NoLeaks.class)
@ParameterizedClass
@MethodSource("io.meridian.proxy.Transports#available")
class Http2TunnelIT {
  @Parameter String transport = "";

  private Proxy before(Origin origin) throws Exception {
    return Proxy.on(transport).region("one", origin).with("failover", "{ hedge: false }").start();
  }

  private static String[] ask(String protocol) {
    return new String[] {
      ":method: CONNECT",
      ":protocol: " + protocol,
      ":scheme: http",
      ":path: /chat?x",
      ":authority: a.test",
      "sec-websocket-version: 13",
      "sec-websocket-protocol: chat",
      "sec-websocket-key: theirs",
      "origin: http://a.test"
    };
  }

  private static void accept(Wire wire, Wire.Message request) throws IOException {
    wire.send(
        "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Accept: "
            + answer(request.value("Sec-WebSocket-Key"))
            + "\r\n\r\n");
  }

  private static String answer(String key) {
    try {
      byte[] text =
          (key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII);
      return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-1").digest(text));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void bytes_pass_both_ways_after_the_switch() throws Exception {
    try (Origin origin =
            Origin.answering((wire, request) -> {
              accept(wire, request);
              while (true) {
                wire.send(wire.read(1));
              }
            });
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      int stream = client.headers(false, ask("websocket"));
      client.data(stream, "early", false);
      H2Wire.Answer head = client.head(stream);
      assertEquals(200, head.status);
      assertEquals("chat", head.value("sec-websocket-protocol"));
      assertEquals("", head.value("sec-websocket-accept"));
      assertEquals("", head.value("upgrade"));
      assertEquals("early", client.body(stream, 5));
      for (int i = 0; i < 5; i++) {
        client.data(stream, "frame" + i, false);
        assertEquals(
            "early" + "frame" + i,
            client.body(stream, 11 + 6 * i).substring(0, 5)
                + client.soFar(stream).text().substring(5 + 6 * i, 11 + 6 * i));
      }
      Wire.Message request = origin.requests().getFirst();
      assertEquals("GET /chat?x HTTP/1.1", request.start());
      assertEquals("upgrade", request.value("Connection"));
      assertEquals("websocket", request.value("Upgrade"));
      assertEquals("13", request.value("Sec-WebSocket-Version"));
      assertEquals(24, request.value("Sec-WebSocket-Key").length());
      assertEquals("http://a.test", request.value("Origin"));
      client.reset(stream, 8);
      client.sync();
      assertEquals("HTTP/2", proxy.log(1).getFirst().get("protocol").asText());
    }
  }

  @Test
  void what_the_endpoint_said_last_arrives_with_the_end() throws Exception {
    String large = "x".repeat(300_000);
    try (Origin origin =
            Origin.script(wire -> {
              Wire.Message request = wire.request();
              if (request != null) {
                accept(wire, request);
                wire.send(large);
                wire.endOutput();
              }
            });
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      int stream = client.headers(false, ask("websocket"));
      H2Wire.Answer answer = client.answer(stream);
      assertTrue(answer.ended);
      assertEquals(large.length(), answer.body.size());
    }
  }

  @Test
  void a_wrong_accept_is_no_websocket() throws Exception {
    try (Origin origin =
            Origin.answering((wire, _) -> {
              wire.send(
                  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                      + "Upgrade: websocket\r\nSec-WebSocket-Accept: AAAA\r\n\r\nsmuggled");
              wire.awaitEnd();
            });
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      H2Wire.Answer answer = client.answer(client.headers(false, ask("websocket")));
      assertEquals(502, answer.status);
      assertFalse(answer.text().contains("smuggled"));
    }
  }

  @Test
  void an_endpoint_that_refuses_is_heard() throws Exception {
    try (Origin origin = Origin.answering((wire, _) -> wire.status(403));
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      H2Wire.Answer answer = client.answer(client.headers(false, ask("websocket")));
      assertEquals(403, answer.status);
      assertEquals("so.\n", answer.text());
    }
  }

  @Test
  void other_protocols_are_not_carried() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      assertEquals(501, client.answer(client.headers(false, ask("connect-udp"))).status);
      assertEquals(0, origin.requests().size());
    }
  }

  // ---- drain, idleness

  @Test
  void a_drain_warns_lets_streams_finish_and_closes() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    try (Origin origin =
            Origin.answering((wire, request) -> {
              go.await();
              wire.ok(request, "done");
            });
        Proxy proxy = before(origin);
        H2Wire busy = H2Wire.connect(proxy.port());
        H2Wire idle = H2Wire.connect(proxy.port())) {
      int stream = busy.get("/slow");
      busy.sync();
      CompletableFuture<Boolean> drained =
          CompletableFuture.supplyAsync(() -> {
            try {
              return proxy.meridian().drain(20_000);
            } catch (InterruptedException e) {
              throw new IllegalStateException(e);
            }
          });
      assertEquals(0, idle.end());
      assertEquals(Integer.MAX_VALUE, idle.goAways().getFirst());
      while (busy.goAways().isEmpty()) {
        assertTrue(busy.read());
      }
      assertEquals(Integer.MAX_VALUE, busy.goAways().getFirst());
      while (busy.goAways().size() < 2) {
        assertTrue(busy.read());
      }
      assertEquals(stream, busy.goAways().get(1));
      int late = busy.get("/late");
      go.countDown();
      assertEquals("done", busy.answer(stream).text());
      assertEquals(0, busy.end());
      assertEquals(7, busy.soFar(late).reset); // REFUSED_STREAM: safe to send elsewhere
      assertTrue(drained.get(20, TimeUnit.SECONDS));
    }
  }

  @Test
  void an_idle_connection_ends_and_pings_do_not_keep_it() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy =
            Proxy.on(transport).region("one", origin).with("timeouts", "{ idle: 300ms }").start();
        H2Wire client = H2Wire.connect(proxy.port())) {
      client.answer(client.get("/"));
      client.sync();
      assertEquals(0, client.end());
    }
  }

  @Test
  void a_frame_that_does_not_come_whole_ends_the_connection() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy =
            Proxy.on(transport)
                .region("one", origin)
                .with("timeouts", "{ request_head: 300ms }")
                .start();
        H2Wire client = H2Wire.connect(proxy.port());
        H2Wire mute = H2Wire.silent(proxy.port())) {
      client.raw(new byte[] {0, 0, 50, 1});
      assertEquals(0, client.end());
      mute.raw(H2Wire.PREFACE.getBytes(StandardCharsets.US_ASCII));
      assertTrue(mute.endsWithGoAway());
    }
  }
}
