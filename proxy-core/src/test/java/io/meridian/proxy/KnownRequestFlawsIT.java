package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What other HTTP servers and proxies once took for a request, or for two. Each test cites the
 * advisory. Bytes that would be a second request to a reader that is fooled aim at {@code /hidden}.
 */
@SuppressWarnings("StringConcatToTextBlock") // line ends are part of what is tested
@ExtendWith(NoLeaks.class)
class KnownRequestFlawsIT {
  private static final String HIDDEN = "GET /hidden HTTP/1.1\r\nHost: a.test\r\n\r\n";
  private static final String POST = "POST /post HTTP/1.1\r\nHost: a.test\r\n";
  private static final String CHUNKED = POST + "Transfer-Encoding: chunked\r\n\r\n";

  private static Origin origin = Origin.saying("good");
  private static Proxy proxy = Proxy.on("nio");

  @BeforeAll
  static void start() throws Exception {
    origin = Origin.saying("good");
    proxy =
        Proxy.on("nio")
            .region("one", origin)
            .with("limits", "{ request_line: 8KiB, head: 32KiB, fields: 100 }")
            .with(
                "routes",
                "[{ name: admin, match: { paths: [\"/admin/\"] } }, { name: all, match: {} }]")
            .start();
  }

  @AfterAll
  static void stop() throws Exception {
    proxy.close();
    origin.close();
  }

  @BeforeEach
  void nothingSeen() {
    origin.requests().clear();
  }

  /** One answer, an error, and the end; no endpoint has heard anything. */
  private static void assertRefused(String request) throws Exception {
    try (Wire client = proxy.client()) {
      client.send(request);
      Wire.Message answer = client.response();
      assertTrue(answer.status() >= 400 && answer.status() < 600, request);
      assertEquals("close", answer.value("Connection"), request);
      assertTrue(client.ends(), request);
    }
    assertEquals(List.of(), origin.requests(), request);
    assertEquals("good", proxy.get("/canary").body());
    origin.requests().clear();
  }

  /** One request reaches an endpoint, as this one. */
  private static Wire.Message forwarded(String request) throws Exception {
    try (Wire client = proxy.client()) {
      client.send(request);
      assertEquals(200, client.response().status(), request);
      client.get("/canary");
      assertEquals(200, client.response().status(), request);
    }
    assertEquals(2, origin.requests().size(), request);
    assertEquals("/canary", origin.requests().get(1).target(), request);
    return origin.requests().getFirst();
  }

  private static String smuggling(String fields) {
    return POST + fields + "\r\n0\r\n\r\n" + HIDDEN;
  }

  private static String length() {
    return "Content-Length: " + (HIDDEN.length() + 5) + "\r\n";
  }

  /** Netty CVE-2019-16869, CVE-2019-20445, CVE-2021-43797. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Transfer-Encoding : chunked\r\n",
        "Transfer-Encoding\t: chunked\r\n",
        " Transfer-Encoding: chunked\r\n",
        "\u000bTransfer-Encoding: chunked\r\n",
        "\u0000Transfer-Encoding: chunked\r\n",
        "\u0001Transfer-Encoding: chunked\r\n",
        "Transfer-Encoding\u0000: chunked\r\n",
        "Transfer-Encoding\u0085: chunked\r\n",
        "\u00a0Transfer-Encoding: chunked\r\n",
        "Transfer\r-Encoding: chunked\r\n",
        "Transfer-Encoding\r\n : chunked\r\n",
        "Transfer-Encoding\r\n",
        "Transfer-Encoding x: chunked\r\n",
        "X: y\rTransfer-Encoding: chunked\r\n",
        "X: y\nTransfer-Encoding: chunked\r\n",
        "X: y\u0000\r\nTransfer-Encoding: chunked\r\n"
      })
  void controls_and_blanks_around_a_field_name_are_refused(String field) throws Exception {
    assertRefused(smuggling(field + length()));
    assertRefused(smuggling(length() + field));
    assertRefused(smuggling(field));
  }

  /** Netty CVE-2025-58056, Go CVE-2025-22871. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "5\nhello\r\n0\r\n\r\n",
        "5;a\nhello\r\n0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello\r\n0\n\r\n",
        "5\r\nhello\r\n0\r\n\n",
        "5\rhello\r\n0\r\n\r\n",
        "5\r\nhello\r0\r\n\r\n"
      })
  void a_bare_line_end_ends_nothing_in_a_chunked_body(String body) throws Exception {
    assertRefused(CHUNKED + body + HIDDEN);
  }

  /** Netty CVE-2026-33870. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "1;a=\"\r\nX\r\n0\r\n\r\n",
        "5;a=\"x\r\ny\"\r\nhello\r\n0\r\n\r\n",
        "5;a=\"\n\"\r\nhello\r\n0\r\n\r\n",
        "5;a=\"\\\r\n\"\r\nhello\r\n0\r\n\r\n"
      })
  void a_quoted_chunk_extension_hides_no_line_end(String body) throws Exception {
    assertRefused(CHUNKED + body + HIDDEN);
  }

  /** Netty CVE-2026-42581. */
  @ParameterizedTest
  @ValueSource(strings = {"HTTP/1.0", "HTTP/1.1"})
  void a_length_beside_a_coding_is_refused_in_any_version(String version) throws Exception {
    String start = "POST / " + version + "\r\nHost: a.test\r\nConnection: keep-alive\r\n";
    String chunked = "Transfer-Encoding: chunked\r\n";
    assertRefused(start + chunked + length() + "\r\n0\r\n\r\n" + HIDDEN);
    assertRefused(start + length() + chunked + "\r\n0\r\n\r\n" + HIDDEN);
    if (version.equals("HTTP/1.0")) {
      assertRefused(start + chunked + "\r\n0\r\n\r\n" + HIDDEN);
    }
  }

  /** Netty CVE-2026-42585, CVE-2026-89044. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "chunked, identity",
        "chunked, x",
        "chunked, chunked",
        "chunked,",
        ",chunked",
        "chunked;q=1",
        "\"chunked\"",
        "xchunked",
        "chunk",
        "identity",
        "gzip",
        "",
        "chunked,\r\n identity",
        "\r\n chunked",
        "chunked\r\nTransfer-Encoding: chunked",
        "chunked\r\nTransfer-Encoding: identity",
        "identity\r\nTransfer-Encoding: chunked",
        "\u000bchunked",
        "chunked\u0000"
      })
  void only_chunked_alone_frames_a_request(String value) throws Exception {
    assertRefused(smuggling("Transfer-Encoding: " + value + "\r\n"));
    assertRefused(smuggling("Transfer-Encoding: " + value + "\r\n" + length()));
  }

  /** Netty CVE-2026-50020. */
  @ParameterizedTest
  @ValueSource(
      strings = {"\u0001", "\u000b", "\u001c", "\u007f", "\u0000", " ", "\t", "\u00ef\u00bb\u00bf"})
  void nothing_but_an_empty_line_is_skipped_before_a_request(String lead) throws Exception {
    assertRefused(lead + HIDDEN);
    assertRefused("\r\n" + lead + HIDDEN);
    assertEquals("/hidden", forwarded("\r\n" + HIDDEN).target());
  }

  /** HAProxy CVE-2023-40225. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "content-length: \r\ncontent-length: 5\r\n",
        "Content-Length:\r\n",
        "Content-Length: 5\r\nContent-Length:\r\n",
        "Content-Length: 5\r\nContent-Length: 5\r\n",
        "Content-Length: 5, 5\r\n",
        "Content-Length: +5\r\n",
        "Content-Length: 0x5\r\n",
        "Content-Length: 5 5\r\n",
        "Content-Length: -1\r\n",
        "Content-Length: 99999999999999999999\r\n"
      })
  void a_length_is_one_plain_number(String fields) throws Exception {
    assertRefused(POST + fields + "\r\nhello" + HIDDEN);
  }

  /** HAProxy CVE-2021-40346, CVE-2023-25725. */
  @Test
  void an_empty_or_overlong_field_name_cuts_no_head() throws Exception {
    assertRefused(smuggling(": x\r\n" + length()));
    assertRefused(smuggling(length() + ": chunked\r\n"));
    assertRefused(smuggling("x".repeat(300_000) + ": 1\r\n" + length()));
    String overflow = "Content-Length0" + "a".repeat(255) + ":\r\n";
    String body = "x".repeat(HIDDEN.length());
    Wire.Message seen =
        forwarded(POST + overflow + "Content-Length: " + body.length() + "\r\n\r\n" + body);
    assertEquals(body, seen.body());
  }

  /** HAProxy CVE-2023-45539. */
  @ParameterizedTest
  @ValueSource(
      strings = {"/a#", "/a#b", "/a?q#b", "/admin#/../x", "/#/../admin/", "http://a.test#b"})
  void a_fragment_in_a_target_is_refused(String target) throws Exception {
    assertRefused("GET " + target + " HTTP/1.1\r\nHost: a.test\r\n\r\n");
  }

  /** nghttpx CVE-2026-58055. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 5\r\n\r\nhello",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
      })
  void an_upgrade_with_a_body_is_refused(String framing) throws Exception {
    assertRefused(
        "GET /ws HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + framing
            + HIDDEN);
  }

  /** Bishop Fox's h2c smuggling; Caddy and others passed {@code Upgrade: h2c}. */
  @ParameterizedTest
  @ValueSource(strings = {"h2c", "H2C", "h2c, websocket", "websocket, h2c", "h2c\r\nUpgrade: x"})
  void an_upgrade_to_another_http_never_reaches_an_endpoint(String upgrade) throws Exception {
    Wire.Message seen =
        forwarded(
            "GET /a HTTP/1.1\r\nHost: a.test\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: "
                + upgrade
                + "\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n\r\n");
    assertFalse(seen.has("Upgrade"));
    assertFalse(seen.has("HTTP2-Settings"));
    assertFalse(seen.value("Connection").toLowerCase(java.util.Locale.ROOT).contains("upgrade"));
  }

  /** Apache CVE-2022-31813, Traefik CVE-2024-45410. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Host",
        "X-Forwarded-For",
        "x-forwarded-for, X-Forwarded-Host, X-Forwarded-Proto, X-Forwarded-Port",
        "X-Request-Id, Via, X-Meridian-Region",
        "Authorization, Cookie, Content-Length"
      })
  void a_client_strips_no_field_of_the_proxy_by_naming_it_in_connection(String options)
      throws Exception {
    Wire.Message seen =
        forwarded(
            "POST /a HTTP/1.1\r\nHost: a.test\r\nAuthorization: secret\r\nCookie: a=b\r\n"
                + "Content-Length: 2\r\nX-Mine: 1\r\nConnection: X-Mine, "
                + options
                + "\r\n\r\nhi");
    assertEquals("a.test", seen.value("Host"));
    assertEquals("127.0.0.1", seen.value("X-Forwarded-For"));
    assertEquals("a.test", seen.value("X-Forwarded-Host"));
    assertEquals("http", seen.value("X-Forwarded-Proto"));
    assertTrue(seen.has("X-Forwarded-Port") && seen.has("X-Request-Id") && seen.has("Via"));
    assertEquals("one", seen.value("X-Meridian-Region"));
    assertEquals("secret", seen.value("Authorization"));
    assertEquals("a=b", seen.value("Cookie"));
    assertEquals("hi", seen.body());
    assertFalse(seen.has("X-Mine"));
  }

  /** Traefik CVE-2026-39858. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "X_Forwarded_Proto: https\r\n",
        "X-Forwarded_For: 1.1.1.1\r\n",
        "x_forwarded-anything: 1\r\n",
        "X_Real_IP: 1.1.1.1\r\n",
        "Content_Length: 5\r\n",
        "Transfer_Encoding: chunked\r\n",
        "X_Geo_Country: AT\r\n",
        "X_Meridian_Region: one\r\n"
      })
  void a_field_that_differs_by_underscores_from_a_trusted_one_is_refused(String field)
      throws Exception {
    assertRefused("GET / HTTP/1.1\r\nHost: a.test\r\n" + field + "\r\n");
  }

  /** Caddy CVE-2026-27588: hosts were matched in their case past a hundred of them. */
  @Test
  void a_host_is_matched_in_any_case_with_port_and_dot_among_many() throws Exception {
    StringBuilder routes = new StringBuilder("[");
    for (int i = 0; i < 150; i++) {
      routes.append("{ name: r" + i + ", match: { hosts: [h" + i + ".test] } }, ");
    }
    try (Origin many = Origin.saying("found");
        Proxy router =
            Proxy.on("nio")
                .region("one", many)
                .with("routes", routes + "{ name: w, match: { hosts: [\"*.wild.test\"] } }]")
                .start();
        Wire client = router.client()) {
      for (String host :
          List.of("H149.TEST", "h7.test:8080", "H7.test.", "h0.TeSt.:80", "A.WILD.test.")) {
        client.send("GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
        assertEquals(200, client.response().status(), host);
        client.send("GET http://" + host + "/ HTTP/1.1\r\nHost: " + host + "\r\n\r\n");
        assertEquals(200, client.response().status(), host);
      }
      client.send("GET / HTTP/1.1\r\nHost: H150.TEST\r\n\r\n");
      assertEquals(404, client.response().status());
    }
  }

  /** Go CVE-2022-2880. */
  @ParameterizedTest
  @ValueSource(strings = {"a=%zz&b=1;c=2", "a=1&a=2&&=", "%", "a=[{|}]~", "?/../x", "a=%00"})
  void a_query_is_forwarded_byte_by_byte(String query) throws Exception {
    Wire.Message seen = forwarded("GET /q?" + query + " HTTP/1.1\r\nHost: a.test\r\n\r\n");
    assertEquals("/q?" + query, seen.target());
  }

  /** Go CVE-2022-32148. */
  @Test
  void a_client_neither_suppresses_nor_forges_its_address() throws Exception {
    for (String claim :
        List.of("", "X-Forwarded-For:\r\n", "X-Forwarded-For: 1.1.1.1\r\nX-Forwarded-For:\r\n")) {
      origin.requests().clear();
      Wire.Message seen = forwarded("GET / HTTP/1.1\r\nHost: a.test\r\n" + claim + "\r\n");
      assertEquals("127.0.0.1", seen.value("X-Forwarded-For"), claim);
    }
  }

  /** Go CVE-2023-39326. */
  @Test
  void chunk_extensions_cost_no_more_than_so_many_bytes() throws Exception {
    assertRefused(CHUNKED + "1;" + "a".repeat(5000) + "\r\nx\r\n0\r\n\r\n");
    assertRefused(CHUNKED + ("1;" + "a".repeat(200) + "\r\nx\r\n").repeat(200) + "0\r\n\r\n");
  }
}
