package io.meridian.proxy.downstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What of a HEADERS block is malformed, and what the rest looks like in HTTP/1.1. */
@SuppressWarnings("StringConcatToTextBlock") // line ends are part of what is tested
class Http2RequestFieldsTest {
  private static final List<String> USUAL =
      List.of(":method: GET", ":scheme: http", ":path: /p", ":authority: a.test");

  private final Http2RequestFields fields = new Http2RequestFields();

  private @Nullable String read(boolean trailers, boolean end, List<String> lines) {
    fields.begin(trailers);
    for (String line : lines) {
      int colon = line.indexOf(": ", 1);
      fields.add(latin1(line.substring(0, colon)), latin1(line.substring(colon + 2)));
    }
    return fields.finish(end);
  }

  private static AsciiString latin1(String text) {
    return new AsciiString(text.getBytes(StandardCharsets.ISO_8859_1), false);
  }

  private String head() {
    return fields.head().toString(StandardCharsets.ISO_8859_1);
  }

  private static List<String> usualAnd(String... more) {
    List<String> all = new ArrayList<>(USUAL);
    all.addAll(List.of(more));
    return all;
  }

  private static List<String> usualBut(String name, String... instead) {
    List<String> all = new ArrayList<>(USUAL);
    int at = 0;
    while (!all.get(at).startsWith(name + ":")) {
      at++;
    }
    all.remove(at);
    all.addAll(at, List.of(instead));
    return all;
  }

  static List<Arguments> malformed() {
    List<List<String>> all = new ArrayList<>();
    for (String field :
        List.of(
            "X-Upper: 1",
            "x upper: 1",
            "x\u0000: 1",
            "x\u00e9: 1",
            "x\"y: 1",
            "x:y: 1",
            "x\r\ny: 1",
            "x-a: b\rc",
            "x-a: b\nc",
            "x-a: b\u0000c",
            "x-a:  b",
            "x-a: b ",
            "x-a: b\t",
            "connection: close",
            "keep-alive: 1",
            "proxy-connection: x",
            "transfer-encoding: chunked",
            "transfer-encoding: identity",
            "upgrade: websocket",
            "te: gzip",
            "te: trailers, gzip",
            "te: ",
            "host: b.test",
            "host: a.test:81",
            ":status: 200",
            ":foo: bar",
            ":: x",
            ":method: GET",
            ":path: /p",
            ":scheme: http",
            ":authority: a.test",
            ":protocol: websocket",
            "content-length: ",
            "content-length: +5",
            "content-length: -5",
            "content-length: 5,5",
            "content-length: 0x5",
            "content-length: 5 5",
            "content-length: 9999999999999999999")) {
      all.add(usualAnd(field));
    }
    all.add(usualAnd("x-a: 1", ":path: /p"));
    all.add(usualAnd("content-length: 5", "content-length: 5"));
    all.add(usualAnd("host: a.test", "host: a.test"));
    for (String name : List.of(":method", ":scheme", ":path")) {
      all.add(usualBut(name));
      all.add(usualBut(name, name + ": "));
    }
    for (String method : List.of("GE T", "GET / HTTP/1.1", "G(T", "GET\t", "GE\u00e9T")) {
      all.add(usualBut(":method", ":method: " + method));
    }
    for (String path : List.of("p", "*", "?q", "http://evil.test/", "a.test:80", "\r\n")) {
      all.add(usualBut(":path", ":path: " + path));
    }
    for (String scheme : List.of("ftp", "http ", "http://a.test/", "file", "httpss")) {
      all.add(usualBut(":scheme", ":scheme: " + scheme));
    }
    for (String authority : List.of("", "me@a.test", "a.test\r\nX: y", " a.test")) {
      all.add(usualBut(":authority", ":authority: " + authority));
    }
    all.add(List.of(":method: CONNECT"));
    all.add(List.of(":method: CONNECT", ":authority: a.test:1", ":scheme: http"));
    all.add(List.of(":method: CONNECT", ":authority: a.test:1", ":path: /"));
    all.add(List.of(":method: CONNECT", ":authority: a.test:1", ":protocol: websocket"));
    all.add(List.of(":method: CONNECT", ":protocol: websocket", ":scheme: http", ":path: /"));
    return all.stream().map(Arguments::of).toList();
  }

  @ParameterizedTest
  @MethodSource("malformed")
  void a_block_that_breaks_a_rule_is_malformed(List<String> lines) {
    assertNotNull(read(false, false, lines));
  }

  @Test
  void a_request_line_and_host_are_made_of_the_pseudo_fields_in_whatever_order() {
    assertNull(
        read(
            false,
            true,
            List.of(
                ":authority: a.test:8080",
                ":path: /p?q=1",
                ":scheme: HTTPS",
                ":method: PATCH",
                "x!#$%&'*+-.^_`|~: v",
                "x-empty: ")));
    assertEquals(
        "PATCH /p?q=1 HTTP/1.1\r\nhost: a.test:8080\r\nx!#$%&'*+-.^_`|~: v\r\nx-empty: \r\n\r\n",
        head());
  }

  @Test
  void host_stands_in_for_authority_and_agrees_with_it() {
    assertNull(read(false, true, usualBut(":authority", "host: b.test")));
    assertEquals("GET /p HTTP/1.1\r\nhost: b.test\r\n\r\n", head());
    assertNull(read(false, true, usualAnd("host: A.TEST:80")));
    assertEquals("GET /p HTTP/1.1\r\nhost: a.test\r\n\r\n", head());
    assertNull(read(false, true, usualBut(":authority"))); // the gate answers 400
    assertEquals("GET /p HTTP/1.1\r\n\r\n", head());
  }

  @Test
  void a_length_frames_the_body_or_else_chunks_do() {
    assertNull(read(false, false, usualAnd("content-length: 5")));
    assertEquals(5, fields.contentLength());
    assertTrue(head().endsWith("\r\ncontent-length: 5\r\n\r\n"));
    assertNull(read(false, false, USUAL));
    assertEquals(-1, fields.contentLength());
    assertTrue(head().endsWith("\r\ntransfer-encoding: chunked\r\n\r\n"));
    assertNull(read(false, true, usualAnd("content-length: 0")));
    assertNotNull(read(false, true, usualAnd("content-length: 1")));
  }

  @Test
  void cookie_crumbs_become_one_field() {
    assertNull(read(false, true, usualAnd("cookie: a=1", "x-a: b", "cookie: b=2")));
    assertEquals("GET /p HTTP/1.1\r\nhost: a.test\r\nx-a: b\r\ncookie: a=1; b=2\r\n\r\n", head());
    assertNull(read(false, true, USUAL));
    assertEquals("GET /p HTTP/1.1\r\nhost: a.test\r\n\r\n", head());
  }

  @Test
  void an_asterisk_is_a_target_of_options_only() {
    List<String> star = new ArrayList<>(USUAL);
    star.set(0, ":method: OPTIONS");
    star.set(2, ":path: *");
    assertNull(read(false, true, star));
    assertEquals("OPTIONS * HTTP/1.1\r\nhost: a.test\r\n\r\n", head());
  }

  @Test
  void a_websocket_becomes_an_upgrade_with_a_key_of_its_own() {
    assertNull(
        read(
            false,
            false,
            List.of(
                ":method: CONNECT",
                ":protocol: WebSocket",
                ":scheme: https",
                ":path: /chat",
                ":authority: a.test",
                "sec-websocket-key: theirs",
                "sec-websocket-protocol: chat")));
    String key = fields.webSocketKey();
    assertEquals(
        "GET /chat HTTP/1.1\r\nhost: a.test\r\nsec-websocket-protocol: chat\r\n"
            + "connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: "
            + key
            + "\r\nsec-websocket-version: 13\r\n\r\n",
        head());
    assertNull(read(false, true, USUAL));
    assertNull(fields.webSocketKey());
  }

  @Test
  void other_tunnels_are_left_to_the_gate_to_refuse() {
    assertNull(read(false, false, List.of(":method: CONNECT", ":authority: a.test:1")));
    assertTrue(head().startsWith("CONNECT / HTTP/1.1\r\n"));
  }

  @Test
  void trailers_have_no_pseudo_fields_and_none_of_the_connection() {
    assertNull(read(true, true, List.of("x-a: b", "content-length: 7")));
    assertEquals("x-a: b\r\ncontent-length: 7\r\n\r\n", head());
    assertNull(read(true, true, List.of()));
    assertEquals("\r\n", head());
    for (String bad :
        List.of(
            ":path: /x",
            ":status: 200",
            "transfer-encoding: chunked",
            "X: y",
            "x: a\nb",
            "te: x")) {
      assertNotNull(read(true, true, List.of(bad)), bad);
    }
  }

  @Test
  void a_large_block_leaves_no_trace_in_the_next_one() {
    assertNull(
        read(false, true, usualAnd("x-a: " + "v".repeat(60_000), "cookie: " + "c".repeat(60_000))));
    assertTrue(head().length() > 120_000);
    assertNull(read(false, true, USUAL));
    assertEquals("GET /p HTTP/1.1\r\nhost: a.test\r\n\r\n", head());
    assertTrue(fields.head().capacity() < 20_000);
  }
}
