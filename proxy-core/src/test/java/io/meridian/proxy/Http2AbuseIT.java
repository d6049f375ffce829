package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests that break the rules never reach an endpoint, and floods end their connection. */
@ExtendWith(NoLeaks.class)
@ParameterizedClass
@MethodSource("io.meridian.proxy.Transports#available")
class Http2AbuseIT {
  private static final int PROTOCOL_ERROR = 1;
  private static final int STREAM_CLOSED = 5;
  private static final int CANCEL = 8;
  private static final int CALM = 11;

  @Parameter String transport = "";

  private Proxy before(Origin origin) throws Exception {
    return Proxy.on(transport).region("one", origin).with("failover", "{ hedge: false }").start();
  }

  @Test
  void a_malformed_head_is_reset_and_the_connection_goes_on() throws Exception {
    List<String[]> bad =
        List.of(
            H2Wire.fields("GET", "/", "X-Upper: 1"),
            H2Wire.fields("GET", "/", "connection: close"),
            H2Wire.fields("GET", "/", "transfer-encoding: chunked"),
            H2Wire.fields("GET", "/", "te: gzip"),
            H2Wire.fields("GET", "/", "x-a: b\r\nx-c: d"),
            H2Wire.fields("GET", "/", "x-a:  padded"),
            H2Wire.fields("GET", "/", "host: other.test"),
            H2Wire.fields("GET", "/", "content-length: 5"),
            H2Wire.fields("GET", "", "x-a: b"),
            H2Wire.fields("GET", "http://evil.test/", "x-a: b"));
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      for (String[] fields : bad) {
        H2Wire.Answer answer = client.answer(client.headers(true, fields));
        assertEquals(PROTOCOL_ERROR, answer.reset, List.of(fields).toString());
      }
      assertEquals("hello", client.answer(client.get("/")).text());
      assertEquals(1, origin.requests().size());
      assertEquals(400, proxy.log(bad.size() + 1).getFirst().get("status").asInt());
    }
  }

  @Test
  void what_the_gate_refuses_is_answered_with_its_status() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy =
            Proxy.on(transport)
                .region("one", origin)
                .with("limits", "{ request_line: 1KiB, fields: 20, body: 10B }")
                .start();
        H2Wire client = H2Wire.connect(proxy.port())) {
      assertEquals(400, client.answer(client.get("/a%00b")).status);
      assertEquals(400, client.answer(client.get("/", "x_forwarded_for: 1")).status);
      assertEquals(414, client.answer(client.get("/" + "a".repeat(2000))).status);
      String[] many = new String[30];
      java.util.Arrays.setAll(many, i -> "x-" + i + ": y");
      assertEquals(431, client.answer(client.get("/", many)).status);
      assertEquals(417, client.answer(client.get("/", "expect: miracles")).status);
      assertEquals(
          501, client.answer(client.headers(false, ":method: CONNECT", ":authority: a:1")).status);
      assertEquals(413, client.answer(client.post("/", "content-length: 11")).status);
      int unknown = client.post("/");
      client.data(unknown, "01234567890", true);
      assertEquals(413, client.answer(unknown).status);
      assertEquals(200, client.answer(client.get("/")).status);
      assertEquals(1, origin.requests().size());
    }
  }

  @Test
  void a_head_over_the_limit_is_refused_and_the_connection_goes_on() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy =
            Proxy.on(transport).region("one", origin).with("limits", "{ head: 17KiB }").start();
        H2Wire client = H2Wire.connect(proxy.port())) {
      // 32 bytes for each field: references of a byte count as what they stand for.
      String[] tiny = new String[600];
      java.util.Arrays.fill(tiny, "a: ");
      H2Wire.Answer answer = client.answer(client.get("/", tiny));
      assertEquals(431, answer.status, answer.toString());
      assertEquals("", answer.text());
      String[] crumbs = new String[440];
      java.util.Arrays.fill(crumbs, "cookie: a=b");
      assertEquals(431, client.answer(client.get("/", crumbs)).status);
      assertEquals("hello", client.answer(client.get("/")).text());
    }
  }

  @Test
  void content_that_is_not_of_its_length_never_looks_whole() throws Exception {
    List<String> heard = new java.util.concurrent.CopyOnWriteArrayList<>();
    try (Origin origin =
            Origin.script(wire -> {
              Wire.Message head = wire.requestHead();
              if (head != null) {
                try {
                  heard.add(wire.read(Integer.parseInt(head.value("Content-Length"))));
                } catch (IOException e) {
                  // cut, as it must be
                }
              }
            });
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      int less = client.post("/", "content-length: 10");
      client.data(less, "hello", true);
      assertEquals(PROTOCOL_ERROR, client.answer(less).reset);
      int more = client.post("/", "content-length: 6");
      client.data(more, "hello", false).data(more, "world", true);
      assertEquals(PROTOCOL_ERROR, client.answer(more).reset);
      int none = client.post("/", "content-length: 7");
      client.trailers(none, "x-a: b");
      assertEquals(PROTOCOL_ERROR, client.answer(none).reset);
      client.sync();
    }
    assertEquals(List.of(), heard);
  }

  @Test
  void content_where_none_was_announced_is_found_before_anything_is_forwarded() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      int smuggled = client.post("/", "content-length: 0");
      client.sync();
      client.data(smuggled, "GET /smuggled HTTP/1.1\r\n", true);
      assertEquals(PROTOCOL_ERROR, client.answer(smuggled).reset);
      int left = client.post("/", "content-length: 0");
      client.reset(left, CANCEL);
      client.sync();
      assertEquals(List.of(), origin.requests());
      int empty = client.post("/one", "content-length: 0");
      client.sync();
      client.data(empty, "", true);
      assertEquals("hello", client.answer(empty).text());
      int trailing = client.post("/two", "content-length: 0");
      client.trailers(trailing, "x-a: b");
      assertEquals("hello", client.answer(trailing).text());
      assertEquals(2, origin.requests().size());
    }
  }

  @Test
  void trailers_that_break_the_rules_reset_the_stream() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      for (String field :
          List.of(
              ":path: /x", ":status: 200", "transfer-encoding: chunked", "x-a: b\nc", "a b: c")) {
        int stream = client.post("/");
        client.data(stream, "hello", false).trailers(stream, field);
        assertEquals(PROTOCOL_ERROR, client.answer(stream).reset, field);
      }
      int stream = client.post("/");
      client.data(stream, "hello", false);
      client.send(H2Wire.HEADERS, H2Wire.END_HEADERS, stream, H2Wire.block("x-a: b"));
      assertEquals(PROTOCOL_ERROR, client.answer(stream).reset);
      assertEquals(List.of(), origin.requests());
    }
  }

  @Test
  void heads_on_streams_that_are_gone_end_the_connection() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = before(origin)) {
      try (H2Wire client = H2Wire.connect(proxy.port())) {
        int stream = client.get("/");
        client.answer(stream);
        client.trailers(stream, H2Wire.fields("GET", "/"));
        assertEquals(STREAM_CLOSED, client.end());
      }
      try (H2Wire client = H2Wire.connect(proxy.port())) {
        client.nextStream();
        client.answer(client.get("/"));
        client.trailers(1, H2Wire.fields("GET", "/"));
        assertEquals(PROTOCOL_ERROR, client.end());
      }
    }
  }

  @Test
  void an_old_or_wrong_first_frame_ends_the_connection() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.silent(proxy.port())) {
      client.raw(H2Wire.PREFACE.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      client.send(H2Wire.PING, 0, 0, new byte[8]);
      assertEquals(PROTOCOL_ERROR, client.end());
    }
  }

  // ---- floods

  /** Sends a burst again and again until the connection ends; the error that it ends with. */
  private static int flood(H2Wire client, byte[] burst) throws IOException {
    try {
      for (int i = 0; i < 2000; i++) {
        client.raw(burst);
      }
    } catch (IOException e) {
      return CALM; // closed before all was said
    }
    return client.end();
  }

  private void assertCutOff(String reason, byte[] burst) throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = before(origin)) {
      try (H2Wire client = H2Wire.connect(proxy.port())) {
        int error = flood(client, burst);
        assertTrue(error == CALM || error == -1, "error " + error);
      }
      Await.until(
          "it is counted",
          () ->
              proxy.metric("meridian_http2_floods_total{listener=\"public\",reason=\"" + reason)
                  == 1);
      assertEquals(200, proxy.get("/").status());
    }
  }

  private static byte[] times(int count, byte[] frame) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < count; i++) {
      all.writeBytes(frame);
    }
    return all.toByteArray();
  }

  @Test
  void pings_settings_priorities_and_windows_without_end_are_cut_off() throws Exception {
    assertCutOff("ping", times(100, H2Wire.frame(H2Wire.PING, 0, 0, new byte[8])));
    assertCutOff("settings", times(10, H2Wire.frame(H2Wire.SETTINGS, 0, 0, new byte[0])));
    assertCutOff("priority", times(100, H2Wire.frame(H2Wire.PRIORITY, 0, 3, new byte[5])));
    assertCutOff(
        "window_update",
        times(100, H2Wire.frame(H2Wire.WINDOW_UPDATE, 0, 0, new byte[] {0, 0, 0, 1})));
    assertCutOff("unknown_frame", times(100, H2Wire.frame(0x77, 0, 0, new byte[0])));
  }

  @Test
  void empty_data_without_end_is_cut_off() throws Exception {
    byte[] head =
        H2Wire.frame(
            H2Wire.HEADERS, H2Wire.END_HEADERS, 1, H2Wire.block(H2Wire.fields("PUT", "/")));
    ByteArrayOutputStream burst = new ByteArrayOutputStream();
    burst.writeBytes(head);
    burst.writeBytes(times(500, H2Wire.frame(H2Wire.DATA, 0, 1, new byte[0])));
    assertCutOff("empty_data", burst.toByteArray());
  }

  @Test
  void a_head_without_end_is_cut_off() throws Exception {
    ByteArrayOutputStream burst = new ByteArrayOutputStream();
    burst.writeBytes(H2Wire.frame(H2Wire.HEADERS, 0, 1, H2Wire.block(H2Wire.fields("GET", "/"))));
    burst.writeBytes(times(100, H2Wire.frame(H2Wire.CONTINUATION, 0, 1, new byte[0])));
    assertCutOff("continuation", burst.toByteArray());
  }

  @Test
  void a_head_that_grows_without_end_ends_the_connection() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      client.send(H2Wire.HEADERS, 0, 1, H2Wire.block(H2Wire.fields("GET", "/")));
      byte[] piece = H2Wire.block("x-a: " + "v".repeat(10_000));
      for (int i = 0; i < 9; i++) {
        client.send(H2Wire.CONTINUATION, 0, 1, piece);
      }
      assertEquals(PROTOCOL_ERROR, client.end());
      assertEquals(List.of(), origin.requests());
    }
  }

  @Test
  void heads_over_the_limit_again_and_again_are_cut_off() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy =
            Proxy.on(transport).region("one", origin).with("limits", "{ head: 16KiB }").start();
        H2Wire client = H2Wire.connect(proxy.port())) {
      String[] tiny = new String[500];
      java.util.Arrays.fill(tiny, "a: ");
      assertEquals(CALM, untilCut(client, () -> client.get("/", tiny)));
    }
  }

  @Test
  void streams_reset_again_and_again_are_cut_off() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      assertEquals(CALM, untilCut(client, () -> client.reset(client.get("/"), CANCEL)));
      assertEquals(
          1, proxy.metric("meridian_http2_floods_total{listener=\"public\",reason=\"rapid_reset"));
    }
  }

  @Test
  void streams_that_must_be_reset_again_and_again_are_cut_off() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      assertEquals(CALM, untilCut(client, () -> client.open(client.get("/"), 0)));
      assertEquals(
          1,
          proxy.metric("meridian_http2_floods_total{listener=\"public\",reason=\"provoked_reset"));
    }
  }

  @Test
  void resets_among_many_answers_are_no_flood() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      for (int i = 0; i < 400; i++) {
        client.reset(client.get("/"), CANCEL);
        assertEquals(200, client.answer(client.get("/")).status);
      }
      assertEquals(-1, client.goAwayError());
    }
  }

  private interface Step {
    Object take() throws IOException;
  }

  private static int untilCut(H2Wire client, Step step) throws IOException {
    for (int i = 0; i < 1000; i++) {
      try {
        step.take();
        if (i % 10 == 9) {
          client.sync();
        }
      } catch (IOException | AssertionError e) {
        break;
      }
    }
    int error = client.end();
    assertNotEquals(0, error);
    return error;
  }
}
