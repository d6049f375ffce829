package io.meridian.proxy.downstream;

import io.meridian.proxy.http.RequestHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What a client says first that knows that HTTP/2 is spoken (RFC 9113, 3.4). Its first line looks
 * like one of HTTP/1.1 and is none that is taken, so the parser stops just behind it, and nobody
 * who speaks HTTP/1.1 pays for the question.
 */
final class Http2Preface {
  private static final byte[] LINE = "PRI * HTTP/2.0\r\n".getBytes(StandardCharsets.US_ASCII);

  private Http2Preface() {}

  /** Whether a refused head is the first line of a preface. */
  static boolean begins(RequestHead head) {
    return head.length() == LINE.length
        && Arrays.equals(head.bytes(), 0, LINE.length, LINE, 0, LINE.length);
  }

  /** The line, and all that is left of the input. */
  static ByteBuf whole(ByteBufAllocator allocator, ByteBuf in) {
    return allocator.buffer(LINE.length + in.readableBytes()).writeBytes(LINE).writeBytes(in);
  }
}
