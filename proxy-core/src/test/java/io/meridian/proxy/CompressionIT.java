package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.github.luben.zstd.ZstdInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Answers on a route that compresses, as its clients see them. */
@SuppressWarnings("StringConcatToTextBlock") // line ends are part of what is tested
@ExtendWith(NoLeaks.class)
@ParameterizedClass
@MethodSource("io.meridian.proxy.Transports#available")
class CompressionIT {
  private static final String GZIP = "Accept-Encoding: gzip\r\n";
  private static final String OK = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";
  private static final String TEXT = "all the regions answer well. ".repeat(400);

  @Parameter String transport = "";

  private Proxy before(Origin origin) throws IOException {
    return before(origin, "{}");
  }

  private Proxy before(Origin origin, String compress) throws IOException {
    return Proxy.on(transport)
        .region("one", origin)
        .with("routes", "[{ name: all, compress: " + compress + " }]")
        .start();
  }

  /** Answers with these field lines and this body of known length. */
  private static Origin saying(String fields, String body) {
    return Origin.answering((wire, request) -> {
      String head = OK + fields + "Content-Length: " + body.length() + "\r\n\r\n";
      wire.send(request.method().equals("HEAD") ? head : head + body);
    });
  }

  private static String decoded(Wire.Message answer) throws IOException {
    return decoded(answer.value("Content-Encoding"), answer.body());
  }

  private static String decoded(String coding, String body) throws IOException {
    ByteArrayInputStream coded =
        new ByteArrayInputStream(body.getBytes(StandardCharsets.ISO_8859_1));
    InputStream in =
        switch (coding) {
          case "gzip" -> new GZIPInputStream(coded);
          case "zstd" -> new ZstdInputStream(coded);
          default -> coded;
        };
    return new String(in.readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  @Test
  void an_answer_is_compressed_as_its_client_wants() throws Exception {
    try (Origin origin = saying("ETag: \"v1\"\r\nAccept-Ranges: bytes\r\n", TEXT);
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      for (String coding : List.of("gzip", "zstd")) {
        Wire.Message answer = client.get("/", "Accept-Encoding: " + coding + "\r\n").response();
        assertEquals(coding, answer.value("Content-Encoding"));
        assertEquals("Accept-Encoding", answer.value("Vary"));
        assertEquals("W/\"v1\"", answer.value("ETag"));
        assertEquals("chunked", answer.value("Transfer-Encoding"));
        assertFalse(answer.has("Content-Length"));
        assertFalse(answer.has("Accept-Ranges"));
        assertEquals(TEXT, decoded(answer));
        assertTrue(answer.body().length() < TEXT.length() / 4);
        assertEquals(coding, origin.requests().getLast().value("Accept-Encoding"));
      }
      Wire.Message plain = client.get("/").response();
      assertEquals(TEXT, plain.body());
      assertFalse(plain.has("Content-Encoding"));
      assertEquals("Accept-Encoding", plain.value("Vary"));
      assertEquals("\"v1\"", plain.value("ETag"));
      assertEquals("bytes", plain.value("Accept-Ranges"));
      assertEquals(TEXT.length(), Integer.parseInt(plain.value("Content-Length")));
      Await.until(
          "what was saved is counted",
          () -> proxy.metric("meridian_compression_in_bytes_total") == TEXT.length() * 2.0);
      assertTrue(proxy.metric("meridian_compression_out_bytes_total") < TEXT.length() / 2.0);
    }
  }

  @Test
  void a_client_of_http_2_gets_the_same() throws Exception {
    try (Origin origin = saying("ETag: \"v1\"\r\n", TEXT);
        Proxy proxy = before(origin);
        H2Wire client = H2Wire.connect(proxy.port())) {
      for (String coding : List.of("gzip", "zstd")) {
        H2Wire.Answer answer = client.answer(client.get("/", "accept-encoding: " + coding));
        assertEquals(coding, answer.value("content-encoding"));
        assertEquals("Accept-Encoding", answer.value("vary"));
        assertEquals("W/\"v1\"", answer.value("etag"));
        assertEquals("", answer.value("content-length"));
        assertEquals(TEXT, decoded(coding, answer.text()));
      }
      H2Wire.Answer plain = client.answer(client.get("/"));
      assertEquals(TEXT, plain.text());
      assertEquals(Integer.toString(TEXT.length()), plain.value("content-length"));
    }
  }

  @Test
  void a_route_that_says_nothing_of_it_compresses_nothing() throws Exception {
    try (Origin origin = saying("", TEXT);
        Proxy proxy = Proxy.on(transport).region("one", origin).start();
        Wire client = proxy.client()) {
      Wire.Message answer = client.get("/", GZIP).response();
      assertEquals(TEXT, answer.body());
      assertFalse(answer.has("Vary"));
      assertFalse(answer.has("Content-Encoding"));
    }
  }

  @Test
  void nothing_is_compressed_twice() throws Exception {
    try (Origin inner = saying("", TEXT);
        Proxy first = before(inner);
        Origin middle =
            Origin.answering((wire, _) -> {
              try (Wire ask = first.client()) {
                Wire.Message answer = ask.get("/", GZIP).response();
                wire.send("HTTP/1.1 200 OK\r\n");
                for (String name : List.of("Content-Type", "Content-Encoding", "Vary")) {
                  wire.send(name + ": " + answer.value(name) + "\r\n");
                }
                wire.send("Content-Length: " + answer.body().length() + "\r\n\r\n" + answer.body());
              }
            });
        Proxy second = before(middle, "{ min_length: 0B, types: [\"text/*\"] }");
        Wire client = second.client()) {
      Wire.Message answer = client.get("/", "Accept-Encoding: gzip, zstd\r\n").response();
      assertEquals("gzip", answer.value("Content-Encoding"));
      assertEquals(TEXT, decoded(answer));
      assertEquals("Accept-Encoding", answer.value("Vary"));
      assertTrue(answer.has("Content-Length"));
    }
  }

  @Test
  void a_head_request_is_told_what_a_get_would_be() throws Exception {
    try (Origin origin = saying("ETag: \"v1\"\r\n", TEXT);
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      client.send("HEAD / HTTP/1.1\r\nHost: a.test\r\n" + GZIP + "\r\n");
      Wire.Message answer = client.responseToHead();
      assertEquals("gzip", answer.value("Content-Encoding"));
      assertEquals("W/\"v1\"", answer.value("ETag"));
      assertEquals("Accept-Encoding", answer.value("Vary"));
      assertFalse(answer.has("Content-Length"));
      assertEquals(TEXT, decoded(client.get("/", GZIP).response()));
    }
  }

  @Test
  void answers_without_content_stay_as_they_are() throws Exception {
    try (Origin origin =
            Origin.answering((wire, request) ->
                wire.send(
                    "HTTP/1.1 "
                        + request.target().substring(1)
                        + " So\r\nETag: \"v1\"\r\n"
                        + "Content-Type: text/html\r\n\r\n"));
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      Wire.Message none = client.get("/204", GZIP).response();
      assertFalse(none.has("Content-Encoding") || none.has("Vary"));
      Wire.Message same = client.get("/304", GZIP + "If-None-Match: W/\"v1\"\r\n").response();
      assertEquals("W/\"v1\"", same.value("ETag"));
      assertEquals("Accept-Encoding", same.value("Vary"));
      assertFalse(same.has("Content-Encoding"));
      assertEquals(204, client.get("/204").response().status());
    }
  }

  @Test
  void what_streams_arrives_as_it_comes() throws Exception {
    CountDownLatch seen = new CountDownLatch(1);
    try (Origin origin =
            Origin.answering((wire, _) -> {
              wire.send(OK + "Transfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n");
              seen.await();
              wire.send("6\r\nsecond\r\n0\r\nX-Sum: 11\r\n\r\n");
            });
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      client.get("/", GZIP);
      Wire.Message head = client.head();
      assertEquals("gzip", head.value("Content-Encoding"));
      Chunked body = new Chunked(client);
      try (GZIPInputStream in = new GZIPInputStream(body)) {
        assertEquals("first", new String(in.readNBytes(5), StandardCharsets.US_ASCII));
        seen.countDown();
        assertEquals("second", new String(in.readAllBytes(), StandardCharsets.US_ASCII));
      }
      body.end();
      assertEquals("X-Sum: 11", client.line());
      assertEquals("", client.line());
    }
  }

  /** The data of a chunked body, as far as it has come. */
  private static final class Chunked extends InputStream {
    private final Wire wire;
    private int left;
    private boolean ended;

    Chunked(Wire wire) {
      this.wire = wire;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int offset, int length) throws IOException {
      if (left == 0 && !ended) {
        left = Integer.parseInt(wire.line(), 16);
        ended = left == 0;
      }
      if (ended) {
        return -1;
      }
      int n = Math.min(left, length);
      byte[] bytes = wire.read(n).getBytes(StandardCharsets.ISO_8859_1);
      System.arraycopy(bytes, 0, into, offset, n);
      left -= n;
      if (left == 0) {
        assertEquals("", wire.line());
      }
      return n;
    }

    /** Reads up to the trailers. */
    void end() throws IOException {
      assertEquals(-1, read());
    }
  }

  @Test
  void events_are_not_compressed_unless_the_route_says_so() throws Exception {
    String events = "data: 1\n\n".repeat(500);
    String head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: ";
    try (Origin origin =
            Origin.answering((wire, _) -> wire.send(head + events.length() + "\r\n\r\n" + events));
        Proxy proxy = before(origin, "{ types: [\"text/*\"] }");
        Proxy willing = before(origin, "{ types: [text/event-stream] }");
        Wire one = proxy.client();
        Wire other = willing.client()) {
      assertEquals(events, one.get("/", GZIP).response().body());
      Wire.Message answer = other.get("/", GZIP).response();
      assertEquals("gzip", answer.value("Content-Encoding"));
      assertEquals(events, decoded(answer));
    }
  }

  @Test
  void a_client_of_http_1_0_gets_a_body_that_ends_with_the_connection() throws Exception {
    try (Origin origin = saying("", TEXT);
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n" + GZIP + "\r\n");
      Wire.Message answer = client.response();
      assertEquals("close", answer.value("Connection"));
      assertFalse(answer.has("Transfer-Encoding") || answer.has("Content-Length"));
      assertEquals(TEXT, decoded(answer));
    }
  }

  @Test
  void an_answer_that_is_cut_never_looks_whole() throws Exception {
    String large = TEXT.repeat(10);
    try (Origin origin =
            Origin.answering((wire, _) -> {
              wire.send(OK + "Content-Length: " + large.length() + "\r\n\r\n");
              wire.send(large.substring(1));
              wire.leave();
            });
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      client.get("/", GZIP);
      Wire.Message head = client.head();
      assertEquals("gzip", head.value("Content-Encoding"));
      assertThrows(IOException.class, () -> client.withBody(head, true, false));
    }
  }

  @Test
  void a_short_answer_that_was_cut_is_fetched_again_and_compressed_once() throws Exception {
    try (Origin bad =
            Origin.answering((wire, _) -> {
              wire.send(OK + "Content-Length: " + TEXT.length() + "\r\n\r\n" + TEXT.substring(5));
              wire.leave();
            });
        Origin good = saying("X-Good: 1\r\n", TEXT);
        Proxy proxy =
            Proxy.on(transport)
                .region("bad", bad)
                .region("good", good)
                .with(
                    "routes",
                    "[{ name: all, policy: priority, regions: [bad, good], compress: {} }]")
                .start();
        Wire client = proxy.client()) {
      Wire.Message answer = client.get("/", GZIP).response();
      assertEquals("1", answer.value("X-Good"));
      assertEquals("gzip", answer.value("Content-Encoding"));
      assertEquals(TEXT, decoded(answer));
      assertEquals(TEXT, decoded(client.get("/", GZIP).response()));
    }
  }

  @Test
  void connections_on_both_sides_are_used_again_behind_compressed_answers() throws Exception {
    try (Origin origin = saying("", TEXT);
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      for (int i = 0; i < 20; i++) {
        assertEquals(TEXT, decoded(client.get("/", GZIP).response()));
      }
      assertTrue(origin.connections() <= 3, "connections: " + origin.connections());
    }
  }

  private static String noise(int length) {
    byte[] bytes = new byte[length];
    new java.util.Random(7).nextBytes(bytes);
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  @Test
  void a_client_that_leaves_within_a_compressed_answer_leaves_nothing_behind() throws Exception {
    String noise = noise(3_000_000);
    try (Origin origin = saying("", noise);
        Proxy proxy = before(origin)) {
      for (int i = 0; i < 40; i++) { // more than encoders are kept
        try (Wire client = Wire.connectNarrow(proxy.port())) {
          client.get("/", "Accept-Encoding: zstd\r\n");
          assertEquals("zstd", client.head().value("Content-Encoding"));
        }
      }
      proxy.assertQuiet();
      try (Wire client = proxy.client()) {
        Wire.Message answer = client.get("/", "Accept-Encoding: zstd\r\n").response();
        assertEquals(noise, decoded(answer));
      }
    }
  }
}
