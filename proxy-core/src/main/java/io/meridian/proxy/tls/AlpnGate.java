package io.meridian.proxy.tls;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.ssl.SslClientHelloHandler;
import io.netty.util.concurrent.Future;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Refuses a client that offers only protocols which are not spoken here (RFC 7301, 3.2), and one
 * whose ClientHello is too long, before it costs a signature. All else is BoringSSL's to judge: it
 * gets the same bytes, and what can't be read here is passed on.
 */
final class AlpnGate extends SslClientHelloHandler<Boolean> {
  /** The longest ClientHello, as BoringSSL has it. */
  static final int MAX_CLIENT_HELLO = 16 * 1024;

  private static final int ALPN = 16;
  private static final byte[] NO_APPLICATION_PROTOCOL = {21, 3, 3, 0, 2, 2, 120};

  private final List<byte[]> spoken;

  AlpnGate(List<String> protocols) {
    super(MAX_CLIENT_HELLO);
    spoken = protocols.stream().map(p -> p.getBytes(StandardCharsets.US_ASCII)).toList();
  }

  @Override
  protected Future<Boolean> lookup(ChannelHandlerContext ctx, @Nullable ByteBuf clientHello) {
    return ctx.executor().newSucceededFuture(clientHello == null || speaks(clientHello));
  }

  @Override
  protected void onLookupComplete(ChannelHandlerContext ctx, Future<Boolean> speaks) {
    if (speaks.getNow()) {
      ctx.pipeline().remove(this);
    } else {
      ctx.fireUserEventTriggered(new ProtocolRefused());
      ctx.writeAndFlush(Unpooled.wrappedBuffer(NO_APPLICATION_PROTOCOL))
          .addListener(_ -> ctx.close());
    }
  }

  /** Whether a ClientHello (RFC 8446, 4.1.2) offers no protocols, one of ours, or can't be read. */
  boolean speaks(ByteBuf hello) {
    int at = hello.readerIndex() + 2 + 32;
    int end = hello.writerIndex();
    at = past(hello, at, end, 1); // session id
    at = past(hello, at, end, 2); // cipher suites
    at = past(hello, at, end, 1); // compression methods
    at += 2;
    while (at >= 0 && at + 4 <= end) {
      int type = hello.getUnsignedShort(at);
      int next = past(hello, at + 2, end, 2);
      if (type == ALPN && next >= 0) {
        return listed(hello, at + 6, next);
      }
      at = next;
    }
    return true;
  }

  private boolean listed(ByteBuf hello, int from, int end) {
    for (int at = from; at >= 0 && at < end; ) {
      int next = past(hello, at, end, 1);
      for (byte[] protocol : spoken) {
        if (next - at - 1 == protocol.length && matches(hello, at + 1, protocol)) {
          return true;
        }
      }
      at = next;
    }
    return false;
  }

  private static boolean matches(ByteBuf hello, int at, byte[] protocol) {
    for (int i = 0; i < protocol.length; i++) {
      if (hello.getByte(at + i) != protocol[i]) {
        return false;
      }
    }
    return true;
  }

  /** Where the vector that starts here ends; far below 0 if it does not fit. */
  private static int past(ByteBuf hello, int at, int end, int lengthBytes) {
    if (at < 0 || at + lengthBytes > end) {
      return Integer.MIN_VALUE / 2;
    }
    int length = lengthBytes == 1 ? hello.getUnsignedByte(at) : hello.getUnsignedShort(at);
    int next = at + lengthBytes + length;
    return next > end ? Integer.MIN_VALUE / 2 : next;
  }
}
