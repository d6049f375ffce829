package io.meridian.proxy.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.InvalidChunkExtensionException;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The same bytes, read by Netty's decoders: whatever Meridian takes for a whole message, they must
 * frame in the same way.
 *
 * <p>Known and wanted differences, all of them on the side of refusing more or of normal form:
 *
 * <ul>
 *   <li>the target is in normal form here and as it came there; {@link Oracle} bridges that
 *   <li>the Host is in lower case here, and an empty port is left out
 *   <li>Netty takes Transfer-Encoding out of a response that has no body
 *   <li>Netty's client codec knows of no end of HTTP at 101 without a field of WebSocket's
 *   <li>of chunk extensions only the characters are looked at here, as nothing is done with them;
 *       Netty wants each to have a name and a value
 * </ul>
 */
final class NettyReading {
  private static final HttpDecoderConfig CONFIG =
      new HttpDecoderConfig().setMaxInitialLineLength(1 << 20).setMaxHeaderSize(1 << 20);

  /** A message in Netty's eyes; null where it found none. */
  private record Theirs(HttpMessage head, String body, HttpHeaders trailers) {}

  private static final String CODING = "transfer-encoding:";

  /** All messages, and why there are no more of them; null if they ended well. */
  private record Found(List<Theirs> messages, @Nullable Throwable failure) {
    int size() {
      return messages.size();
    }

    Theirs get(int i) {
      return messages.get(i);
    }
  }

  private NettyReading() {}

  static void agreesOnRequests(byte[] input, List<Reading.Message> ours) {
    long whole = ours.stream().filter(Reading.Message::whole).count();
    if (whole == 0) {
      return;
    }
    Found theirs = read(new HttpRequestDecoder(CONFIG), input);
    for (int i = 0; i < whole; i++) {
      if (i >= theirs.size()) {
        missing(ours.get(i), theirs);
        return;
      }
      Theirs their = theirs.get(i);
      HttpRequest request = (HttpRequest) their.head();
      String method = request.method().name();
      String target = Oracle.target(request.uri(), method.equals("OPTIONS"));
      assertTrue(
          ours.get(i).head().startsWith(method + " " + target + " path="),
          () -> ours + " but " + request);
      agrees(ours.get(i), their);
    }
  }

  static void agreesOnResponses(byte[] input, int method, List<Reading.Message> ours) {
    long whole = ours.stream().filter(Reading.Message::whole).count();
    if (whole == 0) {
      return;
    }
    HttpResponseDecoder decoder =
        new HttpResponseDecoder(CONFIG) {
          @Override
          protected boolean isContentAlwaysEmpty(HttpMessage message) {
            return method == Method.HEAD || super.isContentAlwaysEmpty(message);
          }
        };
    Found theirs = read(decoder, input);
    for (int i = 0; i < whole; i++) {
      if (ours.get(i).head().startsWith("101 ")) {
        return;
      }
      if (i >= theirs.size()) {
        missing(ours.get(i), theirs);
        return;
      }
      HttpResponse response = (HttpResponse) theirs.get(i).head();
      assertTrue(
          ours.get(i).head().startsWith(response.status().code() + " "), () -> ours.toString());
      agrees(ours.get(i), theirs.get(i));
    }
  }

  private static void missing(Reading.Message ours, Found theirs) {
    if (!(theirs.failure() instanceof InvalidChunkExtensionException)) {
      fail("Netty did not find " + ours + " but " + theirs.failure());
    }
  }

  private static void agrees(Reading.Message ours, Theirs theirs) {
    boolean bodiless = ours.head().contains(" NONE keep=");
    StringBuilder fields = new StringBuilder();
    for (Map.Entry<String, String> field : theirs.head().headers().entries()) {
      if (!bodiless || !field.getKey().equalsIgnoreCase("Transfer-Encoding")) {
        fields.append(field(field, theirs.head() instanceof HttpRequest)).append('\n');
      }
    }
    StringBuilder ourFields = new StringBuilder();
    ours.head()
        .lines()
        .skip(2) // start line and framing
        .map(line -> line.substring(line.indexOf(' ') + 1))
        .filter(line -> !bodiless || !line.toLowerCase(Locale.ROOT).startsWith(CODING))
        .forEach(line -> ourFields.append(line).append('\n'));
    assertEquals(fields.toString(), ourFields.toString());
    assertEquals(theirs.body(), ours.body());
    StringBuilder trailers = new StringBuilder();
    for (Map.Entry<String, String> field : theirs.trailers().entries()) {
      trailers.append(field.getKey() + ": " + field.getValue()).append('\n');
    }
    StringBuilder ourTrailers = new StringBuilder();
    ours.trailers()
        .lines()
        .map(line -> line.substring(line.indexOf(' ') + 1))
        .filter(NettyReading::keptByNetty)
        .forEach(line -> ourTrailers.append(line).append('\n'));
    assertEquals(trailers.toString(), ourTrailers.toString());
  }

  private static boolean keptByNetty(String trailer) {
    String name = trailer.substring(0, trailer.indexOf(':'));
    return !name.equalsIgnoreCase("Content-Length")
        && !name.equalsIgnoreCase("Transfer-Encoding")
        && !name.equalsIgnoreCase("Trailer");
  }

  private static String field(Map.Entry<String, String> field, boolean request) {
    String value = field.getValue();
    if (request && field.getKey().equalsIgnoreCase("Host")) {
      value = value.toLowerCase(Locale.ROOT).replaceFirst(":$", "");
    }
    return field.getKey() + ": " + value;
  }

  private static Found read(ChannelHandler decoder, byte[] input) {
    EmbeddedChannel channel = new EmbeddedChannel(decoder);
    channel.writeInbound(Unpooled.wrappedBuffer(input));
    List<Theirs> messages = new ArrayList<>();
    HttpMessage head = null;
    Throwable failure = null;
    StringBuilder body = new StringBuilder();
    for (Object o = channel.readInbound(); o != null; o = channel.readInbound()) {
      if (o instanceof HttpMessage message) {
        head = message;
        body.setLength(0);
        failure = message.decoderResult().cause();
        if (failure != null) {
          ReferenceCountUtil.release(message); // a whole one, with empty content
          break;
        }
      }
      if (o instanceof HttpContent content) {
        body.append(content.content().toString(StandardCharsets.ISO_8859_1));
        failure = content.decoderResult().cause();
        HttpHeaders trailers = content instanceof LastHttpContent l ? l.trailingHeaders() : null;
        content.release();
        if (failure != null) {
          break;
        }
        if (trailers != null) {
          messages.add(new Theirs(Objects.requireNonNull(head), body.toString(), trailers));
        }
      } else if (!(o instanceof HttpMessage)) {
        ReferenceCountUtil.release(o); // bytes of another protocol, behind a 101
      }
    }
    channel.finishAndReleaseAll();
    return new Found(messages, failure);
  }
}
