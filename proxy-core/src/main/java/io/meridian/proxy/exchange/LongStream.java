package io.meridian.proxy.exchange;

import io.meridian.proxy.telemetry.StreamEnd;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * An exchange that lasts: a tunnel (WebSocket) or an event stream. It knows where it may be ended
 * so that both sides take it for an orderly end. Event loop only.
 */
final class LongStream {
  /** A Close frame with status 1001, going away (RFC 6455, 7.4.1). */
  private static final byte[] GOING_AWAY = {(byte) 0x88, 2, 0x03, (byte) 0xE9};

  final ProxyExchange exchange;
  final int endpointId;
  final boolean tunnel;
  final long startNanos;

  /** 0 to 1: where in a time that ends are spread over this one has its turn. */
  final double turn;

  /** Of the registry. */
  @Nullable LongStream previous;

  @Nullable LongStream next;

  /** Why it is to end at {@link #endNanos}; null: it goes on. */
  @Nullable StreamEnd why;

  long endNanos;
  private final WebSocketFrames toClient = new WebSocketFrames();
  private final WebSocketFrames toServer = new WebSocketFrames();
  private boolean ending;

  LongStream(ProxyExchange exchange, int endpointId, boolean tunnel, long nowNanos, long random) {
    this.exchange = exchange;
    this.endpointId = endpointId;
    this.tunnel = tunnel;
    this.startNanos = nowNanos;
    this.turn = (random >>> 11) * 0x1p-53;
  }

  /** The end has been asked for, and comes with the next frame boundary. */
  boolean ending() {
    return ending;
  }

  void end() {
    ending = true;
  }

  /** Bytes of a tunnel come from the client; how many of them go on to the server. */
  int fromClient(ByteBuf in, int length) {
    return toServer.pass(in, in.readerIndex(), length, ending);
  }

  /** Bytes of a tunnel come from the server; how many of them go on to the client. */
  int fromServer(ByteBuf in, int length) {
    return toClient.pass(in, in.readerIndex(), length, ending);
  }

  /** Whether the client may be told now. */
  boolean atBoundary() {
    return toClient.atBoundary();
  }

  /** What to tell the client at last; null if the server has closed already. */
  @Nullable ByteBuf farewellToClient() {
    return toClient.closed() ? null : Unpooled.wrappedBuffer(GOING_AWAY);
  }

  /**
   * What to tell the server at last, masked as a client does; null if it can't be told any more.
   */
  @Nullable ByteBuf farewellToServer(int mask) {
    if (toServer.closed() || !toServer.atBoundary()) {
      return null;
    }
    ByteBuf frame = Unpooled.buffer(8);
    frame.writeByte(GOING_AWAY[0]).writeByte(0x80 | GOING_AWAY[1]).writeInt(mask);
    frame.writeByte(GOING_AWAY[2] ^ mask >>> 24).writeByte(GOING_AWAY[3] ^ mask >>> 16);
    return frame;
  }
}
