package io.meridian.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Feeds bytes to the parsers, whole or cut, and describes what came out. */
final class Wire {
  static final HeadLimits LIMITS = new HeadLimits(8192, 32 * 1024, 100);

  /** What feeding led to: verdict, fault, all that the head says, and the bytes left over. */
  record Outcome(Parse verdict, Fault fault, String content, String rest) {}

  private Wire() {}

  static byte[] bytes(String latin1) {
    return latin1.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Lines of a text block as lines of HTTP. */
  static String crlf(String lines) {
    return lines.replace("\n", "\r\n");
  }

  static String text(ByteBuf bytes) {
    return bytes.toString(StandardCharsets.ISO_8859_1);
  }

  static RequestHead request(String input) {
    RequestHead head = new RequestHead(LIMITS);
    head.feed(Unpooled.wrappedBuffer(bytes(input)));
    return head;
  }

  static ResponseHead response(int requestMethod, String input) {
    ResponseHead head = new ResponseHead(LIMITS);
    head.expectFor(requestMethod);
    head.feed(Unpooled.wrappedBuffer(bytes(input)));
    return head;
  }

  static Outcome whole(FieldSection section, byte[] input) {
    ByteBuf in = Unpooled.wrappedBuffer(input);
    return outcome(section, section.feed(in), in);
  }

  /** Every byte in a buffer of its own. */
  static Outcome bytewise(FieldSection section, byte[] input) {
    return cut(section, input, new Random(0), 1);
  }

  /** In pieces of 1 to {@code most} bytes, each in a buffer of its own. */
  static Outcome cut(FieldSection section, byte[] input, Random random, int most) {
    Parse verdict = Parse.MORE;
    int at = 0;
    ByteBuf piece = Unpooled.EMPTY_BUFFER;
    while (at < input.length && verdict == Parse.MORE) {
      int n = Math.min(input.length - at, 1 + random.nextInt(most));
      piece = Unpooled.wrappedBuffer(input, at, n);
      verdict = section.feed(piece);
      at += n;
    }
    return outcome(
        section,
        verdict,
        Unpooled.wrappedBuffer(piece, Unpooled.wrappedBuffer(input, at, input.length - at)));
  }

  private static Outcome outcome(FieldSection section, Parse verdict, ByteBuf rest) {
    return switch (verdict) {
      case DONE -> new Outcome(verdict, section.fault(), describe(section), text(rest));
      case BAD -> new Outcome(verdict, section.fault(), "", "");
      case MORE -> new Outcome(verdict, section.fault(), "", text(rest));
    };
  }

  static String describe(FieldSection section) {
    return switch (section) {
      case RequestHead r -> line(r) + framing(r) + fields(r);
      case ResponseHead r -> line(r) + framing(r) + fields(r);
      case Trailers t -> fields(t);
    };
  }

  private static String line(RequestHead r) {
    return "%s %s path=%s host=%s authority=%s expect=%s upgrade=%s%n"
        .formatted(
            r.text(r.methodStart(), r.methodLength()),
            target(r),
            r.text(r.pathStart(), r.pathLength()),
            r.text(r.hostStart(), r.hostLength()),
            r.text(r.authorityStart(), r.authorityLength()),
            r.expectContinue(),
            r.upgrade());
  }

  static String target(RequestHead r) {
    return r.text(r.targetStart(), r.targetLength());
  }

  static String host(RequestHead r) {
    return r.text(r.hostStart(), r.hostLength());
  }

  private static String line(ResponseHead r) {
    return "%d %s%n".formatted(r.status(), r.text(r.reasonStart(), r.reasonLength()));
  }

  private static String framing(Head h) {
    return "1.%d length=%d %s keep=%s%n"
        .formatted(h.minorVersion(), h.contentLength(), h.body(), h.keepAlive());
  }

  static String fields(FieldSection section) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < section.fieldCount(); i++) {
      text.append(section.endToEnd(i) ? '+' : '-').append(section.fieldId(i)).append(' ');
      text.append(section.name(i)).append(": ").append(section.value(i)).append('\n');
    }
    return text.toString();
  }

  static String copied(FieldSection section, long dropMask) {
    ByteBuf out = Unpooled.buffer();
    section.copyFields(out, dropMask);
    return text(out);
  }
}
