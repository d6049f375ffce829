package io.meridian.proxy.loop;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;

/**
 * One buffer in which the sockets of an event loop gather what they send, in turn: with a transport
 * that sends at once it is free again when the next one needs it, and nothing is allocated. While
 * it is not, another is lent. That loop's thread only.
 */
final class SendBuffer {
  private static final int SIZE = 64 * 1024;
  private static final ByteBufAllocator OWN = new UnpooledByteBufAllocator(true, true);

  private final ByteBufAllocator buffers;
  private final ByteBuf resident = OWN.directBuffer(SIZE, SIZE);

  /**
   * @param buffers where others come from
   */
  SendBuffer(ByteBufAllocator buffers) {
    this.buffers = buffers;
  }

  /** An empty buffer with room for so many bytes; whoever takes it releases it or passes it on. */
  ByteBuf lend(int bytes) {
    if (bytes <= SIZE && resident.refCnt() == 1) {
      return resident.clear().retain();
    }
    return buffers.directBuffer(Math.max(LoopBuffers.SMALL, bytes));
  }
}
