package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Traces: what endpoints are told, what a collector gets, what clients and the log are told. */
@SuppressWarnings("StringConcatToTextBlock") // line ends are part of what is tested
@ExtendWith(NoLeaks.class)
class TracingIT {
  private static final String ID = "4bf92f3577b34da6a3ce929d0e0e4736";
  private static final String PARENT = "00-" + ID + "-00f067aa0ba902b7-01";
  private static final String CLAIM = "traceparent: " + PARENT + "\r\ntracestate: a=1,b=2\r\n";

  @TempDir Path directory;

  /** Takes what is posted to it. */
  private record Collector(HttpServer server, List<JsonNode> posts, List<String> tokens)
      implements AutoCloseable {
    static Collector start() throws IOException {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
      List<JsonNode> posts = new CopyOnWriteArrayList<>();
      List<String> tokens = new CopyOnWriteArrayList<>();
      ObjectMapper json = new ObjectMapper();
      server.createContext(
          "/v1/traces",
          exchange -> {
            tokens.add(exchange.getRequestHeaders().getFirst("Authorization"));
            posts.add(json.readTree(exchange.getRequestBody()));
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
          });
      server.start();
      return new Collector(server, posts, tokens);
    }

    List<JsonNode> spans() {
      List<JsonNode> spans = new ArrayList<>();
      posts.forEach(
          post -> post.at("/resourceSpans/0/scopeSpans/0/spans").forEach(span -> spans.add(span)));
      return spans;
    }

    String config() {
      return "otlp: { interval: 10ms, url: \"http://127.0.0.1:"
          + server.getAddress().getPort()
          + "\"";
    }

    @Override
    public void close() {
      server.stop(0);
    }
  }

  @Test
  void a_stranger_begins_a_trace_of_its_own() throws Exception {
    try (Origin origin = Origin.saying("ok");
        Proxy proxy = Proxy.on("auto").region("one", origin).with("tracing", "{}").start();
        Wire client = proxy.client()) {
      client.get("/", CLAIM).response();
      Wire.Message request = origin.requests().getFirst();
      String parent = request.value("traceparent");
      assertTrue(parent.matches("00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]"), parent);
      assertFalse(parent.contains(ID));
      assertFalse(request.has("tracestate"));
      assertEquals(parent.substring(3, 35), proxy.log(1).getFirst().get("trace_id").asText());
    }
  }

  @Test
  void without_tracing_the_fields_pass_as_any_other() throws Exception {
    try (Origin origin = Origin.saying("ok");
        Proxy proxy = Proxy.on("auto").region("one", origin).start();
        Wire client = proxy.client()) {
      client.get("/", CLAIM).response();
      Wire.Message request = origin.requests().getFirst();
      assertEquals(PARENT, request.value("traceparent"));
      assertEquals("a=1,b=2", request.value("tracestate"));
      assertFalse(proxy.log(1).getFirst().has("trace_id"));
    }
  }

  @Test
  void a_trusted_parent_is_continued_unless_it_is_said_twice() throws Exception {
    try (Origin origin = Origin.saying("ok");
        Proxy proxy =
            Proxy.on("auto")
                .region("one", origin)
                .trusting("127.0.0.0/8")
                .with("tracing", "{}")
                .start();
        Wire client = proxy.client()) {
      client.get("/", CLAIM).response();
      client.get("/", CLAIM + "traceparent: " + PARENT + "\r\n").response();
      Wire.Message once = origin.requests().get(0);
      assertEquals(PARENT, once.value("traceparent"), "no span of ours comes between");
      assertEquals("a=1,b=2", once.value("tracestate"));
      Wire.Message twice = origin.requests().get(1);
      assertFalse(twice.value("traceparent").contains(ID));
      assertFalse(twice.has("tracestate"));
    }
  }

  @Test
  void a_failover_is_seen_as_two_attempts_below_one_exchange() throws Exception {
    Path token = Files.writeString(directory.resolve("token"), "s3cret\n");
    try (Collector collector = Collector.start();
        Origin broken = Origin.answering((wire, _) -> wire.status(503));
        Origin good = Origin.saying("ok");
        Proxy proxy =
            Proxy.on("auto")
                .region("near", broken)
                .region("far", good)
                .with(
                    "tracing",
                    "{ parent_from: anyone, "
                        + collector.config()
                        + ", token_file: \""
                        + token
                        + "\" } }")
                .start();
        Wire client = proxy.client()) {
      assertEquals("ok", client.get("/p?secret=1", CLAIM).response().body());
      Await.until("three spans", () -> collector.spans().size() == 3);
      JsonNode exchange = collector.spans().get(0);
      assertEquals(ID, exchange.get("traceId").asText());
      assertEquals("00f067aa0ba902b7", exchange.get("parentSpanId").asText());
      List<JsonNode> attempts = collector.spans().subList(1, 3);
      for (int i = 0; i < 2; i++) {
        Wire.Message request = (i == 0 ? broken : good).requests().getFirst();
        String span = attempts.get(i).get("spanId").asText();
        assertEquals("00-" + ID + "-" + span + "-01", request.value("traceparent"));
        assertEquals(exchange.get("spanId"), attempts.get(i).get("parentSpanId"));
      }
      assertFalse(
          collector.posts().toString().contains("secret"), "the query is nobody's business");
      assertEquals("Bearer s3cret", collector.tokens().getFirst());
      Await.until(
          "they are counted",
          () -> proxy.metric("meridian_trace_spans_total{result=\"exported\"") == 3);
    }
  }

  @Test
  void a_reload_brings_another_collector_and_another_log() throws Exception {
    Path other = directory.resolve("other.log");
    try (Collector collector = Collector.start();
        Origin origin = Origin.saying("ok");
        Proxy proxy = Proxy.on("auto").region("one", origin).start();
        Wire client = proxy.client()) {
      client.get("/before").response();
      assertEquals(1, proxy.log(1).size());
      proxy
          .with("tracing", "{ one_in: 1, " + collector.config() + " } }")
          .with("access_log", "{ output: file, file: \"" + other + "\" }");
      proxy.meridian().reload(proxy.config());
      client.get("/after").response();
      Await.until("its spans", () -> collector.spans().size() == 2);
      Await.until("its line", () -> Files.readString(other).contains("/after"));
      proxy.with("tracing", "{ one_in: 1 }").with("access_log", "off");
      proxy.meridian().reload(proxy.config());
      client.get("/last").response();
      assertFalse(Files.readString(other).contains("/last"));
      assertEquals(1, proxy.log(1).size());
    }
  }

  @Test
  void an_answer_tells_where_its_time_went_if_its_route_says_so() throws Exception {
    try (Origin origin = Origin.saying("ok");
        Proxy proxy =
            Proxy.on("auto")
                .region("one", origin)
                .with(
                    "routes",
                    "[{ name: told, match: { paths: [/told/] }, server_timing: true }, { name: rest }]")
                .start();
        Wire client = proxy.client()) {
      String timing = client.get("/told/").response().value("Server-Timing");
      assertTrue(
          timing.matches(
              "edge;dur=[0-9.]+, connect;dur=[0-9.]+, upstream;dur=[0-9.]+, region;desc=\"one\","
                  + " attempt;desc=\"1\""),
          timing);
      assertFalse(client.get("/").response().has("Server-Timing"));
    }
  }

  @Test
  void forwarded_is_written_beside_the_older_fields() throws Exception {
    try (Origin origin = Origin.saying("ok");
        Proxy proxy =
            Proxy.on("auto")
                .region("one", origin)
                .with("edge", "{ name: fra-1 }")
                .with(
                    "listeners",
                    "[{ name: a, address: \"127.0.0.1:0\", forwarded: true }, { name: b, address:"
                        + " \"127.0.0.1:0\", forwarded: true, trusted_proxies: [127.0.0.0/8] }]")
                .start();
        Wire stranger = proxy.client();
        Wire trusted = Wire.connect(proxy.meridian().listeners().get(1).address().getPort())) {
      String own = "for=127.0.0.1;by=_fra-1;host=\"a.test\";proto=http";
      stranger.get("/", "Forwarded: for=6.6.6.6\r\n").response();
      trusted.get("/", "Forwarded: for=\"[2001:db8::1]\"\r\n").response();
      trusted.get("/", "X-Forwarded-For: 203.0.113.7\r\n").response();
      assertEquals(own, origin.requests().get(0).value("Forwarded"));
      assertEquals("for=\"[2001:db8::1]\", " + own, origin.requests().get(1).value("Forwarded"));
      assertFalse(origin.requests().get(2).has("Forwarded"), "it would name the wrong client");
      assertNotEquals("", origin.requests().get(2).value("X-Forwarded-For"));
    }
  }
}
