package io.meridian.proxy.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Whatever Meridian takes for a request, Netty's decoder takes for the same one. */
class NettyDifferentialTest {
  private static final List<String> METHODS = List.of("GET", "POST", "PUT", "DELETE", "M-SEARCH");
  private static final List<String> TARGETS =
      List.of("/", "/a/b?c", "/%20;x=(1)", "/a?b=[1]&c={d}");
  private static final List<String> FIELDS =
      List.of(
          "Accept: */*",
          "Accept:text/html",
          "X-Empty:",
          "X-Empty: ",
          "X-Tabs: \ta\tb \t",
          "X-A: caf\u00e9",
          "Cookie: a=b; c=\"d\"",
          "Connection: keep-alive",
          "Connection: close",
          "User-Agent: curl/8",
          "X!#$%&'*+-.^_`|~: odd",
          "Expect: 100-continue",
          "Date: Sun, 06 Nov 1994 08:49:37 GMT");
  private static final List<String> BODIES =
      List.of(
          "\r\n",
          "Content-Length: 5\r\n\r\nhello",
          "Content-Length: 0\r\n\r\n",
          "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\nX-T: v\r\n\r\n",
          "transfer-encoding:CHUNKED\r\n\r\n0\r\n\r\n");

  private final Random random = new Random(4218);

  @Test
  void accepted_requests_mean_the_same_to_netty() {
    for (int i = 0; i < 3000; i++) {
      StringBuilder text = new StringBuilder();
      text.append(pick(METHODS)).append(' ').append(pick(TARGETS));
      text.append(random.nextInt(4) == 0 ? " HTTP/1.0" : " HTTP/1.1")
          .append("\r\nHost: a.test\r\n");
      for (int n = random.nextInt(6); n > 0; n--) {
        text.append(pick(FIELDS)).append("\r\n");
      }
      compare(text + pick(BODIES));
    }
  }

  private String pick(List<String> list) {
    return list.get(random.nextInt(list.size()));
  }

  private static void compare(String input) {
    var in = Unpooled.wrappedBuffer(Wire.bytes(input));
    RequestHead ours = new RequestHead(Wire.LIMITS);
    if (ours.feed(in) != Parse.DONE) {
      assertEquals(Fault.TRANSFER_ENCODING, ours.fault(), input); // HTTP/1.0 with chunks
      return;
    }
    EmbeddedChannel channel = new EmbeddedChannel(new HttpRequestDecoder());
    channel.writeInbound(Unpooled.wrappedBuffer(Wire.bytes(input)));
    HttpRequest theirs = channel.readInbound();
    assertTrue(theirs.decoderResult().isSuccess(), input);
    assertEquals(theirs.method().name(), ours.text(ours.methodStart(), ours.methodLength()));
    assertEquals(theirs.uri(), Wire.target(ours));
    assertEquals(theirs.protocolVersion().minorVersion(), ours.minorVersion());
    assertEquals(HttpUtil.isKeepAlive(theirs), ours.keepAlive(), input);
    List<Map.Entry<String, String>> entries = theirs.headers().entries();
    assertEquals(entries.size(), ours.fieldCount());
    for (int i = 0; i < entries.size(); i++) {
      assertEquals(entries.get(i).getKey(), ours.name(i));
      assertEquals(entries.get(i).getValue(), ours.value(i));
    }
    compareBodies(ours, in, channel, input);
    channel.finishAndReleaseAll();
  }

  private static void compareBodies(
      RequestHead ours, io.netty.buffer.ByteBuf in, EmbeddedChannel channel, String input) {
    StringBuilder theirBody = new StringBuilder();
    String theirTrailer = "";
    for (Object o = channel.readInbound(); o instanceof HttpContent c; o = channel.readInbound()) {
      assertTrue(c.decoderResult().isSuccess(), input);
      theirBody.append(c.content().toString(StandardCharsets.ISO_8859_1));
      if (c instanceof LastHttpContent last) {
        theirTrailer = String.valueOf(last.trailingHeaders().get("X-T"));
      }
      c.release();
    }
    BodyReader reader = new BodyReader();
    reader.start(ours.body(), ours.contentLength());
    StringBuilder ourBody = new StringBuilder();
    int n = reader.next(in);
    while (n > 0) {
      ourBody.append(Wire.text(in.readSlice(n)));
      n = reader.next(in);
    }
    Trailers trailers = reader.trailers();
    assertEquals(BodyReader.DONE, n, input);
    assertEquals(theirBody.toString(), ourBody.toString());
    assertEquals(theirTrailer, trailers == null ? "null" : trailers.value(0));
  }
}
