package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.meridian.proxy.tls.TestCertificates;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(NoLeaks.class)
class ProxyProtocolIT {
  private static final String V1 = "PROXY TCP4 203.0.113.7 198.51.100.1 4321 8443\r\n";
  private static final byte[] V2 =
      HexFormat.of().parseHex("0d0a0d0a000d0a515549540a2111000ccb007107c633640110e10050");
  private static final byte[] LOCAL =
      HexFormat.of().parseHex("0d0a0d0a000d0a515549540a2011000ccb007107c633640110e10050");

  @TempDir Path directory;

  private static Proxy proxy(String transport, Origin origin, String more) {
    return Proxy.on(transport)
        .region("one", origin)
        .with("listeners", "[{ name: public, address: \"127.0.0.1:0\", " + more + " }]");
  }

  private static Proxy proxy(Origin origin) {
    return proxy("auto", origin, "proxy_protocol: { from: [\"127.0.0.0/8\"] }");
  }

  private static double refused(Proxy proxy, String reason) {
    return proxy.metric(
        "meridian_proxy_protocol_refused_total{listener=\"public\",reason=\"" + reason + "\"");
  }

  @ParameterizedTest
  @MethodSource("io.meridian.proxy.Transports#available")
  void the_client_is_who_the_header_says(String transport) throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy =
            proxy(transport, origin, "proxy_protocol: { from: [\"127.0.0.0/8\"] }").start();
        Wire first = proxy.client();
        Wire second = proxy.client();
        Wire slow = proxy.client()) {
      first.send(V1 + "GET /1 HTTP/1.1\r\nHost: a.test\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n");
      assertEquals("hello", first.response().body());
      assertEquals("hello", first.get("/2").response().body());
      assertEquals("hello", second.send(V2).get("/3").response().body());
      for (byte b : V2) {
        slow.send(new byte[] {b});
      }
      assertEquals("hello", slow.get("/4").response().body());

      assertEquals(4, origin.requests().size());
      for (Wire.Message request : origin.requests()) {
        assertEquals("203.0.113.7", request.value("X-Forwarded-For"), request.target());
      }
      assertEquals("8443", origin.requests().getFirst().value("X-Forwarded-Port"));
      assertEquals("80", origin.requests().get(2).value("X-Forwarded-Port"));
      assertEquals("203.0.113.7", proxy.log(4).getFirst().path("client_ip").asText());
    }
  }

  @Test
  void a_sender_that_speaks_for_itself_is_the_client() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = proxy(origin).start();
        Wire local = proxy.client();
        Wire unknown = proxy.client()) {
      local.send(LOCAL).get("/1").response();
      unknown.send("PROXY UNKNOWN\r\n").get("/2").response();

      for (Wire.Message request : origin.requests()) {
        assertEquals("127.0.0.1", request.value("X-Forwarded-For"));
        assertEquals(String.valueOf(proxy.port()), request.value("X-Forwarded-Port"));
      }
      assertEquals(2, origin.requests().size());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "proxy TCP4 203.0.113.7 198.51.100.1 4321 80\r\n",
        "PROXY TCP4 evil.test 198.51.100.1 4321 80\r\n",
        "PROXY TCP4 203.0.113.7 198.51.100.1 4321 70000\r\n",
        "\r\n\r\n\0\r\nQUIT\n\42\21\0\f\313\0q\7\3063d\1\20\341\0P"
      })
  void without_a_good_header_nothing_is_let_in(String header) throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = proxy(origin).start();
        Wire wire = proxy.client()) {
      wire.send(header + "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n").awaitEnd();

      assertEquals(1, refused(proxy, "malformed"));
      assertEquals(List.of(), origin.requests());
      Await.until("no connection", () -> proxy.metric("meridian_connections{") == 0);
    }
  }

  @Test
  void a_second_header_is_no_request() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = proxy(origin).start();
        Wire wire = proxy.client()) {
      wire.send(V1 + V1 + "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n");

      assertEquals(400, wire.response().status());
      assertEquals(List.of(), origin.requests());
    }
  }

  @Test
  void others_than_those_named_may_not_send_it() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy =
            proxy("auto", origin, "proxy_protocol: { from: [\"127.0.0.2/32\"] }").start();
        Wire stranger = proxy.client();
        Wire named =
            new Wire(
                new Socket(
                    InetAddress.getLoopbackAddress(),
                    proxy.port(),
                    InetAddress.getByName("127.0.0.2"),
                    0),
                null)) {
      stranger.awaitEnd();
      assertEquals(1, refused(proxy, "untrusted"));
      assertEquals("hello", named.send(V1).get("/").response().body());
    }
  }

  @Test
  void a_header_is_believed_on_its_own_listener_only() throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = proxy("auto", origin, "trusted_proxies: [\"127.0.0.0/8\"]").start();
        Wire wire = proxy.client()) {
      wire.send(V1 + "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n");

      assertEquals(400, wire.response().status());
      assertEquals(List.of(), origin.requests());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "P", "PROXY TCP4 203.0.113.7", "\r\n\r\n\0\r\nQUIT\n!"})
  void a_header_that_does_not_come_is_waited_for_so_long(String start) throws Exception {
    try (Origin origin = Origin.saying("hello");
        Proxy proxy = proxy(origin).with("timeouts", "{ proxy_protocol: 200ms }").start();
        Wire wire = proxy.client()) {
      wire.send(start).awaitEnd();

      assertEquals(1, refused(proxy, "incomplete"));
      Await.until("no connection", () -> proxy.metric("meridian_connections{") == 0);
    }
  }

  @Test
  void it_stands_before_tls() throws Exception {
    TestCertificates files = new TestCertificates(directory);
    String tls = "tls: { certificates: [ " + files.write("a", files.server("a.test")) + " ] }";
    try (Origin origin = Origin.saying("hello");
        Proxy proxy =
            proxy("auto", origin, "proxy_protocol: { from: [\"127.0.0.0/8\"] }, " + tls).start();
        Socket below = new Socket(InetAddress.getLoopbackAddress(), proxy.port())) {
      below.getOutputStream().write(V2);
      try (Wire wire =
          new Wire(
              TlsClient.trusting(files.authority()).socket(below, proxy.port(), "a.test"), null)) {
        assertEquals("hello", wire.get("/").response().body());
      }
      Wire.Message request = origin.requests().getFirst();
      assertEquals("203.0.113.7", request.value("X-Forwarded-For"));
      assertEquals("https", request.value("X-Forwarded-Proto"));
    }
  }
}
