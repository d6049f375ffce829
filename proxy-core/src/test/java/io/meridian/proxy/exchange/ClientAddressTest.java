package io.meridian.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.meridian.config.ConfigLoader;
import io.meridian.config.MeridianConfig;
import io.meridian.proxy.http.HeadLimits;
import io.meridian.proxy.http.Parse;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.telemetry.Telemetry;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Trusted are 10.0.0.0/8 and fd00::/8; the peer is 10.0.0.1 unless it is said otherwise. */
@SuppressWarnings("StringConcatToTextBlock") // line ends are part of what is tested
class ClientAddressTest {
  private static final String CONFIG =
      """
      version: 1
      listeners:
        - { name: public, address: "0.0.0.0:8080", trusted_proxies: [10.0.0.0/8, "fd00::/8"] }
      regions:
        - { name: one, endpoints: [{ url: "http://10.1.0.10:8080" }] }
      """;

  private static String client(String peer, String fields) throws Exception {
    MeridianConfig config = new ConfigLoader(Map.of()).parse("test", CONFIG);
    Telemetry telemetry = new Telemetry(1, "test");
    try (telemetry) {
      Peer from =
          new Peer(
              0,
              config.listeners().getFirst(),
              telemetry.listener("public"),
              new InetSocketAddress(InetAddress.getByName(peer), 5000),
              new InetSocketAddress(InetAddress.getByName("10.0.0.2"), 80),
              null);
      RequestHead head = new RequestHead(new HeadLimits(8192, 32768, 100));
      String text = "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
      assertEquals(
          Parse.DONE, head.feed(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1)), fields);
      ClientAddress address = new ClientAddress();
      address.resolve(from, head);
      if (address.forwarded()) {
        String said =
            new String(
                head.bytes(), address.textStart(), address.textLength(), StandardCharsets.US_ASCII);
        assertEquals(
            InetAddress.getByAddress(address.address()), InetAddress.getByName(said), fields);
      }
      return InetAddress.getByAddress(address.address()).getHostAddress();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          203.0.113.7                                | 203.0.113.7
          203.0.113.7:4711                           | 203.0.113.7
          1.1.1.1, 203.0.113.7                       | 203.0.113.7
          1.1.1.1,203.0.113.7                        | 203.0.113.7
          203.0.113.7, 10.2.3.4                      | 203.0.113.7
          203.0.113.7, 10.2.3.4, 10.9.9.9            | 203.0.113.7
          1.1.1.1, 203.0.113.7, 10.2.3.4             | 203.0.113.7
          10.5.5.5, 10.2.3.4                         | 10.5.5.5
          2001:db8::7                                | 2001:db8:0:0:0:0:0:7
          [2001:db8::7]                              | 2001:db8:0:0:0:0:0:7
          [2001:db8::7]:4711                         | 2001:db8:0:0:0:0:0:7
          2001:db8::7, fd00::1                       | 2001:db8:0:0:0:0:0:7
          2001:db8::7, [fd00::1]:80, 10.1.1.1        | 2001:db8:0:0:0:0:0:7
          unknown                                    | 10.0.0.1
          _hidden                                    | 10.0.0.1
          203.0.113.7, unknown                       | 10.0.0.1
          203.0.113.7, garbage, 10.2.3.4             | 10.2.3.4
          203.0.113.256                              | 10.0.0.1
          203.0.113                                  | 10.0.0.1
          203.0.113.7.8                              | 10.0.0.1
          203.0.113.7 1.1.1.1                        | 10.0.0.1
          0x7f.0.0.1                                 | 10.0.0.1
          2130706433                                 | 10.0.0.1
          010.0.0.9                                  | 10.0.0.1
          :::                                        | 10.0.0.1
          ::1::2                                     | 10.0.0.1
          2001:db8::7%eth0                           | 10.0.0.1
          "203.0.113.7"                              | 10.0.0.1
          [2001:db8::7                               | 10.0.0.1
          [2001:db8::7]x                             | 10.0.0.1
          [203.0.113.7]                              | 10.0.0.1
          203.0.113.7:http                           | 10.0.0.1
          203.0.113.7:                               | 10.0.0.1
          for=203.0.113.7                            | 10.0.0.1
          <script>                                   | 10.0.0.1
          192.168.1.1                                | 192.168.1.1
          127.0.0.1                                  | 127.0.0.1
          """)
  void the_rightmost_address_that_no_trusted_proxy_has_is_the_client(String value, String client)
      throws Exception {
    assertEquals(client, client("10.0.0.1", "X-Forwarded-For: " + value + "\r\n"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          for=203.0.113.7                                   | 203.0.113.7
          For=203.0.113.7                                   | 203.0.113.7
          for="203.0.113.7:4711"                            | 203.0.113.7
          for="[2001:db8::7]"                               | 2001:db8:0:0:0:0:0:7
          for="[2001:db8::7]:4711"                          | 2001:db8:0:0:0:0:0:7
          proto=https;for=203.0.113.7;by=10.0.0.1           | 203.0.113.7
          for=203.0.113.7;proto=https, for=10.2.3.4         | 203.0.113.7
          for=1.1.1.1, for=203.0.113.7, for=10.2.3.4        | 203.0.113.7
          for=unknown                                       | 10.0.0.1
          for=_hidden                                       | 10.0.0.1
          for="_hidden"                                     | 10.0.0.1
          by=203.0.113.7                                    | 10.0.0.1
          host=for=203.0.113.7                              | 10.0.0.1
          xfor=203.0.113.7                                  | 10.0.0.1
          for=203.0.113.7, proto=http                       | 10.0.0.1
          for="203.0.113.7                                  | 10.0.0.1
          for=203.0.113.7;                                  | 203.0.113.7
          for=203.0.113.7;for=1.1.1.1                       | 10.0.0.1
          for=203.0.113.7;host="a, for=1.1.1.1"             | 10.0.0.1
          for=203.0.113.7;host="a, for=1.1.1.1;by="         | 10.0.0.1
          for=203.0.113.7;host="a\\", for=1.1.1.1;by=\\""   | 10.0.0.1
          secret=a for=1.1.1.1                              | 10.0.0.1
          for="203.0.113.7:_hidden"                         | 203.0.113.7
          """)
  void forwarded_is_read_the_same_way(String value, String client) throws Exception {
    assertEquals(client, client("10.0.0.1", "Forwarded: " + value + "\r\n"));
  }

  @Test
  void several_fields_are_one_list() throws Exception {
    assertEquals(
        "203.0.113.7",
        client(
            "10.0.0.1",
            "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For: 203.0.113.7\r\nX-Other: 1\r\n"
                + "X-Forwarded-For: 10.3.3.3, 10.2.2.2\r\n"));
  }

  @Test
  void nobody_believes_an_untrusted_peer() throws Exception {
    assertEquals("198.51.100.1", client("198.51.100.1", "X-Forwarded-For: 203.0.113.7\r\n"));
    assertEquals("198.51.100.1", client("198.51.100.1", "Forwarded: for=203.0.113.7\r\n"));
    assertEquals("198.51.100.1", client("198.51.100.1", "X-Real-IP: 203.0.113.7\r\n"));
  }

  @Test
  void a_trusted_peer_that_says_nothing_is_the_client() throws Exception {
    assertEquals("10.0.0.1", client("10.0.0.1", ""));
    assertEquals("10.0.0.1", client("10.0.0.1", "X-Forwarded-For:\r\n"));
  }

  @Test
  void trust_holds_for_addresses_of_version_6() throws Exception {
    assertEquals("203.0.113.7", client("fd00::1", "X-Forwarded-For: 203.0.113.7\r\n"));
    assertEquals("2001:db8:0:0:0:0:0:1", client("2001:db8::1", "X-Forwarded-For: 203.0.113.7\r\n"));
  }
}
