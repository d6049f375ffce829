package io.meridian.proxy.http2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.proxy.http.BodyKind;
import io.meridian.proxy.http.HeadLimits;
import io.meridian.proxy.http.Parse;
import io.meridian.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FieldsTest {
  private static Http2Headers fields(String... namesAndValues) {
    Http2Headers fields = new DefaultHttp2Headers(false);
    for (int i = 0; i < namesAndValues.length; i += 2) {
      fields.add(namesAndValues[i], namesAndValues[i + 1]);
    }
    return fields;
  }

  private static String text(ByteBuf out) {
    return out.toString(StandardCharsets.ISO_8859_1);
  }

  private static Http2Headers request(String head, boolean trailers, boolean webSocket) {
    ByteBuf text = Unpooled.copiedBuffer(head, StandardCharsets.ISO_8859_1);
    return RequestFields.of(text, "https", trailers, webSocket);
  }

  private static String value(Http2Headers fields, String name) {
    CharSequence value = fields.get(name);
    return value == null ? "absent" : value.toString();
  }

  @Test
  void a_request_line_becomes_pseudo_header_fields_and_hops_stay_behind() {
    Http2Headers fields =
        request(
            "PUT /a?b=c HTTP/1.1\r\nHost: x.test:81\r\nX-Mixed-Case: Kept As It Is\r\n"
                + "Connection: close\r\nTransfer-Encoding: chunked\r\nTE: trailers\r\nX-Empty: \r\n\r\n",
            false,
            false);
    assertEquals("PUT", value(fields, ":method"));
    assertEquals("/a?b=c", value(fields, ":path"));
    assertEquals("x.test:81", value(fields, ":authority"));
    assertEquals("https", value(fields, ":scheme"));
    assertEquals("Kept As It Is", value(fields, "x-mixed-case"));
    assertEquals("", value(fields, "x-empty"));
    for (String hop : List.of("host", "connection", "transfer-encoding", "te")) {
      assertEquals("absent", value(fields, hop));
    }
  }

  @Test
  void trailers_are_asked_for_where_the_client_takes_them() {
    assertEquals(
        "trailers", value(request("POST / HTTP/1.1\r\nHost: x\r\n\r\n", true, false), "te"));
  }

  @Test
  void a_websocket_is_an_extended_connect() {
    Http2Headers fields =
        request(
            "GET /chat HTTP/1.1\r\nHost: x\r\nSec-WebSocket-Key: abc\r\n"
                + "Sec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n\r\n",
            false,
            true);
    assertEquals("CONNECT", value(fields, ":method"));
    assertEquals("websocket", value(fields, ":protocol"));
    assertEquals("absent", value(fields, "sec-websocket-key"));
    assertEquals("absent", value(fields, "upgrade"));
    assertEquals("13", value(fields, "sec-websocket-version"));
  }

  @ParameterizedTest
  @CsvSource({"200, false, CHUNKED", "200, true, LENGTH", "204, true, NONE", "304, true, NONE"})
  void framing_is_said_where_http_1_needs_it(int status, boolean ends, BodyKind kind) {
    ByteBuf out = Unpooled.buffer();
    assertTrue(ResponseFields.write(fields(":status", Integer.toString(status)), ends, false, out));
    ResponseHead head = new ResponseHead(new HeadLimits(1024, 8192, 100));
    assertEquals(Parse.DONE, head.feed(out));
    assertEquals(kind, head.body());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x-a|b\rc",
        "x-a|b\nc",
        "x-a|b\0c",
        "x-a| b",
        "x-a|b\t",
        "X-A|b",
        "x a|b",
        "|b",
        "x:a|b",
        ":path|/",
        ":status|201",
        "connection|close",
        "keep-alive|1",
        "upgrade|h2c",
        "te|gzip",
        "proxy-connection|close",
        "transfer-encoding|gzip",
        "x-\u00e9|b",
        "x-a|\u0100"
      })
  void what_could_be_read_in_two_ways_is_malformed(String field) {
    int bar = field.indexOf('|');
    Http2Headers fields =
        fields(":status", "200", field.substring(0, bar), field.substring(bar + 1));
    assertFalse(ResponseFields.write(fields, true, false, Unpooled.buffer()));
    assertFalse(
        ResponseFields.writeTrailers(
            fields(field.substring(0, bar), field.substring(bar + 1)), Unpooled.buffer()));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "20", "2000", "099", "2x0", "+20", "101"})
  void a_status_is_three_digits_and_not_101(String status) {
    assertFalse(ResponseFields.write(fields(":status", status), true, false, Unpooled.buffer()));
  }

  @Test
  void a_missing_status_and_an_interim_one_that_ends_are_malformed() {
    assertFalse(ResponseFields.write(fields("x-a", "b"), true, false, Unpooled.buffer()));
    assertFalse(ResponseFields.write(fields(":status", "103"), true, false, Unpooled.buffer()));
  }

  @Test
  void a_length_without_its_body_is_malformed_but_for_head() {
    Http2Headers fields = fields(":status", "200", "content-length", "5");
    assertFalse(ResponseFields.write(fields, true, false, Unpooled.buffer()));
    assertTrue(ResponseFields.write(fields, true, true, Unpooled.buffer()));
    assertTrue(ResponseFields.write(fields, false, false, Unpooled.buffer()));
  }

  @Test
  void what_goes_in_as_text_comes_out_as_the_same_text() {
    Random random = new Random(42);
    for (int round = 0; round < 2_000; round++) {
      List<String> lines = new ArrayList<>();
      for (int i = random.nextInt(20); i > 0; i--) {
        lines.add("x-" + word(random, "abcz019-_.!#$%&'*+^`|~", 8) + ": " + content(random));
      }
      String section = String.join("\r\n", lines) + (lines.isEmpty() ? "" : "\r\n");
      ByteBuf in = Unpooled.copiedBuffer(section + "\r\n", StandardCharsets.ISO_8859_1);
      ByteBuf out = Unpooled.buffer();
      assertTrue(ResponseFields.writeTrailers(RequestFields.trailers(in), out));
      List<String> expected = new ArrayList<>(lines);
      List<String> found = new ArrayList<>(List.of(text(out).split("\r\n")));
      found.removeIf(String::isEmpty);
      expected.sort(null);
      found.sort(null);
      assertEquals(expected, found);
    }
  }

  private static String content(Random random) {
    return word(random, "aZ9,;=\" \t\u00e9\u00ff()", 12).strip();
  }

  private static String word(Random random, String alphabet, int most) {
    StringBuilder text = new StringBuilder("w");
    for (int i = random.nextInt(most); i > 0; i--) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }
}
