package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@ExtendWith(NoLeaks.class)
class UpstreamTlsIT {
  private static final Pki OURS = new Pki("ours");
  private static final Pki THEIRS = new Pki("theirs");

  @TempDir Path directory;

  private static Origin secure(SSLContext tls) {
    return Origin.answering(tls, (wire, request) -> wire.ok(request, "hidden"));
  }

  private String ca() throws IOException {
    return "tls: { ca: \"" + OURS.ca(directory) + "\" }";
  }

  /** Requests don't wait for a region to come back. */
  private static Proxy atOnce(String transport) {
    return Proxy.on(transport).with("failover", "{ hold: 0s }");
  }

  private static Proxy fast(String transport) {
    return atOnce(transport).with("timeouts", "{ connect: 400ms }");
  }

  @ParameterizedTest
  @MethodSource("io.meridian.proxy.Transports#available")
  void requests_and_answers_go_in_tls(String transport) throws Exception {
    String large = "x".repeat(700_000);
    try (Origin origin =
            Origin.answering(
                OURS.server(OURS.leaf(null)), (wire, request) -> wire.ok(request, request.body()));
        Proxy proxy = Proxy.on(transport).region("one", origin, ca()).start();
        Wire client = proxy.client()) {
      for (int i = 0; i < 3; i++) {
        assertEquals(large, client.post("/echo", large).response().body());
      }
      assertEquals(3, origin.requests().size());
    }
  }

  private void refused(Pki pki, X509Bundle leaf, String error) throws Exception {
    try (Origin liar = secure(pki.server(leaf));
        Proxy proxy = atOnce("nio").region("one", liar, ca()).start()) {
      Wire.Message answer = proxy.get("/");
      assertEquals(502, answer.status());
      assertTrue(answer.value("Proxy-Status").contains(error), answer.value("Proxy-Status"));
      assertEquals(0, liar.requests().size());
    }
  }

  @Test
  void a_certificate_of_an_unknown_authority_is_refused() throws Exception {
    refused(THEIRS, THEIRS.leaf(null), "tls_certificate_error");
  }

  @Test
  void a_certificate_of_another_name_is_refused() throws Exception {
    refused(OURS, OURS.leaf("elsewhere.test"), "tls_certificate_error");
  }

  @Test
  void an_expired_certificate_is_refused() throws Exception {
    refused(OURS, OURS.expired(), "tls_certificate_error");
  }

  @Test
  void a_request_of_any_method_moves_from_a_wrong_certificate_to_the_next_region()
      throws Exception {
    try (Origin liar = secure(THEIRS.server(THEIRS.leaf(null)));
        Origin good = secure(OURS.server(OURS.leaf(null)));
        Proxy proxy = Proxy.on("nio").region("one", liar, ca()).region("two", good, ca()).start();
        Wire client = proxy.client()) {
      assertEquals("hidden", client.post("/", "once").response().body());
      assertEquals(1, good.requests().size());
    }
  }

  @Test
  void a_plain_answer_to_the_handshake_is_a_protocol_error() throws Exception {
    try (Origin plain = Origin.script(wire -> wire.send("HTTP/1.1 400 Bad Request\r\n\r\n"));
        Proxy proxy =
            atOnce("nio")
                .region("one", "https://127.0.0.1:" + plain.port(), plain.port(), ca())
                .start()) {
      Wire.Message answer = proxy.get("/");
      assertEquals(502, answer.status());
      assertTrue(
          answer.value("Proxy-Status").contains("tls_protocol_error"),
          answer.value("Proxy-Status"));
    }
  }

  @ParameterizedTest
  @MethodSource("io.meridian.proxy.Transports#available")
  void a_handshake_that_hangs_is_over_when_the_time_to_connect_is(String transport)
      throws Exception {
    try (Origin mute = Origin.script(Wire::awaitEnd);
        Proxy proxy =
            fast(transport)
                .region("one", "https://127.0.0.1:" + mute.port(), mute.port(), ca())
                .start()) {
      Wire.Message answer = proxy.get("/");
      assertEquals(504, answer.status());
      assertTrue(
          answer.value("Proxy-Status").contains("connection_timeout"),
          answer.value("Proxy-Status"));
      Await.until("the half connection is gone", () -> mute.connections() == 0);
    }
  }

  @Test
  void a_handshake_that_hangs_loses_the_race_against_the_next_region() throws Exception {
    try (Origin mute = Origin.script(Wire::awaitEnd);
        Origin good = secure(OURS.server(OURS.leaf(null)));
        Proxy proxy =
            Proxy.on("nio")
                .with("timeouts", "{ connect: 30s }")
                .region("one", "https://127.0.0.1:" + mute.port(), mute.port(), ca())
                .region("two", good, ca())
                .start();
        Wire client = proxy.client()) {
      assertEquals("hidden", client.post("/", "once").response().body());
    }
  }

  @Test
  void the_server_name_is_asked_for_and_verified() throws Exception {
    List<String> asked = new CopyOnWriteArrayList<>();
    try (Origin origin =
            Origin.answering(
                OURS.server(OURS.leaf("api.test")),
                (wire, request) -> {
                  var session = (ExtendedSSLSession) ((SSLSocket) wire.socket()).getSession();
                  for (SNIServerName name : session.getRequestedServerNames()) {
                    asked.add(((SNIHostName) name).getAsciiName());
                  }
                  wire.ok(request, "named");
                });
        Proxy proxy =
            Proxy.on("nio")
                .region(
                    "one",
                    origin,
                    "tls: { ca: \"" + OURS.ca(directory) + "\", server_name: api.test }")
                .start()) {
      assertEquals("named", proxy.get("/").body());
      assertEquals(List.of("api.test"), asked);
    }
  }

  @Test
  void a_client_certificate_is_shown_to_an_endpoint_that_wants_one() throws Exception {
    X509Bundle client = OURS.leaf("proxy.test");
    List<String> seen = new CopyOnWriteArrayList<>();
    try (Origin origin =
            Origin.secure(
                OURS.server(OURS.leaf(null)),
                wire -> {
                  SSLSocket socket = (SSLSocket) wire.socket();
                  socket.setNeedClientAuth(true);
                  for (var request = wire.request(); request != null; request = wire.request()) {
                    seen.add(socket.getSession().getPeerPrincipal().getName());
                    wire.ok(request, "known");
                  }
                });
        Proxy proxy =
            Proxy.on("nio")
                .region(
                    "one",
                    origin,
                    "tls: { ca: \"%s\", certificate: \"%s\", key: \"%s\" }"
                        .formatted(
                            OURS.ca(directory),
                            Pki.certificate(directory, client),
                            Pki.key(directory, client)))
                .start()) {
      assertEquals("known", proxy.get("/").body());
      assertEquals(List.of("CN=leaf"), seen);
    }
  }

  @Test
  void without_verification_any_certificate_will_do() throws Exception {
    try (Origin liar = secure(THEIRS.server(THEIRS.leaf("elsewhere.test")));
        Proxy proxy = Proxy.on("nio").region("one", liar, "tls: { verify: false }").start()) {
      assertEquals("hidden", proxy.get("/").body());
    }
  }

  @Test
  void a_renewed_file_counts_for_new_connections_and_a_broken_one_changes_nothing()
      throws Exception {
    Path ca = OURS.ca(directory);
    try (Origin origin = secure(OURS.server(OURS.leaf(null)));
        Proxy proxy = atOnce("nio").region("one", origin, ca()).start()) {
      assertEquals("hidden", proxy.get("/").body());

      Files.writeString(ca, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
      proxy.meridian().refreshTls();
      assertEquals("hidden", proxy.get("/").body());

      THEIRS.ca(directory);
      proxy.meridian().refreshTls();
      Await.until("the new authority counts", () -> proxy.get("/").status() == 502);

      OURS.ca(directory);
      proxy.meridian().refreshTls();
      Await.until("the old one again", () -> proxy.get("/").status() == 200);
    }
  }

  @Test
  void probes_are_made_as_traffic_is() throws Exception {
    String health = "{ http: { path: /healthz }, interval: 1h, burst_interval: 1h, timeout: 1s }";
    try (Origin origin = secure(OURS.server(OURS.leaf("api.test")));
        Proxy proxy =
            Proxy.on("nio")
                .with("health", health)
                .region(
                    "one",
                    origin,
                    "tls: { ca: \"" + OURS.ca(directory) + "\", server_name: api.test }")
                .start()) {
      Await.until("a probe", () -> !origin.requests().isEmpty());
      proxy.assertQuiet();
      assertEquals("/healthz", origin.requests().getFirst().target());
    }
    try (Origin origin = secure(OURS.server(OURS.leaf("api.test")));
        Proxy proxy = Proxy.on("nio").with("health", health).region("one", origin, ca()).start()) {
      Await.until(
          "the probe fails",
          () ->
              proxy
                  .meridian()
                  .health()
                  .regions()
                  .getFirst()
                  .endpoints()
                  .getFirst()
                  .cause()
                  .contains("tls"));
      assertEquals(0, origin.requests().size());
    }
  }

  @Test
  void a_body_that_ends_with_the_connection_needs_a_proper_end_of_tls() throws Exception {
    String cut = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhalf of it";
    try (Origin origin =
            Origin.answering(
                OURS.server(OURS.leaf(null)),
                (wire, request) -> {
                  wire.send(cut);
                  wire.awaitEnd();
                });
        Relay relay = new Relay(origin.port());
        Proxy proxy =
            Proxy.on("nio")
                .region("one", "https://127.0.0.1:" + relay.port(), relay.port(), ca())
                .with("failover", "{ attempts: 1 }")
                .start();
        Wire client = proxy.client()) {
      client.post("/", "once");
      Wire.Message head = client.head();
      assertEquals(200, head.status());
      relay.end();
      assertThrows(IOException.class, () -> client.withBody(head, true, false));
    }
  }
}
