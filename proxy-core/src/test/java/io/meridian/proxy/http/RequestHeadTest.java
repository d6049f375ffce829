package io.meridian.proxy.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The rules of RFC 9112 and 9110 for request heads, and what is refused beyond them. */
class RequestHeadTest {
  private static final String GET = "GET / HTTP/1.1\r\nHost: a.test\r\n";
  private static final String POST = "POST / HTTP/1.1\r\nHost: a.test\r\n";

  private static Fault fault(String input) {
    return Wire.request(input).fault();
  }

  private static Fault field(String line) {
    return fault(GET + line + "\r\n\r\n");
  }

  @Test
  void a_plain_request_is_read_in_place() {
    RequestHead r =
        Wire.request(
            "GET /a/b?c=d HTTP/1.1\r\nHost: Example.TEST:8080\r\nAccept:*/*\r\nX-A:  b \t\r\n\r\n");
    assertEquals(Fault.NONE, r.fault());
    assertEquals(Method.GET, r.method());
    assertEquals("GET", r.text(r.methodStart(), r.methodLength()));
    assertEquals("/a/b?c=d", Wire.target(r));
    assertEquals("/a/b", r.text(r.pathStart(), r.pathLength()));
    assertEquals("example.test", Wire.host(r));
    assertEquals("example.test:8080", r.text(r.authorityStart(), r.authorityLength()));
    assertEquals(3, r.fieldCount());
    assertEquals("Accept", r.name(1));
    assertEquals("*/*", r.value(1));
    assertEquals("b", r.value(2));
    assertEquals(-1, r.contentLength());
    assertEquals(BodyKind.NONE, r.body());
    assertTrue(r.keepAlive() && r.safe() && r.idempotent());
    assertFalse(r.hasBody() || r.upgrade() || r.expectContinue());
  }

  @Test
  void bytes_behind_the_head_stay_in_the_buffer() {
    ByteBuf in = Unpooled.wrappedBuffer(Wire.bytes(GET + "\r\nGET /2 HTTP/1.1\r\n"));
    RequestHead r = new RequestHead(Wire.LIMITS);
    assertEquals(Parse.DONE, r.feed(in));
    assertEquals(GET.length() + 2, r.length());
    assertEquals("GET /2 HTTP/1.1\r\n", Wire.text(in));
    assertEquals(Parse.DONE, r.feed(in));
    assertEquals("GET /2 HTTP/1.1\r\n", Wire.text(in));
  }

  @Test
  void a_cleared_head_remembers_nothing() {
    RequestHead r =
        Wire.request(
            Wire.crlf(
                """
                OPTIONS http://b.test:1 HTTP/1.0
                Host: b.test:1
                Connection: upgrade
                Content-Length: 3
                Expect: 100-continue

                """));
    r.clear();
    assertFalse(r.started());
    r.feed(Unpooled.wrappedBuffer(Wire.bytes("GET / HTTP/1.0\r\n\r\n")));
    assertEquals(Wire.describe(Wire.request("GET / HTTP/1.0\r\n\r\n")), Wire.describe(r));
  }

  @Test
  void memory_that_only_a_large_head_needed_is_given_back() {
    RequestHead r = Wire.request(GET + ("X-Large: " + "x".repeat(9000) + "\r\n\r\n"));
    assertEquals(Fault.NONE, r.fault());
    assertTrue(r.bytes().length > 8192);
    r.clear();
    assertEquals(2048, r.bytes().length);
  }

  @Test
  void one_or_two_empty_lines_before_a_request_are_ignored_but_not_three() {
    assertEquals(Fault.NONE, fault("\r\n" + GET + "\r\n"));
    assertEquals(Fault.NONE, fault("\r\n\r\n" + GET + "\r\n"));
    assertEquals(Fault.REQUEST_LINE, fault("\r\n\r\n\r\n" + GET + "\r\n"));
    RequestHead r = Wire.request("\r\n");
    assertFalse(r.started());
    r.feed(Unpooled.wrappedBuffer(Wire.bytes("G")));
    assertTrue(r.started());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1x",
        "GET / HTTP/1.1 ",
        "GET /",
        "GET",
        "",
        " / HTTP/1.1",
        "GET  HTTP/1.1",
        "GE(T / HTTP/1.1",
        "GET: / HTTP/1.1",
        "G\u00c9T / HTTP/1.1",
        "GET\t/ HTTP/1.1",
        "GET / HTTP/1.10",
        "GET / HTTP/1.",
        "\u0001GET / HTTP/1.1",
        "\u0000GET / HTTP/1.1",
        "\u00efGET / HTTP/1.1",
        "GET /\u0001 HTTP/1.1",
        "GET /\u007f HTTP/1.1"
      })
  void a_malformed_request_line_is_refused(String line) {
    Fault fault = fault((line.isEmpty() ? "\r\n\r\n" : "") + line + "\r\nHost: a\r\n\r\n");
    assertEquals(400, fault.status(), fault.toString());
  }

  @ParameterizedTest
  @CsvSource({
    "HTTP/1.2, VERSION_UNSUPPORTED",
    "HTTP/2.0, VERSION_UNSUPPORTED",
    "HTTP/0.9, VERSION_UNSUPPORTED",
    "http/1.1, VERSION",
    "HTTP/1;1, VERSION",
    "HTTP/1.x, VERSION",
    "HTTP-1.1, VERSION",
    "ICEE/1.1, VERSION",
    "HTTP/11, REQUEST_LINE",
    "HTTP/01.1, REQUEST_LINE",
  })
  void any_version_but_1_0_and_1_1_is_refused(String version, Fault expected) {
    assertEquals(expected, fault("GET / " + version + "\r\nHost: a\r\n\r\n"));
  }

  @ParameterizedTest
  @CsvSource({
    "GET, GET, true, true",
    "HEAD, HEAD, true, true",
    "POST, POST, false, false",
    "PUT, PUT, false, true",
    "DELETE, DELETE, false, true",
    "OPTIONS, OPTIONS, true, true",
    "TRACE, TRACE, true, true",
    "PATCH, PATCH, false, false",
    "get, other, false, false",
    "GETT, other, false, false",
    "POSH, other, false, false",
    "PURGE, other, false, false",
    "M-SEARCH, other, false, false",
    "!#$%&'*+-.^_`|~, other, false, false",
  })
  void methods_are_case_sensitive_tokens(
      String name, String label, boolean safe, boolean idempotent) {
    RequestHead r = Wire.request(name + " / HTTP/1.1\r\nHost: a\r\n\r\n");
    assertEquals(Fault.NONE, r.fault());
    assertEquals(label, Method.label(r.method()));
    assertEquals(name, r.text(r.methodStart(), r.methodLength()));
    assertEquals(safe, r.safe());
    assertEquals(idempotent, r.idempotent());
  }

  @Test
  void no_tunnel_is_opened() {
    assertEquals(
        Fault.METHOD_CONNECT, fault("CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n"));
  }

  @ParameterizedTest
  @CsvSource({
    "*, TARGET",
    "a.test:80, TARGET",
    "@evil.test/, TARGET",
    "t/x, TARGET",
    "?x, TARGET",
    "ftp://a.test/, TARGET",
    "http:/a.test/, TARGET",
    "http://, AUTHORITY",
    "http:///x, AUTHORITY",
    "http://u@a.test/, AUTHORITY",
    "http://u:p@a.test/, AUTHORITY",
    "http://a.test:x/, AUTHORITY",
    "http://a.test#f, AUTHORITY",
    "http://b.test/, HOST_MISMATCH",
    "http://a.test:81/, HOST_MISMATCH",
    "/#f, PATH",
    "/?a#f, TARGET",
    "/?\u00e9, TARGET",
    "/\u00e9, PATH",
    "/a b, PATH",
    "/?a b, TARGET",
  })
  void other_targets_are_refused(String target, Fault expected) {
    assertEquals(expected, fault("GET " + target + " HTTP/1.1\r\nHost: a.test\r\n\r\n"));
  }

  @ParameterizedTest
  @CsvSource({
    "GET, http://a.test/x?y, /x?y",
    "GET, HTTP://A.test/x, /x",
    "GET, http://a.test:80/x, /x",
    "GET, http://a.test:/x, /x",
    "GET, http://a.test, /",
    "GET, http://a.test?y, /?y",
    "GET, http://a.test/../x, ''",
    "OPTIONS, http://a.test, *",
    "OPTIONS, http://a.test?y, /?y",
    "OPTIONS, http://a.test/, /",
    "OPTIONS, *, *",
  })
  void an_absolute_target_becomes_its_path_and_its_authority_the_host(
      String method, String target, String expected) {
    RequestHead r = Wire.request(method + " " + target + " HTTP/1.1\r\nHost: a.test\r\n\r\n");
    if (expected.isEmpty()) {
      assertEquals(Fault.PATH, r.fault());
    } else {
      assertEquals(Fault.NONE, r.fault());
      assertEquals(expected, Wire.target(r));
      assertEquals("a.test", Wire.host(r));
    }
  }

  @Test
  void https_in_an_absolute_target_has_another_default_port() {
    String line = "GET https://a.test:443/ HTTP/1.1\r\n";
    assertEquals(Fault.NONE, fault(line + "Host: a.test\r\n\r\n"));
    assertEquals(Fault.HOST_MISMATCH, fault(line + "Host: a.test:80\r\n\r\n"));
    assertEquals(Fault.HOST_MISSING, fault(line + "\r\n"));
  }

  @Test
  void http_1_0_may_name_its_host_in_the_target_only_or_nowhere() {
    RequestHead named = Wire.request("GET http://A.test:81/x HTTP/1.0\r\n\r\n");
    assertEquals("a.test", Wire.host(named));
    assertEquals("a.test:81", named.text(named.authorityStart(), named.authorityLength()));
    RequestHead unnamed = Wire.request("GET / HTTP/1.0\r\n\r\n");
    assertEquals(Fault.NONE, unnamed.fault());
    assertEquals(0, unnamed.hostLength() + unnamed.authorityLength());
  }

  @ParameterizedTest
  @CsvSource({
    "a.test, a.test, a.test",
    "A.TEST:80, a.test, a.test:80",
    "a.test., a.test, a.test.",
    "a.test.:81, a.test, a.test.:81",
    "a.test:, a.test, a.test",
    "xn--bcher-kva.test, xn--bcher-kva.test, xn--bcher-kva.test",
    "under_score, under_score, under_score",
    "127.0.0.1:65535, 127.0.0.1, 127.0.0.1:65535",
    "[::1], [::1], [::1]",
    "[2001:DB8::A]:8080, [2001:db8::a], [2001:db8::a]:8080",
    "[::], [::], [::]",
    "[1:2:3:4:5:6:7:8], [1:2:3:4:5:6:7:8], [1:2:3:4:5:6:7:8]",
    "[1:2:3:4:5:6:7::], [1:2:3:4:5:6:7::], [1:2:3:4:5:6:7::]",
    "[::ffff:192.0.2.1], [::ffff:192.0.2.1], [::ffff:192.0.2.1]",
    "[1:2:3:4:5:6:192.0.2.1], [1:2:3:4:5:6:192.0.2.1], [1:2:3:4:5:6:192.0.2.1]",
  })
  void hosts_are_taken_in_lower_case(String value, String host, String authority) {
    RequestHead r = Wire.request("GET / HTTP/1.1\r\nHost: " + value + "\r\n\r\n");
    assertEquals(Fault.NONE, r.fault());
    assertEquals(host, Wire.host(r));
    assertEquals(authority, r.text(r.authorityStart(), r.authorityLength()));
    assertEquals("Host: " + authority + "\r\n", Wire.copied(r, 0));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        ".a",
        "a..b",
        "a b",
        "a/b",
        "a\\b",
        "a?b",
        "a#b",
        "a@b",
        "u:p@b",
        "a:b:c",
        "a:8x",
        "a:65536",
        "a:000080",
        "a:-1",
        ":80",
        "a,b",
        "a;b",
        "a%00",
        "a%2eb",
        "\u00e4.test",
        "[::1",
        "[::1]x",
        "[::1]:x",
        "[]",
        "[:]",
        "[:::]",
        "[1]",
        "[1:2:3:4:5:6:7:8:9]",
        "[1::2::3]",
        "[12345::]",
        "[g::]",
        "[1:2:3:4:5:6:7:]",
        "[1:2:3:4:5:6:7:8::]",
        "[::1.2.3]",
        "[::1.2.3.256]",
        "[::1.2.3.4.5]",
        "[::01.2.3.4]",
        "[1.2.3.4]",
        "[::1%eth0]",
        "[v1.x]",
        "::1",
        "a[::1]"
      })
  void invalid_hosts_are_refused(String value) {
    assertEquals(Fault.HOST_INVALID, fault("GET / HTTP/1.1\r\nHost: " + value + "\r\n\r\n"));
  }

  @Test
  void exactly_one_host_of_sane_length_is_needed() {
    assertEquals(Fault.HOST_MISSING, fault("GET / HTTP/1.1\r\n\r\n"));
    assertEquals(Fault.HOST_DUPLICATE, fault(GET + "Host: a.test\r\n\r\n"));
    assertEquals(Fault.HOST_DUPLICATE, fault(GET + "hOST:\r\n\r\n"));
    assertEquals(
        Fault.HOST_INVALID, fault("GET / HTTP/1.1\r\nHost: " + "a".repeat(256) + "\r\n\r\n"));
  }

  @ParameterizedTest
  @CsvSource(
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "'X-A : b',FIELD_NAME",
        "'X A: b',FIELD_NAME",
        "'X-A',LINE_END",
        "': b',FIELD_NAME",
        "'\u0000X: b',FIELD_NAME",
        "'X\u0000: b',FIELD_NAME",
        "'X\u0001: b',FIELD_NAME",
        "'X\u00e9: b',FIELD_NAME",
        "'(X): b',FIELD_NAME",
        "'\"X\": b',FIELD_NAME",
        "'X@: b',FIELD_NAME",
        "' X: b',FIELD_FOLDED",
        "'\tX: b',FIELD_FOLDED",
        "'X: a\r\n b',FIELD_FOLDED",
        "'X: a\r\n\tb',FIELD_FOLDED",
        "'X:\r\n ',FIELD_FOLDED",
        "'X: a\u0000b',FIELD_VALUE",
        "'X: a\u0008b',FIELD_VALUE",
        "'X: a\u007f',FIELD_VALUE",
        "'X: 12345678\u001b',FIELD_VALUE",
        "'X: a\nY: b',LINE_END",
        "'X: a\rY: b',LINE_END",
        "'X: a\r\r',LINE_END",
        "'X\r: a',LINE_END",
        "'X\n: a',LINE_END",
        "'X-Forwarded_For: 1.2.3.4',FIELD_ALIAS",
        "'X_Real_IP: 1.2.3.4',FIELD_ALIAS",
        "'Content_Length: 3',FIELD_ALIAS",
        "'transfer_encoding: chunked',FIELD_ALIAS",
        "'x_geo_country: DE',FIELD_ALIAS",
      })
  void malformed_field_lines_are_refused(String line, Fault expected) {
    assertEquals(expected, field(line));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X!#$%&'*+-.^_`|~1: v",
        "X:",
        "X: ",
        "X: \t ",
        "X:v",
        "X: caf\u00e9 \u0080\u00ff",
        "X: a\tb",
        "my_own_field: v",
        "1: v",
        "X: \"a\\\"b\""
      })
  void odd_but_valid_field_lines_pass(String line) {
    assertEquals(Fault.NONE, field(line));
  }

  @Test
  void line_feeds_and_carriage_returns_alone_end_no_line() {
    assertEquals(Fault.LINE_END, fault("GET / HTTP/1.1\nHost: a\n\n"));
    assertEquals(Fault.LINE_END, fault("GET / HTTP/1.1\rHost: a\r\r"));
    assertEquals(Fault.LINE_END, fault("\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    assertEquals(Fault.LINE_END, fault("\rGET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    assertEquals(Fault.LINE_END, fault(GET + "\n"));
    assertEquals(Fault.LINE_END, fault(GET + "\rx"));
    assertEquals(Fault.LINE_END, fault(GET + "\r\r\n"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "Content-Length: 5 | 5 | NONE",
        "Content-Length: 0 | 0 | NONE",
        "content-length: \t5 \t | 5 | NONE",
        "Content-Length: 9223372036854775807 | 9223372036854775807 | NONE",
        "Content-Length: 9223372036854775808 | -1 | CONTENT_LENGTH",
        "Content-Length: 9999999999999999999 | -1 | CONTENT_LENGTH",
        "Content-Length: 18446744073709551621 | -1 | CONTENT_LENGTH",
        "Content-Length: | -1 | CONTENT_LENGTH",
        "Content-Length: +5 | -1 | CONTENT_LENGTH",
        "Content-Length: -1 | -1 | CONTENT_LENGTH",
        "Content-Length: 0x5 | -1 | CONTENT_LENGTH",
        "Content-Length: 5.0 | -1 | CONTENT_LENGTH",
        "Content-Length: 5 5 | -1 | CONTENT_LENGTH",
        "Content-Length: 5,5 | -1 | CONTENT_LENGTH",
        "Content-Length: 5, | -1 | CONTENT_LENGTH",
        "Content-Length: \"5\" | -1 | CONTENT_LENGTH",
        "Content-Length: \u00b2 | -1 | CONTENT_LENGTH",
      })
  void content_length_is_one_number(String line, long length, Fault expected) {
    RequestHead r = Wire.request(POST + line + "\r\n\r\n");
    assertEquals(expected, r.fault());
    assertEquals(length, r.contentLength());
  }

  @Test
  void repeated_content_lengths_are_refused_even_when_equal() {
    assertEquals(
        Fault.CONTENT_LENGTH, fault(POST + "Content-Length: 5\r\ncontent-length: 5\r\n\r\n"));
    assertEquals(
        Fault.CONTENT_LENGTH, fault(POST + "Content-Length:\r\nContent-Length: 5\r\n\r\n"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "chunked | NONE",
        "CHUNKED | NONE",
        "gzip, chunked | CODING_UNKNOWN",
        "cow , chunked | CODING_UNKNOWN",
        "a,b,\tchunked | CODING_UNKNOWN",
        "identity, chunked | TRANSFER_ENCODING",
        "chunked, chunked | TRANSFER_ENCODING",
        "chunked, identity | TRANSFER_ENCODING",
        "chunked, gzip | TRANSFER_ENCODING",
        "gzip | TRANSFER_ENCODING",
        "identity | TRANSFER_ENCODING",
        "xchunked | TRANSFER_ENCODING",
        "chunk | TRANSFER_ENCODING",
        "chunkedd | TRANSFER_ENCODING",
        "\"chunked\" | TRANSFER_ENCODING",
        "chunked; q=1 | TRANSFER_ENCODING",
        ", chunked | TRANSFER_ENCODING",
        "chunked, | TRANSFER_ENCODING",
        "cow chunked | TRANSFER_ENCODING",
        "ch\u0096nked | TRANSFER_ENCODING",
        "'' | TRANSFER_ENCODING",
      })
  void a_transfer_coding_is_chunked_or_none(String value, Fault expected) {
    RequestHead r = Wire.request(POST + "Transfer-Encoding: " + value + "\r\n\r\n");
    assertEquals(expected, r.fault());
    if (expected == Fault.NONE) {
      assertTrue(r.chunked() && r.hasBody());
      assertEquals(BodyKind.CHUNKED, r.body());
    }
  }

  @Test
  void framing_that_can_be_read_in_two_ways_is_refused() {
    String te = "Transfer-Encoding: chunked\r\n";
    assertEquals(Fault.LENGTH_AND_CODING, fault(POST + te + "Content-Length: 5\r\n\r\n"));
    assertEquals(Fault.LENGTH_AND_CODING, fault(POST + "Content-Length: 0\r\n" + te + "\r\n"));
    assertEquals(Fault.TRANSFER_ENCODING, fault(POST + te + te + "\r\n"));
    assertEquals(Fault.TRANSFER_ENCODING, fault("POST / HTTP/1.0\r\nHost: a\r\n" + te + "\r\n"));
    assertEquals(
        Fault.TRACE_WITH_BODY, fault("TRACE / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1.1 | '' | true",
        "1.1 | close | false",
        "1.1 | keep-alive, CLOSE | false",
        "1.1 | ,, , close ,| false",
        "1.1 | closed | true",
        "1.0 | '' | false",
        "1.0 | keep-alive | true",
        "1.0 | Keep-Alive, close | false",
      })
  void persistence_follows_version_and_connection(String version, String option, boolean keep) {
    RequestHead r =
        Wire.request("GET / HTTP/" + version + "\r\nHost: a\r\nConnection: " + option + "\r\n\r\n");
    assertEquals(Fault.NONE, r.fault());
    assertEquals(keep, r.keepAlive());
  }

  @Test
  void every_connection_field_counts() {
    assertFalse(
        Wire.request(GET + "Connection: x\r\nA: b\r\nConnection: close\r\n\r\n").keepAlive());
  }

  @Test
  void malformed_or_endless_connection_options_are_refused() {
    assertEquals(Fault.CONNECTION, field("Connection: a b"));
    assertEquals(Fault.CONNECTION, field("Connection: \"close\""));
    assertEquals(Fault.CONNECTION, field("Connection: close;x"));
    assertEquals(Fault.CONNECTION, field("Connection: " + "x,".repeat(33)));
    assertEquals(Fault.NONE, field("Connection: " + "x,".repeat(32)));
  }

  @Test
  void an_expectation_is_100_continue_or_refused() {
    String body = "Content-Length: 1\r\n\r\n";
    assertTrue(Wire.request(POST + "Expect: 100-Continue\r\n" + body).expectContinue());
    assertFalse(Wire.request(POST + "Expect: 100-continue\r\n\r\n").expectContinue());
    assertEquals(Fault.EXPECTATION, fault(POST + "Expect: 200-ok\r\n" + body));
    assertEquals(Fault.EXPECTATION, fault(POST + "Expect: 100-continue\r\nExpect: x\r\n" + body));
    RequestHead old = Wire.request("POST / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\n" + body);
    assertEquals(Fault.NONE, old.fault());
    assertFalse(old.expectContinue());
  }

  @Test
  void only_a_websocket_upgrade_without_a_body_is_one() {
    String upgrade = "Connection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n";
    assertTrue(Wire.request(GET + upgrade + "\r\n").upgrade());
    assertTrue(Wire.request(GET + upgrade + "Content-Length: 0\r\n\r\n").upgrade());
    assertFalse(Wire.request(POST + upgrade + "\r\n").upgrade());
    assertFalse(Wire.request(GET + "Upgrade: websocket\r\n\r\n").upgrade());
    assertFalse(Wire.request(GET + "Connection: upgrade\r\nUpgrade: h2c\r\n\r\n").upgrade());
    assertFalse(Wire.request(GET + upgrade + "Upgrade: websocket\r\n\r\n").upgrade());
    assertFalse(Wire.request("GET / HTTP/1.0\r\nHost: a\r\n" + upgrade + "\r\n").upgrade());
    assertEquals(Fault.UPGRADE_WITH_BODY, fault(GET + upgrade + "Content-Length: 5\r\n\r\nhello"));
    assertEquals(
        Fault.UPGRADE_WITH_BODY, fault(POST + upgrade + "Transfer-Encoding: chunked\r\n\r\n"));
    assertEquals(
        Fault.NONE,
        fault(POST + "Connection: upgrade\r\nUpgrade: h2c\r\nContent-Length: 5\r\n\r\n"));
  }

  @Test
  void limits_hold_to_the_byte() {
    HeadLimits limits = new HeadLimits(20, 40, 2);
    assertEquals(Parse.DONE, Wire.whole(new RequestHead(limits), Wire.bytes(line(20))).verdict());
    assertEquals(
        Fault.URI_TOO_LONG, Wire.whole(new RequestHead(limits), Wire.bytes(line(21))).fault());
    assertEquals(
        Fault.URI_TOO_LONG,
        Wire.bytewise(new RequestHead(limits), Wire.bytes("GET /" + "x".repeat(50))).fault());
    String start = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
    assertEquals(
        Parse.DONE,
        Wire.whole(new RequestHead(limits), Wire.bytes(start + "x".repeat(8) + "\r\n\r\n"))
            .verdict());
    assertEquals(
        Fault.HEAD_TOO_LARGE,
        Wire.whole(new RequestHead(limits), Wire.bytes(start + "x".repeat(9) + "\r\n\r\n"))
            .fault());
    assertEquals(
        Fault.TOO_MANY_FIELDS,
        Wire.whole(
                new RequestHead(new HeadLimits(20, 99, 2)),
                Wire.bytes("GET / HTTP/1.1\r\nHost: a\r\nX: \r\nX: \r\n\r\n"))
            .fault());
  }

  private static String line(int length) {
    return "GET /" + "x".repeat(length - 14) + " HTTP/1.1\r\nHost: a\r\n\r\n";
  }
}
