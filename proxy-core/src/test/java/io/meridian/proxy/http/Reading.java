package io.meridian.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;

/**
 * The bytes of one connection, cut into pieces and read by the proxy's parsers: message behind
 * message until one is refused, incomplete or the last.
 */
final class Reading {
  static final HeadLimits LIMITS = new HeadLimits(300, 1500, 24);
  private static final int MAX_MESSAGES = 50;

  /** One message; {@code end} says how its body ended: DONE, MORE or the fault's name. */
  record Message(String head, String body, String trailers, String end) {
    boolean whole() {
      return end.equals("DONE");
    }
  }

  private final List<Message> messages = new ArrayList<>();
  private final byte[] input;
  private final Random random;
  private final int most;
  private int fed;
  private ByteBuf piece = Unpooled.EMPTY_BUFFER;

  private Reading(byte[] input, Random random, int most) {
    this.input = input;
    this.random = random;
    this.most = most;
  }

  /** All in one piece. */
  static List<Message> requests(byte[] input, Consumer<RequestHead> look) {
    return new Reading(input, new Random(0), 0).requests(look);
  }

  /** In pieces of 1 to {@code most} bytes. */
  static List<Message> requests(byte[] input, Random random, int most) {
    return new Reading(input, random, most).requests(head -> {});
  }

  /** As {@link #requests}; each answers a request of that method. */
  static List<Message> responses(byte[] input, int method, Consumer<ResponseHead> look) {
    return new Reading(input, new Random(0), 0).responses(method, look);
  }

  static List<Message> responses(byte[] input, int method, Random random, int most) {
    return new Reading(input, random, most).responses(method, head -> {});
  }

  private List<Message> requests(Consumer<RequestHead> look) {
    RequestHead head = new RequestHead(LIMITS); // used again and again, as by a connection
    BodyReader body = new BodyReader();
    while (messages.size() < MAX_MESSAGES) {
      head.clear();
      if (!head(head)) {
        break;
      }
      look.accept(head);
      if (!body(body, head) || !head.keepAlive() || head.upgrade()) {
        break;
      }
    }
    return messages;
  }

  private List<Message> responses(int method, Consumer<ResponseHead> look) {
    ResponseHead head = new ResponseHead(LIMITS);
    head.expectFor(method);
    BodyReader body = new BodyReader();
    while (messages.size() < MAX_MESSAGES) {
      head.clear();
      if (!head(head)) {
        break;
      }
      look.accept(head);
      boolean ends = head.upgraded() || (!head.informational() && !head.keepAlive());
      if (!body(body, head) || ends) {
        break;
      }
    }
    return messages;
  }

  private boolean head(Head head) {
    Parse verdict = Parse.MORE;
    while (verdict == Parse.MORE && more()) {
      verdict = head.feed(piece);
    }
    if (verdict == Parse.BAD) {
      messages.add(new Message("", "", "", head.fault().name()));
    }
    return verdict == Parse.DONE;
  }

  /** True if the message is complete. */
  private boolean body(BodyReader reader, Head head) {
    reader.start(head.body(), head.contentLength());
    StringBuilder data = new StringBuilder();
    int n = reader.next(piece);
    while (n > 0 || (n == BodyReader.MORE && more())) {
      if (n > 0) {
        data.append(Wire.text(piece.readSlice(n)));
      }
      n = reader.next(piece);
    }
    Trailers trailers = reader.trailers();
    String end =
        n == BodyReader.DONE ? "DONE" : n == BodyReader.MORE ? "MORE" : reader.fault().name();
    messages.add(
        new Message(
            Wire.describe(head),
            data.toString(),
            trailers == null ? "" : Wire.fields(trailers),
            end));
    return n == BodyReader.DONE;
  }

  /** True if there are bytes, after the next piece has come. */
  private boolean more() {
    if (!piece.isReadable() && fed < input.length) {
      int n = most == 0 ? input.length : Math.min(1 + random.nextInt(most), input.length - fed);
      piece = Unpooled.wrappedBuffer(input, fed, n);
      fed += n;
    }
    return piece.isReadable();
  }
}
