package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * How tunnels and event streams end when their region leaves the rotation, or the process stops.
 */
@ExtendWith(NoLeaks.class)
@ParameterizedClass
@MethodSource("io.meridian.proxy.Transports#available")
class StreamsIT {
  private static final String ASK =
      "GET /chat HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  private static final String SWITCH =
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
  private static final String GOING_AWAY = "\u0088\u0002\u0003\u00e9";

  @Parameter String transport = "";

  private final CompletableFuture<String> heard = new CompletableFuture<>();

  /** Switches, says hello, and tells what it heard. */
  private Origin chat() {
    return Origin.answering((wire, _) -> {
      wire.send(SWITCH).send("\u0082\u0005hello");
      heard.complete(wire.readToEnd());
    });
  }

  private Proxy before(Origin near, Origin far) {
    return Proxy.on(transport)
        .region("near", near)
        .region("far", far)
        .with("timeouts", "{ stream_drain: 0s }");
  }

  private static void open(Wire client) throws Exception {
    client.send(ASK);
    assertEquals(101, client.head().status());
  }

  private static void takeOut(Proxy proxy, String region) throws Exception {
    proxy.dial(region, 0);
    proxy.meridian().reload(proxy.config());
  }

  /** What a server makes of the only frame of a client. */
  private static String unmasked(String frame) {
    StringBuilder payload = new StringBuilder();
    for (int i = 6; i < frame.length(); i++) {
      payload.append((char) (frame.charAt(i) ^ frame.charAt(2 + (i - 6) % 4)));
    }
    return frame.substring(0, 2) + payload;
  }

  @Test
  void a_tunnel_to_a_region_that_is_taken_out_gets_1001_on_both_sides() throws Exception {
    try (Origin near = chat();
        Origin far = Origin.answering((wire, _) -> wire.send(SWITCH).send("\u0082\u0003far"));
        Proxy proxy = before(near, far).start();
        Wire client = proxy.client()) {
      open(client);
      assertEquals("\u0082\u0005hello", client.read(7));
      takeOut(proxy, "near");
      assertEquals(GOING_AWAY, client.readToEnd());
      assertEquals("\u0088\u0082\u0003\u00e9", unmasked(heard.get(20, TimeUnit.SECONDS)));
      assertEquals(1, proxy.metric("meridian_streams_ended_total{reason=\"rotation\""));
      try (Wire again = proxy.client()) {
        open(again);
        assertEquals("\u0082\u0003far", again.read(5));
      }
    }
  }

  @Test
  void a_tunnel_elsewhere_is_left_alone() throws Exception {
    try (Origin near = chat();
        Origin far = Origin.saying("far");
        Proxy proxy = before(near, far).start();
        Wire client = proxy.client()) {
      open(client);
      takeOut(proxy, "far");
      assertEquals("\u0082\u0005hello", client.read(7));
      client.send("\u0081\u0082abcdxx");
      proxy.dial("near", 0).dial("far", 100);
      proxy.meridian().reload(proxy.config());
      assertEquals(GOING_AWAY, client.readToEnd());
      assertTrue(heard.get(20, TimeUnit.SECONDS).startsWith("\u0081\u0082abcdxx\u0088\u0082"));
    }
  }

  @Test
  void a_frame_that_is_under_way_is_finished_first() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    try (Origin near =
            Origin.answering((wire, _) -> {
              wire.send(SWITCH).send("\u0082\u0005he");
              go.await();
              wire.send("llo\u0082\u0004more");
              wire.readToEnd();
            });
        Origin far = Origin.saying("far");
        Proxy proxy = before(near, far).start();
        Wire client = proxy.client()) {
      open(client);
      assertEquals("\u0082\u0005he", client.read(4));
      takeOut(proxy, "near");
      Await.until(
          "its end is due", () -> proxy.metric("meridian_streams_ended_total{reason=\"rot") == 1);
      go.countDown();
      assertEquals("llo" + GOING_AWAY, client.readToEnd());
    }
  }

  @Test
  void a_frame_that_is_never_finished_is_cut() throws Exception {
    try (Origin near =
            Origin.answering((wire, _) -> {
              wire.send(SWITCH).send("\u0082\u0005he");
              wire.readToEnd();
            });
        Origin far = Origin.saying("far");
        Proxy proxy = before(near, far).start();
        Wire client = proxy.client()) {
      open(client);
      assertEquals("\u0082\u0005he", client.read(4));
      takeOut(proxy, "near");
      assertTrue(client.ends());
    }
  }

  @Test
  void an_event_stream_ends_whole_and_an_ordinary_answer_goes_on() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    try (Origin near =
            Origin.answering((wire, request) -> {
              boolean events = request.target().equals("/events");
              wire.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: ");
              wire.send(events ? "text/event-stream" : "text/plain");
              wire.send("\r\n\r\n9\r\ndata: 1\n\n\r\n");
              go.await();
              wire.send("3\r\nend\r\n0\r\n\r\n");
            });
        Origin far = Origin.saying("far");
        Proxy proxy = before(near, far).with("failover", "{ hedge: false }").start();
        Wire events = proxy.client();
        Wire plain = proxy.client()) {
      events.get("/events");
      plain.get("/plain");
      Wire.Message head = events.head();
      takeOut(proxy, "near");
      assertEquals("data: 1\n\n", events.withBody(head, true, false).body());
      assertEquals("far", events.get("/").response().body(), "the connection goes on");
      go.countDown();
      assertEquals("data: 1\n\nend", plain.response().body());
    }
  }

  @Test
  void a_process_that_stops_ends_its_tunnels_in_order() throws Exception {
    try (Origin near = chat();
        Origin far = Origin.saying("far");
        Proxy proxy = before(near, far).start();
        Wire client = proxy.client()) {
      open(client);
      assertEquals("\u0082\u0005hello", client.read(7));
      CompletableFuture<String> rest = new CompletableFuture<>();
      Thread.ofVirtual()
          .start(() -> {
            try {
              rest.complete(client.readToEnd());
              client.socket().close();
            } catch (java.io.IOException e) {
              rest.completeExceptionally(e);
            }
          });
      assertTrue(proxy.meridian().drain(4_000));
      assertEquals(GOING_AWAY, rest.get(20, TimeUnit.SECONDS));
    }
  }

  @Test
  void a_tunnel_has_a_longest_life() throws Exception {
    try (Origin near = chat();
        Origin far = Origin.saying("far");
        Proxy proxy = before(near, far).with("timeouts", "{ tunnel_max: 200ms }").start();
        Wire client = proxy.client()) {
      open(client);
      assertEquals("\u0082\u0005hello" + GOING_AWAY, client.readToEnd());
      assertEquals(1, proxy.metric("meridian_streams_ended_total{reason=\"age\""));
    }
  }
}
