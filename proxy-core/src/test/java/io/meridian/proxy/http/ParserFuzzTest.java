package io.meridian.proxy.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Mutated messages: no exception ever, the same verdict however cut, and what passes is plain. */
class ParserFuzzTest {
  private static final int ROUNDS = 20_000;
  private static final HeadLimits LIMITS = new HeadLimits(200, 600, 12);
  private static final String SPICE =
      "\r\n\t :;,/?#%.\\\u0000\u0001\u007f\u0080\u00ff[]@*-_+\"0129afxzAHZ";
  private static final List<String> TOKENS =
      List.of(
          "\r\n",
          "\r\n\r\n",
          "\r\n ",
          "\n",
          "\r",
          "Transfer-Encoding: chunked\r\n",
          "Host: b\r\n",
          "Content-Length: 5\r\n",
          "Content-Length : 5\r\n",
          "Connection: close, X-A\r\n",
          "/../",
          "//",
          "%2e",
          "%2f",
          "HTTP/1.0",
          "HTTP/1.1",
          "http://a.test",
          "chunked",
          ", ",
          "X_Real_Ip: 1\r\n",
          "Expect: 100-continue\r\n",
          "[::1]",
          "5\r\nhello\r\n",
          "0\r\n\r\n",
          "5;a=b\r\n");
  private static final List<String> REQUESTS =
      List.of(
          "GET /a/../b//c?d=e HTTP/1.1\r\nHost: a.test:80\r\nX-A:  b \r\nAccept: */*\r\n\r\nGET /",
          "POST http://a.test/x HTTP/1.1\r\nHost: A.test\r\nContent-Length: 5\r\n"
              .concat("Connection: keep-alive, X-A\r\nX-A: 1\r\n\r\nhello"),
          "POST / HTTP/1.1\r\nHost: [::1]:8080\r\nTransfer-Encoding: chunked\r\n"
              .concat("Expect: 100-continue\r\n\r\n5;x\r\nhello\r\n0\r\nX-T: v\r\n\r\n"),
          "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
          "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  private static final List<String> RESPONSES =
      List.of(
          "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\nConnection: X-A\r\n\r\nhello",
          "HTTP/1.1 304 \r\nETag: \"a\"\r\n\r\n",
          "HTTP/1.0 200\r\nX-A:b\r\n\r\n",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");

  private final Random random = new Random(9112);

  @Test
  void mutated_requests_are_judged_alike_however_cut_and_pass_only_in_plain_form() {
    int passed = 0;
    for (int i = 0; i < ROUNDS; i++) {
      byte[] input = mutated(REQUESTS);
      RequestHead head = new RequestHead(LIMITS);
      Wire.Outcome whole = Wire.whole(head, input);
      assertEquals(whole, Wire.bytewise(new RequestHead(LIMITS), input));
      assertEquals(whole, Wire.cut(new RequestHead(LIMITS), input, random, 40));
      if (whole.verdict() == Parse.DONE) {
        passed++;
        checkLimits(head);
        checkRewritten(head);
        checkBody(head.body(), head.contentLength(), whole.rest());
      }
    }
    assertTrue(passed > ROUNDS / 50 && passed < ROUNDS, "passed: " + passed);
  }

  @Test
  void mutated_responses_are_judged_alike_however_cut() {
    int passed = 0;
    for (int i = 0; i < ROUNDS; i++) {
      byte[] input = mutated(RESPONSES);
      ResponseHead head = new ResponseHead(LIMITS);
      Wire.Outcome whole = Wire.whole(head, input);
      assertEquals(whole, Wire.bytewise(new ResponseHead(LIMITS), input));
      if (whole.verdict() == Parse.DONE) {
        passed++;
        checkLimits(head);
        ResponseHead again = new ResponseHead(LIMITS);
        Wire.whole(again, Wire.bytes("HTTP/1.1 200 OK\r\n" + Wire.copied(head, 0) + "\r\n"));
        assertEquals(endToEnd(head, -1), endToEnd(again, -1));
        checkBody(head.body(), head.contentLength(), whole.rest());
      }
    }
    assertTrue(passed > ROUNDS / 50 && passed < ROUNDS, "passed: " + passed);
  }

  @Test
  void random_bytes_are_never_a_message() {
    byte[] input = new byte[300];
    for (int i = 0; i < ROUNDS; i++) {
      random.nextBytes(input);
      assertEquals(Parse.BAD, Wire.whole(new RequestHead(LIMITS), input).verdict());
      assertEquals(Parse.BAD, Wire.whole(new ResponseHead(LIMITS), input).verdict());
    }
  }

  private byte[] mutated(List<String> seeds) {
    StringBuilder text = new StringBuilder(seeds.get(random.nextInt(seeds.size())));
    for (int n = random.nextInt(4); n >= 0; n--) {
      int at = random.nextInt(text.length());
      switch (random.nextInt(7)) {
        case 0 -> text.setCharAt(at, SPICE.charAt(random.nextInt(SPICE.length())));
        case 1 -> text.insert(at, SPICE.charAt(random.nextInt(SPICE.length())));
        case 2 -> text.deleteCharAt(at);
        case 3 -> text.insert(at, TOKENS.get(random.nextInt(TOKENS.size())));
        case 4 -> text.insert(lineStart(text, at), TOKENS.get(random.nextInt(TOKENS.size())));
        case 5 -> text.insert(at, text.substring(at, Math.min(text.length(), at + 30)));
        default -> text.setCharAt(at, (char) random.nextInt(256));
      }
      if (text.isEmpty()) {
        text.append('x');
      }
    }
    return Wire.bytes(text.toString());
  }

  private static int lineStart(CharSequence text, int at) {
    int p = at;
    while (p > 0 && text.charAt(p - 1) != '\n') {
      p--;
    }
    return p;
  }

  private static void checkLimits(Head head) {
    assertTrue(head.length() <= LIMITS.head() && head.bytes().length <= LIMITS.head());
    assertTrue(head.fieldCount() <= LIMITS.fields());
    for (int i = 0; i < head.fieldCount(); i++) {
      assertTrue(head.nameLength(i) > 0 && head.valueLength(i) >= 0);
      assertTrue(head.nameStart(i) + head.nameLength(i) < head.valueStart(i) + 1);
      assertTrue(head.valueStart(i) + head.valueLength(i) < head.length());
    }
  }

  /** Written as a proxy writes it, the request is the same one, and its path is already normal. */
  private static void checkRewritten(RequestHead head) {
    String start = head.text(head.methodStart(), head.methodLength()) + " " + Wire.target(head);
    String host = head.has(FieldId.HOST) ? "" : "Host: none\r\n";
    String wire = start + " HTTP/1.1\r\n" + host + Wire.copied(head, FieldId.bit(FieldId.EXPECT));
    RequestHead again = new RequestHead(new HeadLimits(200, 1000, 13));
    assertEquals(Parse.DONE, Wire.whole(again, Wire.bytes(wire + "\r\n")).verdict(), wire);
    assertEquals(Wire.target(head), Wire.target(again));
    assertEquals(
        endToEnd(head, FieldId.EXPECT), endToEnd(again, host.isEmpty() ? -1 : FieldId.HOST));
    if (head.has(FieldId.HOST)) {
      assertEquals(Wire.host(head), Wire.host(again));
    }
  }

  private static String endToEnd(Head head, int except) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < head.fieldCount(); i++) {
      if (head.endToEnd(i) && head.fieldId(i) != except) {
        text.append(head.name(i)).append(": ").append(head.value(i)).append('\n');
      }
    }
    return text.toString();
  }

  private void checkBody(BodyKind kind, long length, String rest) {
    BodyReader reader = new BodyReader();
    reader.start(kind, length);
    String whole = read(reader, rest, Integer.MAX_VALUE);
    reader.start(kind, length);
    assertEquals(whole, read(reader, rest, 3));
  }

  private String read(BodyReader reader, String rest, int most) {
    StringBuilder body = new StringBuilder();
    byte[] bytes = Wire.bytes(rest);
    int result = BodyReader.MORE;
    int at = 0;
    while (at < bytes.length && result == BodyReader.MORE) {
      int n = Math.min(bytes.length - at, 1 + random.nextInt(most));
      ByteBuf in = Unpooled.wrappedBuffer(bytes, at, n);
      result = reader.next(in);
      while (result > 0) {
        body.append(Wire.text(in.readSlice(result)));
        result = reader.next(in);
      }
      at += n;
    }
    return body
        + " "
        + (result == BodyReader.MORE ? reader.done() : result == BodyReader.DONE)
        + " "
        + reader.fault();
  }
}
