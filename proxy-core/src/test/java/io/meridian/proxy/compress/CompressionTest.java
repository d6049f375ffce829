package io.meridian.proxy.compress;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.Compress;
import io.meridian.config.Compress.Coding;
import io.meridian.config.ConfigLoader;
import io.meridian.proxy.http.BodyKind;
import io.meridian.proxy.http.HeadLimits;
import io.meridian.proxy.http.Parse;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which answers are compressed, in which coding, and what is said of them then. */
class CompressionTest {
  private static final HeadLimits LIMITS = new HeadLimits(8192, 32 * 1024, 100);
  private static final String HTML = "Content-Type: text/html\r\n";

  private static final String FILE =
      """
      version: 1
      listeners: [{ name: public, address: "0.0.0.0:8080" }]
      regions: [{ name: one, endpoints: [{ url: "http://10.1.0.10:8080" }] }]
      """;

  private final Compression rules = new Compression(configured("{}"));

  private static Compress configured(String yaml) {
    try {
      return Objects.requireNonNull(
          new ConfigLoader(Map.of())
              .parse("test", FILE + "routes: [{ compress: " + yaml + " }]\n")
              .routes()
              .getFirst()
              .compress());
    } catch (io.meridian.config.ConfigException e) {
      throw new AssertionError(e);
    }
  }

  private static RequestHead request(String fields) {
    RequestHead head = new RequestHead(LIMITS);
    String text = "GET / HTTP/1.1\r\nHost: a\r\n" + fields + "\r\n";
    assertEquals(
        Parse.DONE, head.feed(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1)), text);
    return head;
  }

  private static ResponseHead response(int status, String fields) {
    ResponseHead head = new ResponseHead(LIMITS);
    String text = "HTTP/1.1 " + status + " So\r\n" + fields + "\r\n";
    assertEquals(
        Parse.DONE, head.feed(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1)), text);
    return head;
  }

  private static String written(ResponseHead head) {
    ByteBuf out = Unpooled.buffer();
    head.copyFields(out, 0);
    return out.toString(StandardCharsets.ISO_8859_1).replace("\r\n", "|");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "none",
      textBlock =
          """
          gzip                            | GZIP
          GZIP                            | GZIP
          x-gzip                          | GZIP
          zstd                            | ZSTD
          gzip, deflate, br, zstd         | ZSTD
          gzip,zstd                       | ZSTD
          gzip;q=1.0, zstd;q=0.9          | GZIP
          gzip;q=0.5, zstd;q=0.5          | ZSTD
          gzip ; q=0.5 , zstd ; q=0.501   | ZSTD
          zstd;q=0, gzip                  | GZIP
          zstd;q=0.000, gzip;q=0.001      | GZIP
          *                               | ZSTD
          *;q=0.1                         | ZSTD
          zstd;q=0, *                     | GZIP
          gzip, *;q=0                     | GZIP
          *;q=0                           | none
          identity                        | none
          identity;q=0                    | none
          identity;q=0, gzip              | GZIP
          identity;q=0.5, gzip;q=0.4      | none
          identity;q=0.5, gzip;q=0.5      | GZIP
          br                              | none
          deflate                         | none
          gzip;q=0                        | none
          gzip;q=2                        | none
          gzip;q=1.001                    | none
          gzip;q=0.1234                   | none
          gzip;q=                         | none
          gzip;q                          | none
          gzip;x=1                        | none
          gzip zstd                       | none
          gzipped                         | none
          ,,gzip,,                        | GZIP
          GZip;Q=0.3                      | GZIP
          """)
  void the_client_chooses_the_coding(String accepted, Coding expected) {
    assertEquals(expected, rules.choose(request("Accept-Encoding: " + accepted + "\r\n")));
  }

  @Test
  void a_client_that_says_nothing_gets_the_content_as_it_is() {
    assertEquals(null, rules.choose(request("")));
    assertEquals(null, rules.choose(request("Accept-Encoding:\r\n")));
  }

  @Test
  void several_fields_are_one_list() {
    String fields = "Accept-Encoding: br\r\nX: 1\r\nAccept-Encoding: gzip;q=0.1\r\n";
    assertEquals(Coding.GZIP, rules.choose(request(fields)));
  }

  @Test
  void the_file_says_which_codings_there_are_and_which_is_liked_better() {
    RequestHead both = request("Accept-Encoding: zstd, gzip\r\n");
    assertEquals(
        Coding.GZIP, new Compression(configured("{ codings: [gzip, zstd] }")).choose(both));
    assertEquals(Coding.GZIP, new Compression(configured("{ codings: [gzip] }")).choose(both));
    assertEquals(
        null,
        new Compression(configured("{ codings: [zstd] }"))
            .choose(request("Accept-Encoding: gzip\r\n")));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Type: text/html\r\n",
        "Content-Type: Text/HTML; charset=utf-8\r\n",
        "content-type:application/json ;x\r\n",
        "Content-Type: image/svg+xml\r\nContent-Length: 1024\r\n",
        "Content-Type: text/css\r\nTransfer-Encoding: chunked\r\n",
        "Content-Type: text/css\r\nCache-Control: public, max-age=1\r\n",
        "Content-Type: text/css\r\nCache-Control: x=\"no-transform\"\r\n"
      })
  void text_is_compressed(String fields) {
    assertTrue(rules.eligible(response(200, fields)));
    assertTrue(rules.eligible(response(404, fields)));
    assertFalse(rules.eligible(response(204, fields)));
    assertFalse(rules.eligible(response(205, fields)));
    assertFalse(rules.eligible(response(206, fields)));
    assertFalse(rules.eligible(response(304, fields)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Content-Type: image/png\r\n",
        "Content-Type: text/htmlx\r\n",
        "Content-Type: text/event-stream\r\n",
        "Content-Type: application/grpc\r\n",
        "Content-Type: text/html\r\nContent-Type: text/html\r\n",
        "Content-Type: text/html\r\nContent-Length: 1023\r\n",
        "Content-Type: text/html\r\nContent-Encoding: gzip\r\n",
        "Content-Type: text/html\r\nContent-Encoding: identity\r\n",
        "Content-Type: text/html\r\nContent-Range: bytes 0-9/10\r\n",
        "Content-Type: text/html\r\nCache-Control: no-transform\r\n",
        "Content-Type: text/html\r\nCache-Control: a=\"b,c\\\",\",No-Transform , max-age=1\r\n",
        "Content-Type: text/html\r\nCache-Control: public\r\nCache-Control: no-transform\r\n",
        "Content-Type: text/html\r\nRepr-Digest: sha-256=:AA==:\r\n",
        "Content-Type: text/html\r\nContent-MD5: AA==\r\n"
      })
  void what_is_short_coded_partial_or_must_not_be_touched_is_not(String fields) {
    assertFalse(rules.eligible(response(200, fields)));
  }

  @Test
  void a_family_of_types_takes_all_but_event_streams() {
    Compression texts = new Compression(configured("{ types: [\"text/*\"] }"));
    assertTrue(texts.eligible(response(200, "Content-Type: text/anything\r\n")));
    assertFalse(texts.eligible(response(200, "Content-Type: text/event-stream\r\n")));
    assertFalse(texts.eligible(response(200, "Content-Type: textual/x\r\n")));
    Compression events = new Compression(configured("{ types: [text/event-stream] }"));
    assertTrue(events.eligible(response(200, "Content-Type: text/event-stream\r\n")));
  }

  @Test
  void a_compressed_answer_says_so_and_nothing_that_is_no_longer_true() {
    ResponseHead head =
        response(
            200,
            HTML + "ETag: \"a\"\r\nAccept-Ranges: bytes\r\nContent-Length: 5000\r\nX-Last: 1\r\n");
    Compression.vary(head);
    Compression.coded(head, Coding.GZIP);
    assertEquals(
        "Content-Type: text/html|X-Last: 1|Vary: Accept-Encoding|Content-Encoding: gzip|"
            + "ETag: W/\"a\"|",
        written(head));
    assertEquals(-1, head.contentLength());
    assertEquals(BodyKind.CHUNKED, head.body());
    assertTrue(head.keepAlive());
  }

  @Test
  void the_connection_behind_a_recoded_answer_is_used_as_before() {
    ResponseHead untilClose = response(200, HTML);
    untilClose.recode();
    assertEquals(BodyKind.CHUNKED, untilClose.body());
    assertFalse(untilClose.keepAlive());
    untilClose.clear();
    untilClose.feed(
        Unpooled.copiedBuffer(
            "HTTP/1.1 200 A\r\nContent-Length: 1\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));
    assertTrue(untilClose.keepAlive());
    assertEquals(BodyKind.LENGTH, untilClose.body());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Accept               | Vary: Accept~Vary: Accept-Encoding~
          Accept, accept-encoding | Vary: Accept, accept-encoding~
          *                    | Vary: *~
          """)
  void vary_is_continued_not_repeated(String vary, String expected) {
    ResponseHead head = response(200, "Vary: " + vary + "\r\n");
    Compression.vary(head);
    assertEquals(expected, written(head).replace('|', '~'));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          W/"a"          | ETag: "a" | Vary: Accept-Encoding~ETag: W/"a"~
          "x", W/"a"     | ETag: "a" | Vary: Accept-Encoding~ETag: W/"a"~
          "a"            | ETag: "a" | ETag: "a"~
          W/"b"          | ETag: "a" | ETag: "a"~
          W/"a"          | X: 1      | X: 1~
          """)
  void a_304_bears_the_validator_that_the_client_asked_with(
      String asked, String field, String expected) {
    ResponseHead head = response(304, field + "\r\n");
    Compression.notModified(request("If-None-Match: " + asked + "\r\n"), head);
    List<String> lines = new java.util.ArrayList<>(List.of(written(head).split("\\|")));
    java.util.Collections.sort(lines);
    List<String> wanted = new java.util.ArrayList<>(List.of(expected.split("~")));
    java.util.Collections.sort(wanted);
    assertEquals(wanted, lines);
  }

  @Test
  void a_head_that_grew_beyond_its_limit_is_bounded_again_for_the_next_one() {
    ResponseHead head = new ResponseHead(new HeadLimits(64, 128, 10));
    byte[] first = "HTTP/1.1 200 A\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    assertEquals(Parse.DONE, head.feed(Unpooled.wrappedBuffer(first)));
    head.add("X-Long", "x".repeat(300));
    head.clear();
    byte[] next =
        ("HTTP/1.1 200 A\r\nX: " + "x".repeat(200) + "\r\n\r\n")
            .getBytes(StandardCharsets.US_ASCII);
    assertEquals(Parse.BAD, head.feed(Unpooled.wrappedBuffer(next)));
  }
}
