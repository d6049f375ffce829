package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.meridian.proxy.tls.TestCertificates;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoLeaks.class)
class TlsIT {
  @TempDir Path directory;
  private TestCertificates files;
  private TlsClient client;

  @BeforeEach
  void authority() {
    files = new TestCertificates(directory);
    client = TlsClient.trusting(files.authority());
  }

  private Proxy proxy(String transport, Origin origin, String tls, String more) {
    return Proxy.on(transport)
        .region("one", origin)
        .with(
            "listeners",
            "[{ name: public, address: \"127.0.0.1:0\", tls: { " + tls + " }" + more + " }]");
  }

  private Proxy proxy(Origin origin, String tls) {
    return proxy("auto", origin, tls, "");
  }

  private String certificates(String... entries) {
    return "certificates: [ " + String.join(", ", entries) + " ]";
  }

  private String one() {
    return certificates(files.write("a", files.server("a.test")));
  }

  @ParameterizedTest
  @MethodSource("io.meridian.proxy.Transports#available")
  void a_request_passes_with_what_is_said_of_its_tls(String transport) throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = proxy(transport, origin, one(), "").start();
        Wire wire = client.connect(proxy.port(), "a.test")) {

      assertEquals("hello", wire.get("/x").response().body());
      assertEquals(
          "hello",
          wire.get("/y", "X-Forwarded-Proto: http\r\nX-Forwarded-Port: 1\r\n").response().body());

      for (Wire.Message request : origin.requests()) {
        assertEquals("https", request.value("X-Forwarded-Proto"));
        assertEquals(String.valueOf(proxy.port()), request.value("X-Forwarded-Port"));
        assertFalse(request.has("X-Meridian-Client-Subject"));
      }
      JsonNode line = proxy.log(2).getFirst();
      assertEquals("TLSv1.3", line.path("tls").path("version").asText());
      assertTrue(line.path("tls").path("cipher").asText().startsWith("TLS_AES_"), line.toString());
      assertEquals(
          1,
          proxy.metric(
              "meridian_tls_handshakes_total{listener=\"public\",result=\"success\","
                  + "version=\"TLSv1.3\",resumed=\"false\""));
    }
  }

  @ParameterizedTest
  @CsvSource({"TLSv1.3, a.test, far", "TLSv1.2, a.test, far", "TLSv1.3, b.test, near"})
  void a_fence_looks_at_the_name_that_was_asked_for_in_tls_not_at_the_host(
      String version, String name, String region) throws Exception {
    String two =
        certificates(
            files.write("a", files.server("a.test")), files.write("b", files.server("b.test")));
    try (Origin near = Origin.saying("near");
        Origin far = Origin.saying("far");
        Proxy proxy =
            proxy(near, two)
                .region("far", far)
                .with("fences", "[{ name: sni, when: { sni: [a.test] }, allow: [far] }]")
                .with("routes", "[{ name: all, policy: priority, fence: sni }]")
                .start()) {
      TlsClient asking = client.speaking(version);
      for (int i = 0; i < 2; i++) { // the second time the session is resumed
        try (Wire wire = asking.connect(proxy.port(), name)) {
          assertEquals(region, wire.get("/", "").response().body());
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.meridian.proxy.Transports#available")
  void large_bodies_pass_both_ways(String transport) throws Exception {
    String body = "0123456789abcdef".repeat(200_000);
    try (Origin origin = Origin.answering((wire, request) -> wire.ok(request, request.body()));
        Proxy proxy = proxy(transport, origin, one(), "").start();
        Wire wire = client.connect(proxy.port(), "a.test")) {
      Thread.ofVirtual()
          .start(() -> {
            try {
              wire.post("/", body).get("/small");
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          });

      assertEquals(body, wire.response().body());
      assertEquals("", wire.response().body());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "a.test, CN=a.test",
    "A.TEST, CN=a.test",
    "b.test, CN=b.test",
    "x.b.test, CN=*.b.test",
    "x.y.b.test, CN=a.test",
    "www.b.test, CN=www.b.test",
    "unknown.test, CN=a.test",
    "'', CN=a.test"
  })
  void the_name_asked_for_chooses_the_certificate(String name, String shown) throws Exception {
    String all =
        certificates(
            files.write("a", files.server("a.test")),
            files.write("b", files.server("b.test")),
            files.write("wildcard", files.server("*.b.test")),
            files.write("www", files.server("www.b.test")));
    try (Origin origin = Origin.saying("");
        Proxy proxy = proxy(origin, all).start()) {
      for (String version : List.of("TLSv1.3", "TLSv1.2")) {
        assertEquals(shown, client.speaking(version).shown(proxy.port(), name), version);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void of_two_certificates_for_a_name_a_client_gets_what_it_can_verify(String version)
      throws Exception {
    var rsa = TestCertificates.selfSigned(Algorithm.rsa2048, "a.test");
    var ec = TestCertificates.selfSigned(Algorithm.ecp256, "a.test");
    String all = certificates(files.write("ec", ec), files.write("rsa", rsa));
    try (Origin origin = Origin.saying("");
        Proxy proxy = proxy(origin, all).start()) {
      TlsClient old =
          TlsClient.trusting(rsa)
              .tuned(p -> {
                p.setProtocols(new String[] {version});
                p.setSignatureSchemes(new String[] {"rsa_pss_rsae_sha256", "rsa_pkcs1_sha256"});
              });
      try (Wire wire = old.connect(proxy.port(), "a.test")) {
        assertEquals("RSA", TlsClient.certificate(wire).getPublicKey().getAlgorithm());
      }
      try (Wire wire = TlsClient.trusting(ec).speaking(version).connect(proxy.port(), "a.test")) {
        assertEquals("EC", TlsClient.certificate(wire).getPublicKey().getAlgorithm());
      }
    }
  }

  @Test
  void an_rsa_certificate_serves_both_versions() throws Exception {
    String rsa = certificates(files.write("rsa", files.server(Algorithm.rsa2048, "a.test")));
    try (Origin origin = Origin.saying("");
        Proxy proxy = proxy(origin, rsa).start()) {
      assertEquals("CN=a.test", client.speaking("TLSv1.3").shown(proxy.port(), "a.test"));
      assertEquals("CN=a.test", client.speaking("TLSv1.2").shown(proxy.port(), "a.test"));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 40, 90})
  void a_hello_split_over_records_and_packets_gets_the_certificate_of_its_name(int piece)
      throws Exception {
    String all =
        certificates(
            files.write("a", files.server("a.test")), files.write("b", files.server("b.test")));
    try (Origin origin = Origin.saying("");
        Proxy proxy = proxy(origin, all).start();
        Socket below = new SplittingSocket(proxy.port(), piece);
        SSLSocket socket = client.socket(below, proxy.port(), "b.test")) {
      assertEquals(
          "CN=b.test",
          TlsClient.certificate(new Wire(socket, null)).getSubjectX500Principal().getName());
    }
  }

  /** Cuts the first record that is sent into records of a few bytes each. */
  private static final class SplittingSocket extends Socket {
    private final OutputStream out;

    SplittingSocket(int port, int piece) throws IOException {
      super(InetAddress.getLoopbackAddress(), port);
      setTcpNoDelay(true);
      out =
          new FilterOutputStream(super.getOutputStream()) {
            private boolean first = true;

            @Override
            public void write(byte[] bytes, int from, int length) throws IOException {
              if (!first) {
                out.write(bytes, from, length);
                return;
              }
              first = false;
              ByteArrayOutputStream records = new ByteArrayOutputStream();
              for (int at = from + 5; at < from + length; at += piece) {
                int part = Math.min(piece, from + length - at);
                records.write(bytes, from, 3);
                records.write(part >> 8);
                records.write(part);
                records.write(bytes, at, part);
              }
              byte[] all = records.toByteArray();
              out.write(all, 0, all.length / 2);
              out.flush();
              out.write(all, all.length / 2, all.length - all.length / 2);
            }
          };
    }

    @Override
    public OutputStream getOutputStream() {
      return out;
    }
  }

  @Test
  void unknown_names_are_refused_if_so_configured() throws Exception {
    String tls = one() + ", unknown_names: refuse";
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = proxy(origin, tls).start()) {
      SSLHandshakeException refused =
          assertThrows(SSLHandshakeException.class, () -> client.shown(proxy.port(), "b.test"));
      assertTrue(refused.toString().contains("unrecognized_name"), refused.toString());
      assertThrows(SSLException.class, () -> client.shown(proxy.port(), ""));
      assertThrows(
          SSLException.class, () -> client.speaking("TLSv1.2").shown(proxy.port(), "b.test"));
      try (Wire wire = client.connect(proxy.port(), "a.test")) {
        String head = " / HTTP/1.1\r\nHost: ";
        assertEquals(200, wire.send("GET" + head + "a.test:443\r\n\r\n").response().status());
        assertEquals(421, wire.send("GET" + head + "b.test\r\n\r\n").response().status());
        assertEquals(200, wire.send("GET" + head + "A.test.\r\n\r\n").response().status());
      }
      assertEquals(2, origin.requests().size());
      assertEquals(
          3, proxy.metric("meridian_tls_handshakes_total{listener=\"public\",result=\"failed\""));
    }
  }

  @Test
  void changed_certificates_are_used_and_broken_ones_are_not() throws Exception {
    String metric = "meridian_tls_certificate_reloads_total{listener=\"public\",result=";
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = proxy(origin, one()).start();
        Wire before = client.connect(proxy.port(), "a.test")) {
      assertEquals("CN=a.test", client.shown(proxy.port(), "a.test"));
      double expiry = proxy.metric("meridian_tls_certificate_expiry_timestamp_seconds");
      assertEquals(
          TlsClient.certificate(before).getNotAfter().toInstant().getEpochSecond(), (long) expiry);

      files.write("a", files.server("new.test", "a.test"));
      Await.until(
          "the new certificate", () -> client.shown(proxy.port(), "a.test").equals("CN=new.test"));

      files.file("a.pem", "-----BEGIN CERTIFICATE-----\nnone\n");
      Await.until("the refusal", () -> proxy.metric(metric + "\"failure\"") == 1);
      assertEquals("CN=new.test", client.shown(proxy.port(), "a.test"));
      assertEquals("hello", before.get("/").response().body(), "a connection stays as it is");

      files.write("a", files.server("newest.test", "a.test"));
      Await.until(
          "the newest certificate",
          () -> client.shown(proxy.port(), "a.test").equals("CN=newest.test"));
    }
  }

  @Test
  void a_reload_changes_the_tls_of_a_listener_or_nothing() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = proxy(origin, one()).start()) {
      int port = proxy.port();
      String second = certificates(files.write("b", files.server("b.test")));
      proxy.with("listeners", listener(", tls: { " + second + " }"));
      proxy.meridian().reload(proxy.config());
      assertEquals("CN=b.test", client.shown(port, "a.test"));

      var broken = proxy.config();
      Files.writeString(directory.resolve("b.pem"), "nothing");
      assertThrows(IOException.class, () -> proxy.meridian().reload(broken));
      assertEquals("CN=b.test", client.shown(port, "a.test"));

      proxy.with("listeners", listener(""));
      proxy.meridian().reload(proxy.config());
      assertEquals("hello", proxy.get("/").body());

      proxy.with("listeners", listener(", tls: { " + one() + " }"));
      proxy.meridian().reload(proxy.config());
      assertEquals("CN=a.test", client.shown(port, "a.test"));
    }
  }

  private static String listener(String more) {
    return "[{ name: public, address: \"127.0.0.1:0\"" + more + " }]";
  }

  @Test
  void sessions_are_taken_up_again() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = proxy(origin, one()).start()) {
      for (String version : List.of("TLSv1.3", "TLSv1.2")) {
        TlsClient fresh = TlsClient.trusting(files.authority()).speaking(version);
        for (int i = 0; i < 2; i++) {
          try (Wire wire = fresh.connect(proxy.port(), "a.test")) {
            assertEquals("hello", wire.get("/").response().body());
          }
        }
        String metric =
            "meridian_tls_handshakes_total{listener=\"public\",result=\"success\",version=\"";
        assertEquals(1, proxy.metric(metric + version + "\",resumed=\"true\""), version);
      }
    }
  }

  @Test
  void sessions_are_not_taken_up_if_so_configured() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = proxy(origin, one() + ", resumption: false").start()) {
      for (String version : List.of("TLSv1.3", "TLSv1.2")) {
        TlsClient fresh = TlsClient.trusting(files.authority()).speaking(version);
        for (int i = 0; i < 2; i++) {
          try (Wire wire = fresh.connect(proxy.port(), "a.test")) {
            assertEquals("hello", wire.get("/").response().body());
          }
        }
      }
      String series = "meridian_tls_handshakes_total{listener=\"public\",result=\"success\"";
      assertEquals(4, proxy.metric(series));
      assertEquals(2, proxy.metric(series + ",version=\"TLSv1.3\",resumed=\"false\""));
      assertEquals(2, proxy.metric(series + ",version=\"TLSv1.2\",resumed=\"false\""));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
  void a_required_client_certificate_is_checked_and_its_subject_told(String version)
      throws Exception {
    var other = TestCertificates.authority("CN=authority"); // by name only
    String tls = one() + mtls("required");
    var own = TestCertificates.client(files.authority(), "CN=Zo\u00eb \\, Client,O=Here");
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = proxy(origin, tls).start()) {
      TlsClient known = TlsClient.with(files.authority(), own).speaking(version);
      for (int i = 0; i < 2; i++) { // the second time with a ticket
        try (Wire wire = known.connect(proxy.port(), "a.test")) {
          wire.get("/", "X-Meridian-Client-Subject: CN=root\r\n").response();
        }
      }
      for (Wire.Message request : origin.requests()) {
        assertEquals("CN=Zo\\C3\\AB \\, Client,O=Here", request.value("X-Meridian-Client-Subject"));
      }
      assertEquals(2, origin.requests().size());
      assertNobody(client.speaking(version), proxy);
      assertNobody(
          TlsClient.with(files.authority(), TestCertificates.client(other, "CN=Zoe"))
              .speaking(version),
          proxy);
      assertEquals(2, origin.requests().size());
    }
  }

  private String mtls(String mode) {
    Path authority = files.writeAuthority("ca", files.authority());
    return ", client_auth: " + mode + ", client_ca: " + authority;
  }

  /** Neither a handshake nor, in TLS 1.3, a first answer. */
  private static void assertNobody(TlsClient client, Proxy proxy) {
    assertThrows(
        IOException.class,
        () -> {
          try (Wire wire = client.connect(proxy.port(), "a.test")) {
            wire.get("/").response();
          }
        });
  }

  @Test
  void an_optional_client_certificate_may_be_left_out_but_not_be_bad() throws Exception {
    var other = TestCertificates.authority("CN=authority"); // by name only
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = proxy(origin, one() + mtls("optional")).start()) {
      try (Wire wire = client.connect(proxy.port(), "a.test")) {
        wire.get("/", "X-Meridian-Client-Subject: CN=root\r\n").response();
      }
      var own = TestCertificates.client(files.authority(), "CN=me");
      try (Wire wire = TlsClient.with(files.authority(), own).connect(proxy.port(), "a.test")) {
        wire.get("/known").response();
      }
      assertNobody(
          TlsClient.with(files.authority(), TestCertificates.client(other, "CN=me")), proxy);
      for (Wire.Message request : origin.requests()) {
        assertEquals(
            request.target().equals("/known") ? "CN=me" : "",
            request.value("X-Meridian-Client-Subject"));
      }
    }
  }

  @Test
  void no_ticket_outlives_the_authority_that_vouched_for_it() throws Exception {
    var own = TestCertificates.client(files.authority(), "CN=me");
    TlsClient known = TlsClient.with(files.authority(), own);
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = proxy(origin, one() + mtls("required")).start()) {
      try (Wire wire = known.connect(proxy.port(), "a.test")) {
        assertEquals("hello", wire.get("/").response().body());
      }
      files.writeAuthority("ca", TestCertificates.authority("CN=other"));
      Await.until(
          "the other authority",
          () ->
              proxy.metric(
                      "meridian_tls_certificate_reloads_total{listener=\"public\",result=\"success\"")
                  == 1);
      assertNobody(known, proxy);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1.2, TLSv1.2, true",
    "1.2, TLSv1.3, true",
    "1.3, TLSv1.2, false",
    "1.3, TLSv1.3, true"
  })
  void versions_below_the_oldest_are_refused(String oldest, String version, boolean spoken)
      throws Exception {
    try (Origin origin = Origin.saying("");
        Proxy proxy = proxy(origin, one() + ", min_version: " + oldest).start()) {
      TlsClient speaking = client.speaking(version);
      if (spoken) {
        assertEquals("CN=a.test", speaking.shown(proxy.port(), "a.test"));
      } else {
        assertThrows(SSLException.class, () -> speaking.shown(proxy.port(), "a.test"));
      }
    }
  }

  @Test
  void a_protocol_that_is_not_spoken_is_refused_by_name() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = proxy(origin, one()).start()) {
      SSLException refused =
          assertThrows(
              SSLException.class,
              () ->
                  client
                      .tuned(p -> p.setApplicationProtocols(new String[] {"bogus", "http/1.0"}))
                      .shown(proxy.port(), "a.test"));
      assertTrue(refused.toString().contains("no_application_protocol"), refused.toString());
      try (Wire wire =
          client
              .tuned(p -> p.setApplicationProtocols(new String[] {"bogus", "http/1.1"}))
              .connect(proxy.port(), "a.test")) {
        assertEquals("http/1.1", ((SSLSocket) wire.socket()).getApplicationProtocol());
        assertEquals("hello", wire.get("/").response().body());
      }
      assertEquals(
          1, proxy.metric("meridian_tls_handshakes_total{listener=\"public\",result=\"protocol\""));
    }
  }

  @Test
  void http_2_is_spoken_where_both_know_it() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = proxy("auto", origin, one(), ", hsts: {}").start();
        H2Wire wire =
            H2Wire.over(
                client
                    .tuned(p -> p.setApplicationProtocols(new String[] {"h2", "http/1.1"}))
                    .socket(
                        new Socket(InetAddress.getLoopbackAddress(), proxy.port()),
                        proxy.port(),
                        "a.test"))) {
      H2Wire.Answer answer = wire.answer(wire.get("/x"));

      assertEquals(200, answer.status);
      assertEquals("max-age=31536000", answer.value("strict-transport-security"));
      assertEquals("https", origin.requests().getFirst().value("X-Forwarded-Proto"));
    }
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = proxy("auto", origin, one(), ", http2: false").start();
        Wire wire =
            client
                .tuned(p -> p.setApplicationProtocols(new String[] {"h2", "http/1.1"}))
                .connect(proxy.port(), "a.test")) {
      assertEquals("http/1.1", ((SSLSocket) wire.socket()).getApplicationProtocol());
      assertEquals("hello", wire.get("/").response().body());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "16", "16030102000100", "474554202f20485454502f312e310d0a"})
  void a_handshake_that_stalls_or_is_none_is_cut(String hello) throws Exception {
    try (Origin origin = Origin.saying("");
        Proxy proxy = proxy(origin, one()).with("timeouts", "{ tls_handshake: 200ms }").start();
        Wire wire = proxy.client()) {
      wire.send(HexFormat.of().parseHex(hello));
      wire.awaitEnd();
      Await.until(
          "the count",
          () -> proxy.metric("meridian_tls_handshakes_total{listener=\"public\",result=\"") == 1);
      assertEquals(
          0, proxy.metric("meridian_tls_handshakes_total{listener=\"public\",result=\"success"));
      Await.until("no connection", () -> proxy.metric("meridian_connections{") == 0);
    }
  }

  @Test
  void a_hello_of_more_than_16_kib_is_not_kept() throws Exception {
    try (Origin origin = Origin.saying("");
        Proxy proxy = proxy(origin, one()).start();
        Wire wire = proxy.client()) {
      wire.send(HexFormat.of().parseHex("1603010005" + "0100ffff03"));
      wire.awaitEnd();
      assertEquals(
          1, proxy.metric("meridian_tls_handshakes_total{listener=\"public\",result=\"failed\""));
    }
  }

  @Test
  void the_end_of_a_connection_is_told_within_tls() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = proxy(origin, one()).start();
        Wire wire = client.connect(proxy.port(), "a.test")) {
      wire.get("/", "Connection: close\r\n");
      assertTrue(wire.readToEnd().endsWith("\r\n\r\nhello"), "an end without close_notify throws");
    }
  }

  @Test
  void a_body_that_is_cut_does_not_end_within_tls() throws Exception {
    Origin cut =
        Origin.script(wire -> {
          if (wire.request() != null) {
            wire.send("HTTP/1.1 200 OK\r\n\r\n" + "x".repeat(100_000));
            wire.send("y".repeat(100_000));
            wire.reset();
          }
        });
    try (cut;
        Proxy proxy = proxy(cut, one()).start();
        Wire wire = client.connect(proxy.port(), "a.test")) {
      wire.send("GET / HTTP/1.0\r\n\r\n");

      IOException end = assertThrows(IOException.class, wire::readToEnd);

      assertFalse(end instanceof EOFException, "told by TLS or TCP");
    }
  }

  @Test
  void a_client_that_closes_its_tls_is_gone() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = proxy(origin, one()).start();
        Wire wire = client.connect(proxy.port(), "a.test")) {
      wire.get("/").response();
      ((SSLSocket) wire.socket()).shutdownOutput();
      Await.until("no connection", () -> proxy.metric("meridian_connections{") == 0);
    }
  }

  @Test
  void an_ocsp_response_is_stapled() throws Exception {
    byte[] response = HexFormat.of().parseHex("30030a0106"); // unauthorized
    Files.write(directory.resolve("a.der"), response);
    String entry =
        files
            .write("a", files.server("a.test"))
            .replace(" }", ", ocsp: " + directory.resolve("a.der") + " }");
    try (Origin origin = Origin.saying("");
        Proxy proxy = proxy(origin, certificates(entry)).start()) {
      for (String version : List.of("TLSv1.2", "TLSv1.3")) {
        try (Wire wire =
            TlsClient.trusting(files.authority())
                .speaking(version)
                .connect(proxy.port(), "a.test")) {
          List<byte[]> stapled =
              ((ExtendedSSLSession) ((SSLSocket) wire.socket()).getSession()).getStatusResponses();
          assertEquals(1, stapled.size(), version);
          assertEquals("30030a0106", HexFormat.of().formatHex(stapled.getFirst()));
        }
      }
    }
  }

  @Test
  void browsers_are_told_to_stay_with_https() throws Exception {
    Origin origin =
        Origin.answering((wire, request) -> {
          if (request.target().equals("/own")) {
            wire.send(
                "HTTP/1.1 200 OK\r\nStrict-Transport-Security: max-age=1\r\nContent-Length: 0\r\n\r\n");
          } else {
            wire.ok(request, "");
          }
        });
    String hsts = ", hsts: { include_subdomains: true, preload: true }";
    String field = "max-age=31536000; includeSubDomains; preload";
    try (origin;
        Proxy proxy =
            proxy("auto", origin, one(), hsts)
                .with("routes", "[{ match: { hosts: [a.test] } }]")
                .start();
        Wire wire = client.connect(proxy.port(), "a.test")) {
      assertEquals(field, wire.get("/").response().value("Strict-Transport-Security"));
      assertEquals(
          field, wire.get("/own").response().values("Strict-Transport-Security").getFirst());
      Wire.Message refused = wire.send("GET / HTTP/1.1\r\nHost: b.test\r\n\r\n").response();
      assertEquals(404, refused.status());
      assertEquals(field, refused.value("Strict-Transport-Security"));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "443, GET, /a?b=c, a.test, 301, https://a.test/a?b=c",
    "443, HEAD, /, a.test:80, 301, https://a.test/",
    "8443, POST, /a/../b, A.test, 308, https://a.test:8443/b",
    "443, GET, http://a.test:8080/x, a.test:8080, 301, https://a.test/x",
    "443, OPTIONS, *, a.test, 308, https://a.test",
    "443, GET, /, '[2001:db8::1]:80', 301, 'https://[2001:db8::1]/'",
    "443, GET, //evil.test/x, a.test, 301, https://a.test/evil.test/x"
  })
  void a_plain_listener_can_send_to_https(
      int port, String method, String target, String host, int status, String location)
      throws Exception {
    try (Origin origin = Origin.saying("no");
        Proxy proxy =
            Proxy.on("auto")
                .region("one", origin)
                .with("listeners", listener(", redirect_to_https: " + port))
                .start();
        Wire wire = proxy.client()) {
      for (int i = 0; i < 2; i++) {
        wire.send(method + " " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
        Wire.Message answer = method.equals("HEAD") ? wire.responseToHead() : wire.response();
        assertEquals(status, answer.status());
        assertEquals(location, answer.value("Location"));
      }
      assertEquals(List.of(), origin.requests());
    }
  }

  @Test
  void a_listener_drains_whatever_its_connections_do() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = proxy(origin, one()).start();
        Wire idle = client.connect(proxy.port(), "a.test");
        Wire silent = proxy.client()) {
      idle.get("/").response();
      Await.until("both", () -> proxy.metric("meridian_connections{") == 2);

      assertTrue(proxy.meridian().drain(10_000));

      assertEquals("", idle.readToEnd());
      silent.awaitEnd();
    }
  }

  @Test
  void clear_text_on_a_tls_port_never_reaches_a_region() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = proxy(origin, one()).start();
        Wire wire = proxy.client()) {
      wire.send("GET / HTTP/1.1\r\nHost: a.test\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      wire.awaitEnd();
      assertEquals(List.of(), origin.requests());
    }
  }
}
