package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.pkitesting.X509Bundle;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(NoLeaks.class)
class SendProxyProtocolIT {
  private static final String SIGNATURE = "\r\n\r\n\0\r\nQUIT\n";
  @TempDir Path directory;

  /** Answers each request and keeps the line before the first. */
  private static Origin headed(List<String> lines) {
    return Origin.script(wire -> {
      String line = wire.line();
      for (var request = wire.request(); request != null; request = wire.request()) {
        lines.add(line);
        wire.ok(request, "seen");
      }
    });
  }

  @ParameterizedTest
  @MethodSource("io.meridian.proxy.Transports#available")
  void version_1_names_the_client_of_each_request(String transport) throws Exception {
    List<String> lines = new CopyOnWriteArrayList<>();
    try (Origin origin = headed(lines);
        Proxy proxy = Proxy.on(transport).region("one", origin, "send_proxy_protocol: v1").start();
        Wire client = proxy.client();
        Wire other = proxy.client()) {
      assertEquals("seen", client.get("/").response().body());
      assertEquals("seen", other.get("/").response().body());
      assertEquals("seen", client.get("/").response().body());
      String first =
          "PROXY TCP4 127.0.0.1 127.0.0.1 %d %d"
              .formatted(client.socket().getLocalPort(), proxy.port());
      String second =
          "PROXY TCP4 127.0.0.1 127.0.0.1 %d %d"
              .formatted(other.socket().getLocalPort(), proxy.port());
      assertEquals(List.of(first, second, first), lines);
    }
  }

  @Test
  void an_address_that_a_trusted_proxy_forwards_is_told_without_its_port() throws Exception {
    List<String> lines = new CopyOnWriteArrayList<>();
    try (Origin origin = headed(lines);
        Proxy proxy =
            Proxy.on("nio")
                .trusting("127.0.0.0/8")
                .region("one", origin, "send_proxy_protocol: v1")
                .start();
        Wire client = proxy.client()) {
      client.get("/", "X-Forwarded-For: 2001:db8::7\r\n").response();
      assertEquals(List.of("PROXY TCP6 2001:db8::7 ::ffff:127.0.0.1 0 " + proxy.port()), lines);
    }
  }

  @Test
  void version_2_goes_before_tls() throws Exception {
    Pki pki = new Pki("ours");
    X509Bundle leaf = pki.leaf(null);
    List<String> heads = new CopyOnWriteArrayList<>();
    try (Origin origin =
            Origin.answering(pki.server(leaf), (wire, request) -> wire.ok(request, "seen"));
        Origin front =
            Origin.script(wire -> {
              String head = wire.read(28);
              heads.add(head);
              Relay.join(wire.socket(), origin.port());
            });
        Proxy proxy =
            Proxy.on("nio")
                .region(
                    "one",
                    "https://127.0.0.1:" + front.port(),
                    front.port(),
                    "send_proxy_protocol: v2, tls: { ca: \"" + pki.ca(directory) + "\" }")
                .start();
        Wire client = proxy.client()) {
      assertEquals("seen", client.get("/").response().body());
      byte[] head = heads.getFirst().getBytes(StandardCharsets.ISO_8859_1);
      assertTrue(heads.getFirst().startsWith(SIGNATURE + "!\u0011\0\u000c"));
      assertEquals(client.socket().getLocalPort(), (head[24] & 0xff) << 8 | (head[25] & 0xff));
    }
  }
}
