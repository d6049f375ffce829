package io.meridian.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HttpAnswerTest {
  private static final byte[] NOTHING = {};

  private final HttpAnswer answer = new HttpAnswer();

  @ParameterizedTest
  @CsvSource(
      delimiterString = " => ",
      value = {
        "HTTP/1.1 200 OK|Content-Length: 2||ok => 200 kept",
        "HTTP/1.1 200 OK|content-length: 2|CONTENT-LENGTH:2||ok => 200 kept",
        "HTTP/1.1 200|Content-Length: 0|| => 200 kept",
        "HTTP/1.1 204 No Content|| => 204 kept",
        "HTTP/1.1 304 Not Modified|Content-Length: 5|| => 304 kept",
        "HTTP/1.1 503 No|Content-Length: 0|| => 503 kept",
        "HTTP/1.1 103 Early Hints|Link: a||HTTP/1.1 200 OK|Content-Length: 2||ok => 200 kept",
        "HTTP/1.1 100 Continue||HTTP/1.1 102 Wait||HTTP/1.1 204 None|| => 204 kept",
        "HTTP/1.1 200 OK|Transfer-Encoding: chunked||2|ok|0|| => 200 kept",
        "HTTP/1.1 200 OK|Transfer-Encoding: Chunked||1;a=b|o|00000001 |k|0|Trailer: x|| => 200 kept",
        "HTTP/1.1 200 OK|Connection: close|Content-Length: 2||ok => 200 closed",
        "HTTP/1.1 200 OK|Connection: a|Connection: b , Close|Content-Length: 2||ok => 200 closed",
        "HTTP/1.0 200 OK|Content-Length: 2||ok => 200 closed",
        "HTTP/1.1 200 OK|Content-Length: 2||okmore => 200 closed",
        "HTTP/1.1 101 Switching|| => 101 closed",
        "HTTP/1.1 200 OK||ok => 200 until the end",
        "HTTP/1.1 200 OK|Transfer-Encoding: gzip||ok => 200 until the end",
        "HTTP/1.0 200 OK|Transfer-Encoding: chunked||2|ok|0|| => 200 until the end",
        "HTTP/1.1 200 OK|Content-Length: 9||ok => 200 goes on",
        "HTTP/1.1 200 OK|Transfer-Encoding: chunked||2|ok| => 200 goes on",
        "HTTP/1.1 200 OK|Content-Len => 0 goes on",
        "220 mail.test ESMTP|| => bad",
        "HTTP/2 200|| => bad",
        "HTTP/1.2 200 OK|| => bad",
        "HTTP/1.1 20 OK|| => bad",
        "HTTP/1.1 2000 OK|| => bad",
        "HTTP/1.1 099 OK|| => bad",
        "HTTP/1.1  200 OK|| => bad",
        "HTTP/1.1 200 OK|Content-Length: 2|Content-Length: 3||ok => bad",
        "HTTP/1.1 200 OK|Content-Length: -2||ok => bad",
        "HTTP/1.1 200 OK|Content-Length: +2||ok => bad",
        "HTTP/1.1 200 OK|Content-Length:||ok => bad",
        "HTTP/1.1 200 OK|Content-Length: 2|Transfer-Encoding: chunked||2|ok|0|| => bad",
        "HTTP/1.1 200 OK|Name : value|| => bad",
        "HTTP/1.1 200 OK| folded: value|| => bad",
        "HTTP/1.1 200 OK|no colon|| => bad",
        "HTTP/1.1 200 OK|a: b\u0000|| => bad",
        "HTTP/1.1 200 OK^a: b|| => bad",
        "HTTP/1.1 200 OK|Transfer-Encoding: chunked|| 2|ok|0|| => bad",
        "HTTP/1.1 200 OK|Transfer-Encoding: chunked||0x2|ok|0|| => bad",
        "HTTP/1.1 200 OK|Transfer-Encoding: chunked||000000002|ok|0|| => bad",
        "HTTP/1.1 200 OK|Transfer-Encoding: chunked||2|oka|0|| => bad",
        "HTTP/1.1 200 OK|Transfer-Encoding: chunked||;a|ok|0|| => bad",
        "HTTP/1.1 200 OK|Transfer-Encoding: chunked||2^ok|0|| => bad",
      })
  void an_answer_is_read_alike_however_its_bytes_come(String text, String expected) {
    byte[] bytes =
        text.replace("|", "\r\n").replace('^', '\n').getBytes(StandardCharsets.ISO_8859_1);
    assertEquals(expected, read(false, NOTHING, bytes, bytes.length), "at once");
    assertEquals(expected, read(false, NOTHING, bytes, 1), "byte by byte");
    for (int seed = 0; seed < 20; seed++) {
      assertEquals(expected, read(false, NOTHING, bytes, -seed), "in pieces, seed " + seed);
    }
  }

  @Test
  void the_answer_to_head_has_no_body() {
    assertEquals(
        "200 kept", read(true, NOTHING, bytes("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), 99));
  }

  @Test
  void fields_are_found_by_name_in_any_case() {
    read(
        false,
        NOTHING,
        bytes("HTTP/1.1 204 a: b\r\nX-Lag:  1.5 \r\nx-lag: 2\r\nEmpty:\r\n\r\n"),
        99);
    assertEquals("1.5", answer.field("x-lag"));
    assertEquals("", answer.field("EMPTY"));
    assertNull(answer.field("x-la"));
    assertNull(answer.field("a"));
  }

  @Test
  void a_text_is_found_across_pieces_and_chunks() {
    String head = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    String body = "4\r\nabaa\r\n3\r\nbab\r\n1\r\nc\r\n0\r\n\r\n";
    read(false, bytes("abaabab"), bytes(head + body), 1);
    assertTrue(answer.found());
    read(false, bytes("babc"), bytes(head + body), 3);
    assertTrue(answer.found());
    read(false, bytes("babcc"), bytes(head + body), 3);
    assertFalse(answer.found());
  }

  @Test
  void a_head_may_have_16_kib_and_a_line_of_status_4() {
    assertEquals("bad", read(false, NOTHING, bytes("HTTP/1.1 200 " + "x".repeat(5000)), 500));
    String many = "HTTP/1.1 200 OK\r\n" + "x: 1\r\n".repeat(4000);
    assertEquals("bad", read(false, NOTHING, bytes(many), 900));
    String interim = "HTTP/1.1 103 Early Hints\r\n\r\n".repeat(2000);
    assertEquals("bad", read(false, NOTHING, bytes(interim), 700));
    String trailers =
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" + "x: 1\r\n".repeat(9000);
    assertEquals("bad", read(false, NOTHING, bytes(trailers), 700));
  }

  @Test
  void a_body_beyond_64_kib_is_not_waited_for() {
    String head = "HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n";
    read(false, bytes("z"), bytes(head + "x".repeat(70_000) + "z"), 5000);
    assertTrue(answer.full());
    assertFalse(answer.found());
    assertFalse(answer.persistent());
  }

  @Test
  void random_bytes_never_confuse_it() {
    SplittableRandom random = new SplittableRandom(7);
    String alphabet = "HTTP/1.1 200 OK\r\n\r\nContent-Length: 12Transfer-Encoding: chunked;,";
    for (int round = 0; round < 20_000; round++) {
      byte[] bytes = bytes("HTTP/1.1 200 OK\r\n" + noise(random, alphabet));
      String whole = read(false, bytes("ok"), bytes, bytes.length);
      assertEquals(
          whole,
          read(false, bytes("ok"), bytes, 1),
          () -> new String(bytes, StandardCharsets.ISO_8859_1));
    }
  }

  private static String noise(SplittableRandom random, String alphabet) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(60); i > 0; i--) {
      int from = random.nextInt(alphabet.length());
      text.append(alphabet, from, Math.min(alphabet.length(), from + 1 + random.nextInt(20)));
    }
    return text.toString();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /**
   * Reads an answer and says what it is.
   *
   * @param piece bytes at once; 0 or less: at random, by this seed
   */
  private String read(boolean head, byte[] expected, byte[] bytes, int piece) {
    SplittableRandom random = new SplittableRandom(piece);
    answer.begin(head, expected);
    ByteBuf all = Unpooled.wrappedBuffer(bytes);
    while (all.isReadable() && !answer.bad()) {
      int some = Math.min(all.readableBytes(), piece > 0 ? piece : 1 + random.nextInt(12));
      answer.read(all.readSlice(some));
    }
    if (answer.bad()) {
      return "bad";
    }
    if (answer.complete()) {
      return answer.status() + (answer.persistent() ? " kept" : " closed");
    }
    int status = answer.status();
    answer.end();
    return status + (answer.complete() ? " until the end" : " goes on");
  }
}
