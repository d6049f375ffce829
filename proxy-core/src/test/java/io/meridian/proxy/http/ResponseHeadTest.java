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

/** The rules of RFC 9112 for response heads. */
class ResponseHeadTest {
  private static ResponseHead get(String input) {
    return Wire.response(Method.GET, input);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      ignoreLeadingAndTrailingWhitespace = false,
      value = {
        "HTTP/1.1 200 OK|200|OK",
        "HTTP/1.0 404 Not Found|404|Not Found",
        "HTTP/1.1 200 |200|''",
        "HTTP/1.1 200|200|''",
        "HTTP/1.1 299  two|299| two",
        "HTTP/1.1 999 D\u00e9j\u00e0\tvu|999|D\u00e9j\u00e0\tvu",
      })
  void status_lines_are_read(String line, int status, String reason) {
    ResponseHead r = get(line + "\r\n\r\n");
    assertEquals(Fault.NONE, r.fault());
    assertEquals(status, r.status());
    assertEquals(reason, r.text(r.reasonStart(), r.reasonLength()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "HTTP/1.1",
        "HTTP/1.1 20",
        "HTTP/1.1  200 OK",
        "HTTP/1.1 1000 X",
        "HTTP/1.1 2OO OK",
        "HTTP/1.1 099 X",
        "HTTP/1.1 200OK",
        "HTTP/1.1x 200 OK",
        "HTTP/2.0 200 OK",
        "HTTP/1.2 200 OK",
        "http/1.1 200 OK",
        "ICY 200 OK",
        "HTTP/1.1\t200\tOK",
        "HTTP/1.1 200 O\u0001K",
        "HTTP/1.1 200 O\u0000K",
        "HTTP/1.1 200 OK\rX",
        "HTTP/1.1 200 OK\nX: y",
        "hello world",
        "HTTP/1.1 -20 X",
        " HTTP/1.1 200 OK"
      })
  void malformed_status_lines_are_refused(String line) {
    assertTrue(get(line + "\r\n\r\n").fault() != Fault.NONE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "GET | 200 | Content-Length: 5 | LENGTH | true",
        "GET | 200 | Content-Length: 0 | LENGTH | true",
        "GET | 200 | Transfer-Encoding: chunked | CHUNKED | true",
        "GET | 200 | X: y | UNTIL_CLOSE | false",
        "GET | 200 | Connection: close | UNTIL_CLOSE | false",
        "HEAD | 200 | Content-Length: 500 | NONE | true",
        "HEAD | 200 | Transfer-Encoding: chunked | NONE | true",
        "HEAD | 200 | X: y | NONE | true",
        "GET | 204 | X: y | NONE | true",
        "GET | 204 | Content-Length: 0 | NONE | true",
        "GET | 204 | Content-Length: 83 | NONE | false",
        "GET | 204 | Transfer-Encoding: chunked | NONE | false",
        "GET | 304 | Content-Length: 83 | NONE | true",
        "GET | 205 | Content-Length: 0 | LENGTH | true",
        "GET | 100 | Content-Length: 5 | NONE | true",
        "GET | 103 | Link: x | NONE | true",
        "GET | 101 | Upgrade: websocket | NONE | true",
      })
  void the_body_follows_from_status_method_and_fields(
      String method, int status, String field, BodyKind kind, boolean keep) {
    ResponseHead r =
        Wire.response(
            method.equals("HEAD") ? Method.HEAD : Method.GET,
            "HTTP/1.1 " + status + " X\r\n" + field + "\r\n\r\n");
    assertEquals(Fault.NONE, r.fault());
    assertEquals(kind, r.body());
    assertEquals(keep, r.keepAlive());
    assertEquals(status == 100 || status == 103, r.informational());
    assertEquals(status == 101, r.upgraded());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 5\r\nContent-Length: 5",
        "Content-Length: 5, 5",
        "Content-Length: +5",
        "Content-Length:",
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: identity\r\nContent-Length: 5",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Content-Length : 5",
        "X A: b",
        ": v",
        "garbage",
        "X: a\r\n b",
        "X: a\rb",
        "X\u0000: b",
        "X: \u0000",
        "X\u00e9: b"
      })
  void doubtful_framing_and_malformed_fields_are_refused(String fields) {
    assertTrue(get("HTTP/1.1 200 OK\r\n" + fields + "\r\n\r\nhello").fault() != Fault.NONE);
  }

  @Test
  void http_1_0_knows_no_chunks_and_persists_when_it_says_so() {
    assertEquals(
        Fault.TRANSFER_ENCODING,
        get("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").fault());
    assertFalse(get("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n").keepAlive());
    assertTrue(
        get("HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: keep-alive\r\n\r\n").keepAlive());
  }

  @Test
  void a_final_head_follows_an_informational_one() {
    ByteBuf in =
        Unpooled.wrappedBuffer(
            Wire.bytes(
                "HTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
    ResponseHead r = new ResponseHead(Wire.LIMITS);
    r.expectFor(Method.HEAD);
    assertEquals(Parse.DONE, r.feed(in));
    assertTrue(r.informational());
    r.clear();
    assertEquals(Parse.DONE, r.feed(in));
    assertEquals(200, r.status());
    assertEquals(BodyKind.NONE, r.body());
    assertEquals(1, r.fieldCount());
    assertEquals("ok", Wire.text(in));
  }

  @Test
  void connection_options_remove_the_fields_that_they_name() {
    ResponseHead r =
        get(
            Wire.crlf(
                """
                HTTP/1.1 200 OK
                Connection: X-Hop
                X-Hop: 1
                Keep-Alive: timeout=5
                Proxy-Authenticate: Basic
                X_Forwarded_For: fine
                Content-Length: 5

                """));
    assertEquals("X_Forwarded_For: fine\r\n", Wire.copied(r, 0));
  }
}
