package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.proxy.Http2Origin.Call;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(NoLeaks.class)
class UpstreamHttp2IT {
  private static final Pki OURS = new Pki("ours");

  @TempDir Path directory;

  private static Proxy in(String transport, Http2Origin... origins) {
    Proxy proxy = Proxy.on(transport).with("failover", "{ hold: 0s }").with("workers", "1");
    String name = "one";
    for (Http2Origin origin : origins) {
      proxy.region(name, "http://127.0.0.1:" + origin.port(), origin.port(), "protocol: http2");
      name = "two";
    }
    return proxy;
  }

  private static Proxy before(Http2Origin... origins) throws IOException {
    return in("nio", origins).start();
  }

  @ParameterizedTest
  @MethodSource("io.meridian.proxy.Transports#available")
  void requests_and_answers_of_any_size_pass(String transport) throws Exception {
    String large = "abcdefghij".repeat(150_000);
    try (Http2Origin origin = Http2Origin.answering(call -> call.ok(call.body.toString()));
        Proxy proxy = in(transport, origin).start();
        Wire client = proxy.client()) {
      assertEquals("", client.get("/?q=1").response().body());
      assertEquals(large, client.post("/echo", large).response().body());
      assertEquals("small", client.post("/echo", "small").response().body());
      Call first = origin.calls().getFirst();
      assertEquals("GET", first.header(":method"));
      assertEquals("/?q=1", first.header(":path"));
      assertEquals("http", first.header(":scheme"));
      assertFalse(first.header(":authority").isEmpty());
      assertEquals("", first.header("host"));
      assertEquals("", first.header("connection"));
      assertEquals("", first.header("te"));
      assertEquals(1, origin.connections());
    }
  }

  @Test
  void requests_share_a_connection() throws Exception {
    List<Call> waiting = new ArrayList<>();
    try (Http2Origin origin =
            Http2Origin.answering(call -> {
              waiting.add(call);
              if (waiting.size() == 5) {
                waiting.reversed().forEach(each -> each.ok(each.header(":path")));
              }
            });
        Proxy proxy = before(origin)) {
      List<Wire> clients = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        clients.add(proxy.client().post("/" + i, "x"));
      }
      for (int i = 0; i < 5; i++) {
        assertEquals("/" + i, clients.get(i).response().body());
        clients.get(i).close();
      }
      assertTrue(origin.connections() <= 2, "connections: " + origin.connections());
    }
  }

  @Test
  void more_requests_than_a_connection_takes_open_another_one() throws Exception {
    List<Call> waiting = new ArrayList<>();
    try (Http2Origin origin =
            Http2Origin.with(
                Http2Settings.defaultSettings().maxConcurrentStreams(2),
                call -> {
                  waiting.add(call);
                  if (waiting.size() == 5) {
                    waiting.forEach(each -> each.ok("all"));
                  }
                });
        Proxy proxy = before(origin)) {
      List<Wire> clients = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        clients.add(proxy.client().get("/" + i));
      }
      for (Wire client : clients) {
        assertEquals("all", client.response().body());
        client.close();
      }
      assertTrue(origin.connections() >= 3, "connections: " + origin.connections());
    }
  }

  @Test
  void trailers_pass_both_ways() throws Exception {
    try (Http2Origin origin =
            Http2Origin.answering(call -> {
              call.head(false, ":status", "200", "content-type", "application/grpc");
              call.data("part", false);
              call.head(true, "grpc-status", "0", "grpc-message", "fine");
            });
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      client.send(
          "POST /s/m HTTP/1.1\r\nHost: x.test\r\nTE: trailers\r\nConnection: TE\r\n"
              + "Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nx-sum: 7\r\n\r\n");
      Wire.Message answer = client.response();
      assertEquals("part", answer.body());
      assertEquals(List.of("grpc-status: 0", "grpc-message: fine"), answer.trailers());
      Call call = origin.calls().getFirst();
      assertEquals("trailers", call.header("te"));
      assertNotNull(call.trailers);
      assertEquals("7", call.trailers.get("x-sum").toString());
    }
  }

  @Test
  void an_answer_without_content_and_one_to_head_end_with_their_heads() throws Exception {
    try (Http2Origin origin =
            Http2Origin.answering(call ->
                call.head(
                    true,
                    ":status",
                    call.header(":path").substring(1),
                    "x-kind",
                    call.header(":method")));
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      assertEquals(204, client.get("/204").response().status());
      assertEquals("0", client.get("/200").response().value("Content-Length"));
      client.send("HEAD /200 HTTP/1.1\r\nHost: x.test\r\n\r\n");
      assertEquals("HEAD", client.responseToHead().value("x-kind"));
      assertEquals(304, client.get("/304").response().status());
    }
  }

  @Test
  void interim_answers_pass() throws Exception {
    try (Http2Origin origin =
            Http2Origin.answering(call -> {
              call.head(false, ":status", "103", "link", "</a.css>");
              call.ok("then");
            });
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      client.get("/");
      assertEquals(103, client.head().status());
      assertEquals("then", client.response().body());
    }
  }

  private static void malformed(Http2Origin.Script script) throws Exception {
    try (Http2Origin origin = Http2Origin.answering(script);
        Proxy proxy = before(origin)) {
      assertEquals(502, proxy.get("/").status());
    }
  }

  @Test
  void malformed_answers_are_not_passed_on() throws Exception {
    malformed(call -> call.head(true, ":status", "200", "connection", "close"));
    malformed(call -> call.head(true, ":status", "200", "transfer-encoding", "chunked"));
    malformed(call -> call.head(true, ":status", "200", "x-a", "b\r\nx-c: d"));
    malformed(call -> call.head(true, ":status", "200", "x-a", " padded"));
    malformed(call -> call.head(true, ":status", "2000"));
    malformed(call -> call.head(true, ":status", "101"));
    malformed(call -> call.head(true, ":status", "200", ":path", "/"));
    malformed(call -> call.head(true, ":status", "200", "content-length", "5"));
    malformed(call -> {
      call.head(false, ":status", "200", "content-length", "5");
      call.data("four", true);
    });
    malformed(call -> {
      call.head(false, ":status", "200", "content-length", "5");
      call.data("more than five", true);
    });
  }

  @Test
  void a_reset_within_an_answer_cuts_it() throws Exception {
    try (Http2Origin origin =
            Http2Origin.answering(call -> {
              call.head(false, ":status", "200");
              call.data("half", false);
            });
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      client.post("/", "once");
      Wire.Message head = client.head();
      assertEquals("4", client.line());
      assertEquals("half\r\n", client.read(6));
      origin.calls().getFirst().reset(Http2Error.INTERNAL_ERROR);
      assertThrows(IOException.class, () -> client.withBody(head, true, false));
    }
  }

  @Test
  void a_refused_stream_moves_whatever_its_method() throws Exception {
    try (Http2Origin refusing =
            Http2Origin.answering(call -> call.reset(Http2Error.REFUSED_STREAM));
        Http2Origin good = Http2Origin.answering(call -> call.ok("moved"));
        Proxy proxy = before(refusing, good);
        Wire client = proxy.client()) {
      assertEquals("moved", client.post("/", "once").response().body());
      assertEquals(1, good.calls().size());
    }
  }

  @Test
  void a_reset_for_another_reason_does_not_move_what_may_have_been_done() throws Exception {
    try (Http2Origin failing =
            Http2Origin.answering(call -> call.reset(Http2Error.INTERNAL_ERROR));
        Http2Origin good = Http2Origin.answering(call -> call.ok("moved"));
        Proxy proxy = before(failing, good);
        Wire client = proxy.client()) {
      assertEquals(502, client.post("/", "once").response().status());
      assertEquals(0, good.calls().size());
    }
  }

  @Test
  void requests_that_a_connection_going_away_did_not_look_at_are_sent_on_another_one()
      throws Exception {
    AtomicInteger count = new AtomicInteger();
    try (Http2Origin origin =
            Http2Origin.answering(call -> {
              if (count.incrementAndGet() == 1) {
                call.raw(new GoAway(call.id() - 2).frame());
              } else {
                call.ok("second");
              }
            });
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      assertEquals("second", client.post("/", "once").response().body());
      assertEquals(2, origin.connections());
      assertEquals(0, proxy.metric("meridian_health_state_changes_total"));
    }
  }

  /** A last frame by hand, since the codec sends none that denies a request in progress. */
  private record GoAway(int lastStreamId) {
    io.netty.buffer.ByteBuf frame() {
      return io.netty.buffer.Unpooled.buffer()
          .writeMedium(8)
          .writeByte(7)
          .writeByte(0)
          .writeInt(0)
          .writeInt(Math.max(0, lastStreamId))
          .writeInt(0);
    }
  }

  @Test
  void a_client_that_leaves_cancels_its_stream() throws Exception {
    try (Http2Origin origin = Http2Origin.answering(call -> {});
        Proxy proxy = before(origin)) {
      try (Wire client = proxy.client().get("/")) {
        Await.until("the request", () -> origin.calls().size() == 1);
        assertFalse(client.socket().isClosed());
      }
      Await.until(
          "the stream is cancelled",
          () -> origin.calls().getFirst().reset == Http2Error.CANCEL.code());
    }
  }

  @Test
  void a_stream_without_room_stops_its_client_and_no_other() throws Exception {
    try (Http2Origin origin =
            Http2Origin.with(
                    Http2Settings.defaultSettings().initialWindowSize(16 * 1024),
                    call -> {
                      if (call.header(":path").equals("/other")) {
                        call.ok("free");
                      }
                    })
                .consumingNothing();
        Proxy proxy = before(origin);
        Wire stuck = proxy.client()) {
      stuck.socket().setSendBufferSize(64 * 1024);
      stuck.send("POST / HTTP/1.1\r\nHost: x.test\r\nContent-Length: 500000000\r\n\r\n");
      byte[] piece = new byte[64 * 1024];
      AtomicInteger sent = new AtomicInteger();
      Thread writer =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  while (true) {
                    stuck.socket().getOutputStream().write(piece);
                    sent.addAndGet(piece.length);
                  }
                } catch (IOException e) {
                  // the test is over
                }
              });
      Await.until("something was sent", () -> !origin.calls().isEmpty() && sent.get() > 0);
      AtomicInteger last = new AtomicInteger(-1);
      AtomicInteger same = new AtomicInteger();
      Await.until(
          "the client stands still",
          () -> {
            same.set(last.getAndSet(sent.get()) == sent.get() ? same.get() + 1 : 0);
            return same.get() > 100;
          });
      assertTrue(sent.get() < 50_000_000, "sent: " + sent.get());
      assertEquals("free", proxy.get("/other").body());
      // The client can't end it: that it is gone stands behind bytes that nobody reads.
      origin.calls().getFirst().reset(Http2Error.CANCEL);
      stuck.socket().close();
      writer.join();
    }
  }

  @Test
  void a_client_that_reads_slowly_stops_the_endpoint_by_its_window() throws Exception {
    int size = 40_000_000;
    AtomicInteger written = new AtomicInteger();
    try (Http2Origin origin =
            Http2Origin.answering(call -> {
              if (call.header(":path").equals("/other")) {
                call.ok("free");
                return;
              }
              call.head(false, ":status", "200", "content-length", Integer.toString(size));
              feed(call, written, size);
            });
        Proxy proxy = before(origin);
        Wire slow = Wire.connectNarrow(proxy.port())) {
      slow.get("/");
      Wire.Message head = slow.head();
      AtomicInteger last = new AtomicInteger(-1);
      AtomicInteger same = new AtomicInteger();
      Await.until(
          "the endpoint stands still",
          () -> {
            same.set(last.getAndSet(written.get()) == written.get() ? same.get() + 1 : 0);
            return same.get() > 100 && written.get() > 0;
          });
      assertTrue(written.get() < size / 2, "written: " + written.get());
      assertEquals("free", proxy.get("/other").body());
      assertEquals(size, slow.withBody(head, true, false).body().length());
    }
  }

  private static void feed(Call call, AtomicInteger written, int size) {
    int chunk = Math.min(64_000, size - written.get());
    var bytes = io.netty.buffer.Unpooled.wrappedBuffer(new byte[chunk]);
    call.channel
        .eventLoop()
        .execute(() ->
            call.write(bytes, written.get() + chunk == size)
                .addListener(f -> {
                  if (f.isSuccess() && written.addAndGet(chunk) < size) {
                    feed(call, written, size);
                  }
                }));
  }

  @Test
  void alpn_chooses_and_prior_knowledge_is_checked() throws Exception {
    X509Bundle leaf = OURS.leaf(null);
    String tls = "tls: { ca: \"" + OURS.ca(directory) + "\" }";
    SslContext server =
        SslContextBuilder.forServer(leaf.toKeyManagerFactory())
            .applicationProtocolConfig(
                new ApplicationProtocolConfig(
                    ApplicationProtocolConfig.Protocol.ALPN,
                    ApplicationProtocolConfig.SelectorFailureBehavior.NO_ADVERTISE,
                    ApplicationProtocolConfig.SelectedListenerFailureBehavior.ACCEPT,
                    ApplicationProtocolNames.HTTP_2))
            .build();
    try (Http2Origin h2 = Http2Origin.secure(server, call -> call.ok("two"));
        Proxy proxy =
            Proxy.on("nio")
                .region(
                    "one", "https://127.0.0.1:" + h2.port(), h2.port(), "protocol: auto, " + tls)
                .start()) {
      assertEquals("two", proxy.get("/").body());
      assertEquals("https", h2.calls().getFirst().header(":scheme"));
    }
    try (Origin h1 =
            Origin.answering(OURS.server(leaf), (wire, request) -> wire.ok(request, "one"));
        Proxy auto = Proxy.on("nio").region("one", h1, "protocol: auto, " + tls).start();
        Proxy strict =
            Proxy.on("nio")
                .with("failover", "{ hold: 0s }")
                .region("one", h1, "protocol: http2, " + tls)
                .start()) {
      assertEquals("one", auto.get("/").body());
      assertEquals(502, strict.get("/").status());
    }
    try (Origin h1 = Origin.script(wire -> wire.send("HTTP/1.1 400 Bad Request\r\n\r\n"));
        Proxy proxy =
            Proxy.on("nio")
                .with("failover", "{ hold: 0s }")
                .region("one", h1, "protocol: http2")
                .start()) {
      assertEquals(502, proxy.get("/").status());
    }
  }

  private static final String UPGRADE =
      "GET /chat HTTP/1.1\r\nHost: x.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

  @Test
  void a_websocket_goes_over_a_stream_where_the_endpoint_allows_it() throws Exception {
    try (Http2Origin origin =
            Http2Origin.with(
                Http2Settings.defaultSettings().connectProtocolEnabled(true),
                call -> {
                  call.onData = text -> call.data("<" + text + ">", text.equals("end"));
                  call.head(false, ":status", "200");
                });
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      client.send(UPGRADE);
      Wire.Message head = client.head();
      assertEquals(101, head.status());
      assertEquals("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", head.value("Sec-WebSocket-Accept"));
      client.send("one");
      assertEquals("<one>", client.read(5));
      client.send("end");
      assertEquals("<end>", client.readToEnd());
      Call call = origin.calls().getFirst();
      assertEquals("CONNECT", call.header(":method"));
      assertEquals("websocket", call.header(":protocol"));
      assertEquals("/chat", call.header(":path"));
      assertNull(call.headers.get("sec-websocket-key"));
    }
  }

  @Test
  void a_websocket_is_refused_where_the_endpoint_does_not_allow_it() throws Exception {
    try (Http2Origin origin = Http2Origin.answering(call -> call.ok("no"));
        Proxy proxy = before(origin)) {
      for (int i = 0; i < 2; i++) {
        try (Wire client = proxy.client()) {
          Wire.Message answer = client.send(UPGRADE).response();
          assertEquals(502, answer.status());
          assertTrue(answer.value("Proxy-Status").contains("http_upgrade_failed"));
        }
      }
      assertEquals(0, proxy.metric("meridian_health_state_changes_total"));
    }
  }

  @Test
  void a_connection_that_answers_no_ping_is_given_up() throws Exception {
    try (Http2Origin origin = Http2Origin.answering(call -> {}).ignoringPings();
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      Wire.Message answer = client.post("/", "once").response();
      assertEquals(504, answer.status());
      assertTrue(answer.value("Proxy-Status").contains("http_response_timeout"));
      assertFalse(answer.value("Proxy-Status").contains("deadline"));
      Await.until("its connection is closed", () -> !origin.calls().getFirst().channel.isActive());
    }
  }

  @Test
  void an_early_answer_ends_the_request() throws Exception {
    try (Http2Origin origin =
            Http2Origin.atHead(call -> {
              call.head(false, ":status", "403", "content-length", "2");
              call.data("no", true);
            });
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      client.send("POST / HTTP/1.1\r\nHost: x.test\r\nContent-Length: 100000\r\n\r\npart");
      assertEquals("no", client.response().body());
      Await.until("the stream is reset", () -> origin.calls().getFirst().reset >= 0);
    }
  }

  @Test
  void a_connection_that_is_cut_fails_its_streams_and_is_not_used_again() throws Exception {
    AtomicInteger count = new AtomicInteger();
    try (Http2Origin origin =
            Http2Origin.answering(call -> {
              if (count.incrementAndGet() == 2) {
                call.channel.close();
              } else {
                call.ok("again");
              }
            });
        Proxy proxy = before(origin)) {
      assertEquals("again", proxy.get("/").body());
      assertEquals("again", proxy.get("/").body());
    }
  }
}
