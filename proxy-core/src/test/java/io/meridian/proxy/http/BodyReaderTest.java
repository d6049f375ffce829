package io.meridian.proxy.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bodies: RFC 9112, 6.3 and 7.1. */
class BodyReaderTest {
  private final BodyReader reader = new BodyReader();
  private final StringBuilder body = new StringBuilder();

  /** Reads from one buffer until nothing more comes. */
  private int drain(ByteBuf in) {
    int n = reader.next(in);
    while (n > 0) {
      body.append(Wire.text(in.readSlice(n)));
      n = reader.next(in);
    }
    return n;
  }

  private int chunked(String input, Random random, int most) {
    reader.start(BodyKind.CHUNKED, -1);
    body.setLength(0);
    byte[] bytes = Wire.bytes(input);
    int result = BodyReader.MORE;
    for (int at = 0; at < bytes.length && result == BodyReader.MORE; ) {
      int n = Math.min(bytes.length - at, 1 + random.nextInt(most));
      result = drain(Unpooled.wrappedBuffer(bytes, at, n));
      at += n;
    }
    return result;
  }

  private int chunked(String input) {
    int whole = chunked(input, new Random(1), Integer.MAX_VALUE);
    String all = body.toString();
    for (int most : new int[] {1, 2, 3, 7}) {
      assertEquals(whole, chunked(input, new Random(most), most), input);
      assertEquals(all, body.toString());
    }
    return whole;
  }

  @ParameterizedTest
  @CsvSource({
    "'5\r\nhello\r\n0\r\n\r\n', hello",
    "'0\r\n\r\n', ''",
    "'A\r\nhelloworld\r\n0\r\n\r\n', helloworld",
    "'a\r\nhelloworld\r\n0\r\n\r\n', helloworld",
    "'0005\r\nhello\r\n000\r\n\r\n', hello",
    "'1\r\na\r\n2\r\nbc\r\n0000000000000000\r\n\r\n', abc",
    "'5;foo=bar\r\nhello\r\n0;x\r\n\r\n', hello",
    "'5;\r\nhello\r\n0\r\n\r\n', hello",
    "'2\r\n\r\n\r\n0\r\n\r\n', '\r\n'",
    "'5\r\nhello\r\n0\r\nX-T: v\r\n\r\n', hello",
  })
  void chunks_are_joined(String input, String expected) {
    assertEquals(BodyReader.DONE, chunked(input));
    assertEquals(expected, body.toString());
    assertEquals(expected.length(), reader.read());
    assertTrue(reader.done() && reader.closed());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\r\n",
        "x\r\n",
        "-5\r\nhello",
        "+5\r\nhello",
        "0x5\r\nhello",
        " 5\r\nhello",
        "5 \r\nhello",
        "5\t\r\nhello",
        "5\nhello",
        "5\r\r\nhello",
        "5\rhello",
        "5;a b\r\n",
        "5;a=\"b\"\r\n",
        "5;a\nb\r\n",
        "5;a\rb\r\n",
        "5;a\u0000\r\n",
        "5;a=(b)\r\n",
        "5,\r\n",
        "5 ;a\r\n",
        "\u0000\r\n",
        "8000000000000000\r\n",
        "FFFFFFFFFFFFFFFF\r\n",
        "10000000000000000\r\n",
        "00000000000000005\r\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhello\n0\r\n\r\n",
        "5\r\nhello\r0\r\n",
        "5\r\nhelloo\r\n",
        "5\r\nhello\r\n\r\n0\r\n\r\n",
        "0\r\n\rx",
        "0\r\n\n",
        "0\r\nX : v\r\n\r\n",
        "0\r\nX\r\n\r\n",
        "0\r\n: v\r\n\r\n",
        "0\r\nX: v\r\n w\r\n\r\n",
        "0\r\n X: v\r\n\r\n",
        "0\r\nX: a\nY: b\r\n\r\n",
        "0\r\nX: \u0000\r\n\r\n",
        "0\r\nContent_Length: 1\r\n\r\n"
      })
  void malformed_chunks_are_refused(String input) {
    assertEquals(BodyReader.BAD, chunked(input));
    assertTrue(reader.fault() != Fault.NONE);
    assertEquals(BodyReader.BAD, reader.next(Unpooled.wrappedBuffer(Wire.bytes("0\r\n\r\n"))));
    assertFalse(reader.done() || reader.closed());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "5",
        "5\r",
        "5\r\n",
        "5\r\nhell",
        "5\r\nhello",
        "5\r\nhello\r\n",
        "0\r\n",
        "0\r\n\r",
        "0\r\nX: v\r\n",
        "7fffffffffffffff\r\nhello"
      })
  void a_chunked_body_that_is_cut_is_not_complete(String input) {
    assertEquals(BodyReader.MORE, chunked(input));
    assertFalse(reader.done() || reader.closed());
  }

  @Test
  void bytes_behind_the_body_stay_in_the_buffer() {
    ByteBuf in = Unpooled.wrappedBuffer(Wire.bytes("3\r\nabc\r\n0\r\nA: b\r\n\r\nGET /"));
    reader.start(BodyKind.CHUNKED, -1);
    assertEquals(BodyReader.DONE, drain(in));
    assertEquals("GET /", Wire.text(in));
    reader.start(BodyKind.LENGTH, 3);
    assertEquals(BodyReader.DONE, drain(in));
    assertEquals(" /", Wire.text(in));
    reader.start(BodyKind.NONE, 0);
    assertEquals(BodyReader.DONE, drain(in));
    assertEquals(" /", Wire.text(in));
  }

  @Test
  void a_length_is_counted_down() {
    reader.start(BodyKind.LENGTH, 5);
    assertEquals(BodyReader.MORE, drain(Unpooled.wrappedBuffer(Wire.bytes("hel"))));
    assertFalse(reader.closed());
    assertEquals(BodyReader.DONE, drain(Unpooled.wrappedBuffer(Wire.bytes("lo!"))));
    assertEquals("hello", body.toString());
    assertEquals(5, reader.read());
  }

  @Test
  void a_body_without_length_lasts_until_the_peer_closes() {
    reader.start(BodyKind.UNTIL_CLOSE, -1);
    assertTrue(reader.untilClose());
    assertEquals(BodyReader.MORE, drain(Unpooled.wrappedBuffer(Wire.bytes("hello"))));
    assertFalse(reader.done());
    assertTrue(reader.closed() && reader.done());
    assertEquals(5, reader.read());
  }

  @Test
  void extensions_are_bounded_for_a_chunk_and_for_a_body() {
    assertEquals(BodyReader.DONE, chunked("1;" + "x".repeat(256) + "\r\na\r\n0\r\n\r\n"));
    assertEquals(BodyReader.BAD, chunked("1;" + "x".repeat(257) + "\r\na\r\n0\r\n\r\n"));
    String chunk = "1;" + "x".repeat(31) + "\r\na\r\n";
    assertEquals(BodyReader.DONE, chunked(chunk.repeat(500) + "0\r\n\r\n"));
    assertEquals(BodyReader.BAD, chunked(chunk.repeat(3000) + "0\r\n\r\n"));
    assertEquals(Fault.CHUNK_EXTENSION, reader.fault());
  }

  @Test
  void trailers_pass_but_for_those_that_frame_route_or_authenticate() {
    assertEquals(
        BodyReader.DONE,
        chunked(
            Wire.crlf(
                """
                0
                X-Sum:42
                Content-Length: 5
                Authorization: x
                Connection: X-Sum
                Host: b
                Grpc-Status: 0
                Transfer-Encoding: chunked
                X-Forwarded-For: 1
                cache-CONTROL: no-store
                Set-Cookie: a=b

                """)));
    ByteBuf out = Unpooled.buffer();
    reader.copyTrailers(out);
    assertEquals("X-Sum: 42\r\nGrpc-Status: 0\r\n", Wire.text(out));
    assertTrue(reader.hasTrailers());
    reader.start(BodyKind.CHUNKED, -1);
    assertEquals(BodyReader.DONE, drain(Unpooled.wrappedBuffer(Wire.bytes("0\r\n\r\n"))));
    assertFalse(reader.hasTrailers());
    assertNull(reader.trailers());
  }

  @Test
  void trailers_are_bounded() {
    assertEquals(BodyReader.BAD, chunked("0\r\nX: " + "x".repeat(9000) + "\r\n\r\n"));
    assertEquals(BodyReader.BAD, chunked("0\r\n" + "X: y\r\n".repeat(65) + "\r\n"));
    assertEquals(BodyReader.DONE, chunked("0\r\nX: y\r\n\r\n"));
    assertEquals("X: y\r\n", Wire.fields(trailers()).substring(3).replace("\n", "\r\n"));
  }

  private Trailers trailers() {
    Trailers section = reader.trailers();
    if (section == null) {
      throw new AssertionError("no trailers");
    }
    return section;
  }

  @Test
  void written_chunks_are_read_again() {
    ByteBuf out = Unpooled.buffer();
    int[] sizes = {1, 9, 10, 15, 16, 255, 256, 4096, 65_535, 1 << 20};
    int total = 0;
    for (int size : sizes) {
      Chunks.head(out, size);
      out.writeZero(size);
      Chunks.end(out);
      total += size;
    }
    Chunks.last(out);
    reader.start(BodyKind.CHUNKED, -1);
    assertEquals(BodyReader.DONE, drain(out));
    assertEquals(total, reader.read());
    assertFalse(out.isReadable());
    ByteBuf largest = Unpooled.buffer();
    Chunks.head(largest, Integer.MAX_VALUE);
    assertEquals("7fffffff\r\n", Wire.text(largest));
  }
}
