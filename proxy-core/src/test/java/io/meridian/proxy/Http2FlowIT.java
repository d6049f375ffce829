package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Windows: what waits is bounded, and who waits holds up nobody else (RFC 9113, 5.2). */
@ExtendWith(NoLeaks.class)
@ParameterizedClass
@MethodSource("io.meridian.proxy.Transports#available")
class Http2FlowIT {
  private static final int LARGE = 3_000_000;
  private static final int INITIAL_WINDOW = 4;

  @Parameter String transport = "";

  private Proxy before(Origin origin, String timeouts) throws Exception {
    return Proxy.on(transport)
        .region("one", origin)
        .with("failover", "{ hedge: false }")
        .with("timeouts", timeouts)
        .start();
  }

  private static String pattern(int length) {
    StringBuilder text = new StringBuilder(length + 8);
    for (int i = 0; text.length() < length; i++) {
      text.append(i).append(',');
    }
    text.setLength(length);
    return text.toString();
  }

  @Test
  void large_bodies_pass_whole_both_ways() throws Exception {
    String body = pattern(LARGE);
    try (Origin origin = Origin.answering((wire, request) -> wire.ok(request, request.body()));
        Proxy proxy = before(origin, "{}");
        H2Wire client = H2Wire.connect(proxy.port())) {
      int stream = client.post("/", "content-length: " + LARGE);
      client.sync();
      int window = 262_144;
      for (int at = 0; at < LARGE; ) {
        while (window + client.soFar(stream).windowUpdates - at < 16_384
            || client.windowOfConnection() < 16_384) {
          assertTrue(client.read());
        }
        int to = Math.min(LARGE, at + 16_384);
        client.data(stream, body.substring(at, to), to == LARGE);
        at = to;
      }
      assertEquals(body, client.answer(stream).text());
    }
  }

  @Test
  void a_stream_whose_window_is_shut_holds_up_no_other() throws Exception {
    String body = pattern(LARGE);
    try (Origin origin =
            Origin.answering((wire, request) ->
                wire.ok(request, request.target().equals("/large") ? body : ""));
        Proxy proxy = before(origin, "{}");
        H2Wire client = H2Wire.connect(proxy.port(), INITIAL_WINDOW, 0).keepWindows()) {
      int large = client.get("/large");
      client.head(large);
      for (int i = 0; i < 5; i++) {
        assertEquals(200, client.answer(client.get("/small")).status);
      }
      assertEquals("", client.soFar(large).text());
      assertTrue(origin.bytesWritten.get() < LARGE + 1000);
      client.open(large, 10);
      assertEquals(body.substring(0, 10), client.body(large, 10));
      client.sync();
      assertEquals(10, client.soFar(large).body.size());
      client.open(0, LARGE).open(large, LARGE);
      assertEquals(body, client.answer(large).text());
    }
  }

  @Test
  void a_connection_whose_window_is_shut_still_carries_heads() throws Exception {
    String body = pattern(100_000);
    try (Origin origin =
            Origin.answering((wire, request) ->
                wire.ok(request, request.target().equals("/large") ? body : ""));
        Proxy proxy = before(origin, "{}");
        H2Wire client = H2Wire.connect(proxy.port(), INITIAL_WINDOW, 1 << 20).keepWindows()) {
      int one = client.get("/large");
      int two = client.get("/large");
      while (client.soFar(one).body.size() + client.soFar(two).body.size() < 65_535) {
        assertTrue(client.read());
      }
      assertEquals(200, client.answer(client.get("/small")).status);
      client.open(0, 1 << 20);
      assertEquals(body, client.answer(one).text());
      assertEquals(body, client.answer(two).text());
    }
  }

  @Test
  void windows_that_shrink_below_nothing_are_obeyed() throws Exception {
    String body = pattern(50_000);
    try (Origin origin = Origin.answering((wire, request) -> wire.ok(request, body));
        Proxy proxy = before(origin, "{}");
        H2Wire client = H2Wire.connect(proxy.port(), INITIAL_WINDOW, 1000).keepWindows()) {
      int stream = client.get("/");
      client.body(stream, 1000);
      client.settings(INITIAL_WINDOW, 0).open(stream, 900); // 1000 sent of 0, 900 given: none left
      client.sync();
      assertEquals(1000, client.soFar(stream).body.size());
      client.open(stream, 200);
      client.body(stream, 1100);
      client.sync();
      assertEquals(1100, client.soFar(stream).body.size());
      client.settings(INITIAL_WINDOW, 60_000);
      assertEquals(body, client.answer(stream).text());
    }
  }

  @Test
  void an_upload_waits_at_its_client_while_the_endpoint_reads_nothing() throws Exception {
    CountDownLatch go = new CountDownLatch(1);
    try (Origin origin =
            Origin.script(wire -> {
              Wire.Message head = wire.requestHead();
              if (head == null) {
                return;
              }
              if (head.target().equals("/large")) {
                go.await();
              }
              wire.ok(head, Integer.toString(wire.withBody(head, false, false).body().length()));
            });
        Proxy proxy = before(origin, "{}");
        H2Wire client = H2Wire.connect(proxy.port())) {
      int length = 20_000_000;
      int large = client.post("/large", "content-length: " + length);
      client.sync();
      String piece = "x".repeat(16_000);
      int sent = 0;
      int dry = 0;
      while (dry < 50 && sent < length) { // until no window opens any more
        boolean open =
            262_144 + client.soFar(large).windowUpdates - sent >= 16_000
                && client.windowOfConnection() >= 16_000;
        if (open) {
          client.data(large, piece, false);
          sent += 16_000;
          dry = 0;
        } else {
          client.sync();
          dry++;
        }
      }
      assertTrue(sent < length, "all was taken in");
      int small = client.post("/small", "content-length: 5");
      client.data(small, "hello", true);
      assertEquals("5", client.answer(small).text());
      go.countDown();
      while (sent < length) {
        boolean open =
            262_144 + client.soFar(large).windowUpdates - sent >= 16_000
                && client.windowOfConnection() >= 16_000;
        if (open) {
          int next = Math.min(16_000, length - sent);
          sent += next;
          client.data(large, piece.substring(0, next), sent == length);
        } else {
          assertTrue(client.read());
        }
      }
      assertEquals(Integer.toString(length), client.answer(large).text());
    }
  }

  @Test
  void an_answer_that_nobody_takes_is_ended_after_its_time() throws Exception {
    String body = pattern(10_000);
    try (Origin origin = Origin.answering((wire, request) -> wire.ok(request, body));
        Proxy proxy = before(origin, "{ response_body: 200ms }");
        H2Wire client = H2Wire.connect(proxy.port(), INITIAL_WINDOW, 5).keepWindows()) {
      H2Wire.Answer answer = client.answer(client.get("/"));
      assertEquals(11, answer.reset); // ENHANCE_YOUR_CALM
      assertEquals(body.substring(0, 5), answer.text());
      assertEquals(
          1, proxy.metric("meridian_http2_resets_total{listener=\"public\",reason=\"stalled"));
    }
  }

  @Test
  void an_upload_that_stops_is_ended_after_its_time() throws Exception {
    try (Origin origin =
            Origin.script(wire -> {
              if (wire.requestHead() != null) {
                wire.awaitEnd();
              }
            });
        Proxy proxy = before(origin, "{ request_body: 200ms }");
        H2Wire client = H2Wire.connect(proxy.port())) {
      int stream = client.post("/", "content-length: 100");
      client.data(stream, "hello", false);
      assertEquals(408, client.answer(stream).status);
    }
  }

  @Test
  void more_than_a_window_ends_the_stream_or_the_connection() throws Exception {
    try (Origin origin = Origin.script(Wire::awaitEnd);
        Proxy proxy = before(origin, "{}");
        H2Wire client = H2Wire.connect(proxy.port())) {
      client.open(0, Integer.MAX_VALUE);
      assertEquals(3, client.end()); // FLOW_CONTROL_ERROR
    }
  }
}
