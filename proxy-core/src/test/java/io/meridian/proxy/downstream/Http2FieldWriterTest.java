package io.meridian.proxy.downstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.proxy.exchange.ErrorAnswer;
import io.meridian.proxy.http.HeadLimits;
import io.meridian.proxy.http.Parse;
import io.meridian.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Headers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is written is what Netty's decoder reads. */
@SuppressWarnings("StringConcatToTextBlock") // line ends are part of what is tested
class Http2FieldWriterTest {
  private static final byte[] DATE = "today".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] ID = "some-id-unused".getBytes(StandardCharsets.US_ASCII);
  private static final int ID_LENGTH = 7;

  private static List<String> decode(ByteBuf block) throws Exception {
    Http2Headers headers = new DefaultHttp2HeadersDecoder(true, 1 << 20).decodeHeaders(1, block);
    List<String> all = new ArrayList<>();
    headers.forEach(field -> all.add(field.getKey() + ": " + field.getValue()));
    return all;
  }

  private static ResponseHead head(String text) {
    ResponseHead head = new ResponseHead(new HeadLimits(1024, 1 << 20, 200));
    assertEquals(Parse.DONE, head.feed(Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1)));
    return head;
  }

  private static List<String> relayed(String text, boolean webSocket) throws Exception {
    ResponseHead head = head(text);
    ByteBuf out = Unpooled.buffer(Http2FieldWriter.size(head));
    int room = out.capacity();
    Http2FieldWriter.relay(out, head, webSocket, DATE, ID, ID_LENGTH, new byte[0]);
    assertTrue(out.readableBytes() <= room, "more than it was said to be");
    return decode(out);
  }

  @Test
  void every_status_and_every_kind_of_name_is_read_again() throws Exception {
    for (int status : List.of(200, 204, 206, 304, 400, 404, 500, 201, 418, 599, 999)) {
      assertEquals(
          List.of(
              ":status: " + status,
              "server: x",
              "x-own: Y",
              "vary: a",
              "via: 1",
              "set-cookie: a",
              "accept-charset: b",
              "www-authenticate: c",
              "date: today",
              "x-request-id: some-id"),
          relayed(
              "HTTP/1.1 "
                  + status
                  + " Any\r\nServer: x\r\nX-Own: Y\r\nVARY: a\r\nvia: 1\r\nSet-Cookie: a\r\n"
                  + "Accept-Charset: b\r\nWWW-Authenticate: c\r\nX-Request-Id: theirs\r\n"
                  + "Connection: close, x-hop\r\nX-Hop: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
              false));
    }
  }

  @Test
  void values_of_every_length_are_read_again() throws Exception {
    for (int length : List.of(0, 1, 126, 127, 128, 254, 255, 16_510, 16_511, 100_000)) {
      String value = "v".repeat(length);
      String name = "n".repeat(Math.max(1, length));
      assertTrue(
          relayed("HTTP/1.1 200 OK\r\n" + name + ": " + value + "\r\n\r\n", false)
              .contains(name + ": " + value));
    }
  }

  @Test
  void lengths_and_dates_are_told_once() throws Exception {
    assertEquals(
        List.of(
            ":status: 200", "date: theirs", "x-request-id: some-id", "content-length: 1234567890"),
        relayed("HTTP/1.1 200 OK\r\nDate: theirs\r\nContent-Length: 1234567890\r\n\r\n", false));
    assertEquals(
        List.of(":status: 304", "date: today", "x-request-id: some-id", "content-length: 0"),
        relayed("HTTP/1.1 304 Same\r\nContent-Length: 0\r\n\r\n", false));
  }

  @Test
  void a_switch_is_told_as_success() throws Exception {
    assertEquals(
        List.of(
            ":status: 200", "sec-websocket-protocol: chat", "date: today", "x-request-id: some-id"),
        relayed(
            "HTTP/1.1 101 Switch\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                + "Sec-WebSocket-Accept: x\r\nSec-WebSocket-Protocol: chat\r\n\r\n",
            true));
  }

  @Test
  void an_error_says_what_it_must() throws Exception {
    ByteBuf out = Unpooled.buffer();
    ErrorAnswer answer = new ErrorAnswer(503, "busy", "destination_unavailable", "why", 7, false);
    Http2FieldWriter.error(out, answer, 12, DATE, ID, ID_LENGTH, new byte[0]);
    assertEquals(
        List.of(
            ":status: 503",
            "content-type: text/plain; charset=utf-8",
            "content-length: 12",
            "date: today",
            "proxy-status: meridian; error=destination_unavailable; details=\"why\"",
            "retry-after: 7",
            "x-request-id: some-id"),
        decode(out));
  }

  @Test
  void trailer_lines_become_fields() throws Exception {
    ByteBuf out = Unpooled.buffer();
    ByteBuf lines =
        Unpooled.copiedBuffer("Grpc-Status: 0\r\nEmpty:\r\nX: a: b\r\n", StandardCharsets.US_ASCII);
    Http2FieldWriter.lines(out, lines);
    assertEquals(List.of("grpc-status: 0", "empty: ", "x: a: b"), decode(out));
  }
}
