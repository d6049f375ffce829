package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Nobody who reads slowly makes the proxy hold much, and nobody loses a byte by it. */
@ExtendWith(NoLeaks.class)
@ParameterizedClass
@MethodSource("io.meridian.proxy.Transports#available")
class BackPressureIT {
  private static final int LARGE = 24 * 1024 * 1024;

  /** Both sockets' kernel buffers, and what the proxy may hold, with much room. */
  private static final int BOUND = 14 * 1024 * 1024;

  @Parameter String transport = "";

  private static Origin endless() {
    return Origin.answering((wire, _) -> {
      wire.send("HTTP/1.1 200 OK\r\nContent-Length: " + LARGE + "\r\n\r\n");
      byte[] piece = new byte[64 * 1024];
      for (int sent = 0; sent < LARGE; sent += piece.length) {
        wire.send(piece);
      }
    });
  }

  /** Waits until this number has stopped growing. */
  private static long settled(java.util.function.LongSupplier number) throws Exception {
    long[] last = {-1, 0};
    Await.until(
        "it stops to grow",
        () -> {
          long now = number.getAsLong();
          last[1] = now == last[0] && now > 0 ? last[1] + 1 : 0;
          last[0] = now;
          return last[1] > 100;
        });
    return last[0];
  }

  @Test
  void an_answer_waits_at_the_origin_while_its_client_reads_nothing() throws Exception {
    try (Origin origin = endless();
        Proxy proxy = Proxy.on(transport).region("one", origin).start();
        Wire client = Wire.connectNarrow(proxy.port())) {
      client.get("/");
      assertEquals(200, client.head().status());
      long sent = settled(origin.bytesWritten::get);
      assertTrue(sent < BOUND, "bytes read from the origin: " + sent);
      assertEquals(LARGE, client.read(LARGE).length());
      assertFalse(client.get("/").head().start().isEmpty());
    }
  }

  @Test
  void an_answer_that_is_compressed_waits_as_well() throws Exception {
    byte[] noise = new byte[LARGE];
    new java.util.Random(1).nextBytes(noise);
    try (Origin origin =
            Origin.answering((wire, _) -> {
              wire.send("HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ");
              wire.send(LARGE + "\r\n\r\n");
              for (int sent = 0; sent < LARGE; sent += 64 * 1024) {
                wire.send(java.util.Arrays.copyOfRange(noise, sent, sent + 64 * 1024));
              }
            });
        Proxy proxy =
            Proxy.on(transport)
                .region("one", origin)
                .with("routes", "[{ name: all, compress: { level: 1 } }]")
                .start();
        Wire client = Wire.connectNarrow(proxy.port())) {
      client.get("/", "Accept-Encoding: gzip\r\n");
      Wire.Message head = client.head();
      assertEquals("gzip", head.value("Content-Encoding"));
      long sent = settled(origin.bytesWritten::get);
      assertTrue(sent < BOUND, "bytes read from the origin: " + sent);
      byte[] coded =
          client
              .withBody(head, true, false)
              .body()
              .getBytes(java.nio.charset.StandardCharsets.ISO_8859_1);
      var in = new java.util.zip.GZIPInputStream(new java.io.ByteArrayInputStream(coded));
      assertTrue(java.util.Arrays.equals(noise, in.readAllBytes()));
    }
  }

  @Test
  void a_request_waits_at_its_client_while_the_origin_reads_nothing() throws Exception {
    java.util.concurrent.CountDownLatch go = new java.util.concurrent.CountDownLatch(1);
    try (Origin origin =
            Origin.script(wire -> {
              Wire.Message head = wire.requestHead();
              if (head != null) {
                go.await();
                wire.ok(head, Integer.toString(wire.withBody(head, false, false).body().length()));
              }
            });
        Proxy proxy =
            Proxy.on(transport).region("one", origin).with("failover", "{ hedge: false }").start();
        Wire client = proxy.client()) {
      java.util.concurrent.atomic.AtomicLong sent = new java.util.concurrent.atomic.AtomicLong();
      Thread sender =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  client.send(
                      "PUT / HTTP/1.1\r\nHost: a.test\r\nContent-Length: " + LARGE + "\r\n\r\n");
                  byte[] piece = new byte[64 * 1024];
                  for (int i = 0; i < LARGE; i += piece.length) {
                    client.send(piece);
                    sent.addAndGet(piece.length);
                  }
                } catch (java.io.IOException e) {
                  throw new java.io.UncheckedIOException(e);
                }
              });
      long held = settled(sent::get);
      assertTrue(held < BOUND, "bytes read from the client: " + held);
      go.countDown();
      assertEquals(Integer.toString(LARGE), client.response().body());
      sender.join();
    }
  }

  @Test
  void the_last_bytes_of_a_connection_reach_a_client_that_reads_late() throws Exception {
    try (Origin origin = endless();
        Proxy proxy = Proxy.on(transport).region("one", origin).start();
        Wire client = Wire.connectNarrow(proxy.port())) {
      client.get("/", "Connection: close\r\n");
      assertEquals("close", client.head().value("Connection"));
      client.read(LARGE - 2_000_000);
      // what is left fits into the proxy's and the kernel's buffers: the answer is over there
      Await.until("the answer is over", () -> proxy.meridian().requestsInProgress() == 0);
      assertEquals(2_000_000, client.read(2_000_000).length());
      assertTrue(client.ends());
    }
  }

  @Test
  void a_client_that_asks_on_and_on_but_reads_nothing_is_not_served_on_and_on() throws Exception {
    String body = "x".repeat(20_000);
    int many = 3_000; // 60 MB of answers
    try (Origin origin = Origin.saying(body);
        Proxy proxy = Proxy.on(transport).region("one", origin).start();
        Wire client = Wire.connectNarrow(proxy.port())) {
      StringBuilder all = new StringBuilder();
      for (int i = 0; i < many; i++) {
        all.append("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n");
      }
      client.send(all.toString());
      long sent = settled(origin.bytesWritten::get);
      assertTrue(sent < BOUND, "bytes read from the origin: " + sent);
      for (int i = 0; i < many; i++) {
        assertEquals(20_000, client.response().body().length());
      }
    }
  }

  @Test
  void a_client_that_takes_nothing_for_too_long_is_cut() throws Exception {
    try (Origin origin = endless();
        Proxy proxy =
            Proxy.on(transport)
                .region("one", origin)
                .with("timeouts", "{ response_body: 300ms }")
                .start();
        Wire client = Wire.connectNarrow(proxy.port())) {
      client.get("/");
      assertEquals("client", proxy.log(1).getFirst().get("terminated_by").asText());
      assertThrows(java.io.IOException.class, client::response);
    }
  }
}
