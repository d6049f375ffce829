package io.meridian.proxy.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.proxy.StrictHttp;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** What must hold of any bytes that come over a connection. */
final class MessageProperties {
  private static final int PIECE = 40;

  private MessageProperties() {}

  /** Bytes as a client may send them. */
  static void requests(byte[] input) {
    List<Reading.Message> whole =
        Reading.requests(
            input,
            head -> {
              withinLimits(head);
              rewritten(head);
            });
    Random random = new Random(Arrays.hashCode(input));
    assertEquals(whole, Reading.requests(input, random, 1));
    assertEquals(whole, Reading.requests(input, random, PIECE));
    NettyReading.agreesOnRequests(input, whole);
  }

  /** Bytes as an upstream may send them, to a request of that method. */
  static void responses(byte[] input, int method) {
    List<Reading.Message> whole = Reading.responses(input, method, MessageProperties::withinLimits);
    Random random = new Random(Arrays.hashCode(input));
    assertEquals(whole, Reading.responses(input, method, random, 1));
    assertEquals(whole, Reading.responses(input, method, random, PIECE));
    NettyReading.agreesOnResponses(input, method, whole);
  }

  static void withinLimits(Head head) {
    assertTrue(head.length() <= Reading.LIMITS.head());
    assertTrue(head.bytes().length <= Reading.LIMITS.head());
    assertTrue(head.fieldCount() <= Reading.LIMITS.fields());
    for (int i = 0; i < head.fieldCount(); i++) {
      assertTrue(head.nameLength(i) > 0 && head.valueLength(i) >= 0);
      assertTrue(head.nameStart(i) + head.nameLength(i) < head.valueStart(i) + 1);
      assertTrue(head.valueStart(i) + head.valueLength(i) < head.length());
    }
  }

  /**
   * Written as a proxy writes it, the request is strict HTTP of one meaning, and parses again to
   * the same one: what was matched is what is forwarded, and normal form is its own normal form.
   */
  private static void rewritten(RequestHead head) {
    String host = head.text(head.authorityStart(), head.authorityLength());
    String target = Wire.target(head);
    String wire =
        head.text(head.methodStart(), head.methodLength())
            + (" " + target + " HTTP/1.1\r\nHost: " + host + "\r\n")
            + Wire.copied(head, FieldId.bit(FieldId.HOST) | FieldId.bit(FieldId.EXPECT))
            + framing(head)
            + "\r\n";
    try {
      StrictHttp.Message strict = new StrictHttp(Wire.bytes(wire + body(head))).request();
      assertTrue(strict != null && strict.target().equals(target), wire);
    } catch (IOException e) {
      throw new UncheckedIOException(wire, e);
    }
    RequestHead again = new RequestHead(new HeadLimits(400, 2000, 26));
    Wire.Outcome outcome = Wire.whole(again, Wire.bytes(wire));
    if (host.isEmpty()) { // only HTTP/1.0 may lack it
      assertEquals(0, head.minorVersion());
      return;
    }
    assertEquals(Parse.DONE, outcome.verdict(), () -> wire + outcome.fault());
    assertEquals(target, Wire.target(again));
    assertEquals(host, again.text(again.authorityStart(), again.authorityLength()));
    assertEquals(Wire.host(head), Wire.host(again));
    assertEquals(head.method(), again.method());
    assertEquals(head.body(), again.body());
    assertEquals(endToEnd(head), endToEnd(again));
    Oracle.harmless(again.text(again.pathStart(), again.pathLength()));
  }

  private static String framing(RequestHead head) {
    if (head.chunked()) {
      return "Transfer-Encoding: chunked\r\n";
    }
    return head.contentLength() < 0 ? "" : "Content-Length: " + head.contentLength() + "\r\n";
  }

  private static String body(RequestHead head) {
    if (head.chunked()) {
      return "0\r\n\r\n";
    }
    return head.contentLength() > 100_000
        ? ""
        : "x".repeat((int) Math.max(0, head.contentLength()));
  }

  private static String endToEnd(Head head) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < head.fieldCount(); i++) {
      int id = head.fieldId(i);
      if (head.endToEnd(i) && id != FieldId.HOST && id != FieldId.EXPECT) {
        text.append(head.name(i)).append(": ").append(head.value(i)).append('\n');
      }
    }
    return text.toString();
  }
}
