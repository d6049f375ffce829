package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What other proxies once did with an answer, or with the connection behind it. Each test cites the
 * advisory.
 */
@SuppressWarnings("StringConcatToTextBlock") // line ends are part of what is tested
@ExtendWith(NoLeaks.class)
class KnownResponseFlawsIT {
  private static final String OK = "HTTP/1.1 200 OK\r\n";
  private static final String UPGRADE =
      "GET /ws HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
          + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";

  private static Proxy before(Origin origin) throws IOException {
    return Proxy.on("nio").region("one", origin).start();
  }

  /** An origin that answers {@code /bad} so, and any other target with that target. */
  private static Origin badly(String answer) {
    return Origin.answering((wire, request) -> {
      if (request.target().startsWith("/bad")) {
        wire.send(answer);
      } else {
        wire.ok(request, request.target());
      }
    });
  }

  /** Innocent requests get their own answers, whatever came before. */
  private static void assertNobodyElseIsHarmed(Proxy proxy) throws IOException {
    for (int i = 0; i < 4; i++) {
      assertEquals("/innocent" + i, proxy.get("/innocent" + i).body());
    }
  }

  /** Netty CVE-2025-58056, Go CVE-2025-22871; Netty CVE-2026-33870, on the response side. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "5\nhello\r\n0\r\n\r\n",
        "5;a\nhello\r\n0\r\n\r\n",
        "5;a=\"\r\n\"\r\nhello\r\n0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "x\r\nhello\r\n0\r\n\r\n",
        "5\r\nhelloo\r\n0\r\n\r\n"
      })
  void a_broken_chunked_answer_never_looks_whole(String body) throws Exception {
    try (Origin origin = badly(OK + "Transfer-Encoding: chunked\r\n\r\n" + body);
        Proxy proxy = before(origin)) {
      try (Wire client = proxy.client()) {
        assertNotWhole(client.get("/bad"));
      }
      assertNobodyElseIsHarmed(proxy);
    }
  }

  private static void assertNotWhole(Wire client) throws IOException {
    Wire.Message head = client.head();
    if (head.status() == 200) {
      assertThrows(IOException.class, () -> client.withBody(head, true, false));
    } else {
      assertEquals(502, head.status());
    }
  }

  /** Netty CVE-2026-42584: an answer was paired with the wrong request. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 100 Continue\r\n\r\n",
        "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
        "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
      })
  void informational_answers_shift_no_other(String before) throws Exception {
    try (Origin origin =
            Origin.answering((wire, request) -> {
              wire.send(before);
              wire.ok(request, request.target());
            });
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      for (int i = 0; i < 6; i++) {
        client.get("/" + i);
      }
      for (int i = 0; i < 6; i++) {
        assertEquals("/" + i, finalAnswer(client).body());
      }
    }
  }

  private static Wire.Message finalAnswer(Wire client) throws IOException {
    Wire.Message head = client.head();
    while (head.status() < 200) {
      head = client.head();
    }
    return client.withBody(head, true, false);
  }

  /** Netty CVE-2026-42584. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Transfer-Encoding: chunked\r\n\r\n",
        "Content-Length: 5\r\n\r\n",
        "Content-Length: 5\r\n\r\nhello"
      })
  void an_answer_to_head_ends_with_its_head(String rest) throws Exception {
    try (Origin origin = badly(OK + rest);
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      client.send("HEAD /bad HTTP/1.1\r\nHost: a.test\r\n\r\n").get("/next");
      assertEquals(200, client.responseToHead().status());
      assertEquals("/next", client.response().body());
      assertNobodyElseIsHarmed(proxy);
    }
  }

  /** Netty CVE-2026-42587: limits of decompression were ignored; a proxy decodes nothing at all. */
  @ParameterizedTest
  @ValueSource(strings = {"gzip", "br", "zstd", "snappy", "deflate", "gzip, gzip", "unknown"})
  void a_coded_answer_passes_as_it_is(String coding) throws Exception {
    String body = "\u001f\u008b no valid " + coding + "\u0000\u00ff";
    try (Origin origin =
            badly(
                (OK + "Content-Encoding: " + coding + "\r\nContent-Length: ")
                    + (body.length() + "\r\n\r\n" + body));
        Proxy proxy = before(origin)) {
      Wire.Message answer = proxy.get("/bad");
      assertEquals(coding, answer.value("Content-Encoding"));
      assertEquals(body, answer.body());
    }
  }

  /** Zuul: a connection was used again after an early answer, while the upload went on. */
  @Test
  void an_early_answer_poisons_no_connection() throws Exception {
    try (Origin origin =
            Origin.script(wire -> {
              for (Wire.Message head = wire.requestHead(); head != null; ) {
                if (head.method().equals("POST")) {
                  wire.send("HTTP/1.1 413 No\r\nContent-Length: 5\r\n\r\nearly");
                } else {
                  wire.ok(head, head.target());
                }
                head = wire.requestHead();
              }
            });
        Proxy proxy = before(origin)) {
      String hidden = "GET /hidden HTTP/1.1\r\nHost: a.test\r\n\r\n";
      for (int i = 0; i < 5; i++) {
        try (Wire client = proxy.client()) {
          client.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 1000\r\n\r\nhalf");
          assertEquals("early", client.response().body());
          client.send(hidden);
          assertNobodyElseIsHarmed(proxy);
        }
      }
    }
  }

  /** Envoy CVE-2024-23326. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 200 OK\r\nConnection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nno",
        "HTTP/1.1 426 No\r\nConnection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\nno"
      })
  void no_status_but_101_opens_a_tunnel(String answer) throws Exception {
    try (Origin origin =
            Origin.answering((wire, request) -> {
              if (request.target().equals("/ws")) {
                wire.send(answer);
              } else {
                wire.ok(request, request.target());
              }
            });
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      client.send(UPGRADE);
      assertEquals("no", client.response().body());
      client.get("/after"); // parsed, routed and logged: no tunnel
      assertEquals("/after", client.response().body());
      Wire.Message seen = origin.requests().getLast();
      assertEquals("/after", seen.target());
      assertTrue(seen.has("X-Request-Id"));
      assertNobodyElseIsHarmed(proxy);
    }
  }

  /** Go CVE-2024-24791: the connection was broken after a final answer in place of 100. */
  @Test
  void a_final_answer_in_place_of_100_breaks_no_connection() throws Exception {
    try (Origin origin =
            Origin.script(wire -> {
              for (Wire.Message head = wire.requestHead(); head != null; ) {
                if (head.has("Expect")) {
                  wire.status(417);
                } else {
                  wire.ok(head, head.target());
                }
                head = wire.requestHead();
              }
            });
        Proxy proxy = before(origin)) {
      for (int i = 0; i < 5; i++) {
        try (Wire client = proxy.client()) {
          client.send(
              "POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
          assertEquals(417, client.response().status());
        }
        assertNobodyElseIsHarmed(proxy);
      }
    }
  }

  /** nginx before 1.29 took an informational answer for the final one. */
  @Test
  void an_informational_answer_is_not_the_final_one() throws Exception {
    try (Origin origin =
            badly(
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\n"
                    + "Link: </style.css>; rel=preload\r\n\r\n"
                    + OK
                    + "Content-Length: 4\r\n\r\nlast");
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      assertEquals("last", finalAnswer(client.get("/bad")).body());
      assertEquals("/next", client.get("/next").response().body());
    }
  }

  /** Caddy 2.6, HAProxy 2.6 and Varnish 7.1 ended an answer that was cut as if it were whole. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 100000\r\n\r\nhalf",
        "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
        "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\n",
        "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\nX-T: 1\r\n"
      })
  void an_answer_that_is_cut_never_looks_whole(String rest) throws Exception {
    try (Origin origin =
            Origin.answering((wire, request) -> {
              if (request.target().equals("/bad")) {
                wire.send(OK + rest);
                wire.leave();
              } else {
                wire.ok(request, request.target());
              }
            });
        Proxy proxy = before(origin)) {
      try (Wire client = proxy.client()) {
        assertNotWhole(client.get("/bad"));
      }
      assertNobodyElseIsHarmed(proxy);
    }
  }

  /** The same of an upload: an endpoint must not take half of it for all. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 200000\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n18000\r\n",
      })
  void an_upload_that_is_cut_never_looks_whole(String framing) throws Exception {
    CountDownLatch seen = new CountDownLatch(1);
    CountDownLatch ended = new CountDownLatch(1);
    List<Wire.Message> whole = new java.util.concurrent.CopyOnWriteArrayList<>();
    try (Origin origin =
            Origin.script(wire -> {
              Wire.Message head = wire.requestHead();
              if (head == null) {
                return;
              }
              seen.countDown();
              try {
                whole.add(wire.withBody(head, false, false));
              } finally {
                ended.countDown();
              }
            });
        Proxy proxy = before(origin);
        Wire client = proxy.client()) {
      client.send("POST / HTTP/1.1\r\nHost: a.test\r\n" + framing + "x".repeat(90_000));
      seen.await();
      client.leave();
      ended.await();
      assertEquals(List.of(), whole);
      assertFalse(proxy.log(1).isEmpty());
    }
  }

  /** Traefik CVE-2024-28869, Slowloris: a request that announces a body and sends none. */
  @Test
  void a_body_that_never_comes_holds_a_connection_no_longer_than_its_deadline() throws Exception {
    try (Origin origin = Origin.saying("ok");
        Proxy proxy =
            Proxy.on("nio")
                .region("one", origin)
                .with("timeouts", "{ request_head: 200ms, request_body: 200ms }")
                .start();
        Wire one = proxy.client();
        Wire two = proxy.client();
        Wire three = proxy.client()) {
      one.send("POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\n");
      two.send("POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n");
      three.send("GET / HTTP/1.1\r\nHost: a.test\r\nX-Slow");
      for (Wire slow : List.of(one, two, three)) {
        assertEquals(408, slow.response().status());
        assertTrue(slow.ends());
      }
    }
  }
}
