package io.meridian.proxy.loop;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;

/**
 * One receive buffer for all sockets of an event loop: what is read is handled, copied or sent on
 * before the next read, so the same memory serves again while it is still in the processor's cache.
 * If a part of it waits for a slow receiver, another buffer is lent meanwhile. That loop's thread
 * only.
 */
public final class ReceiveBuffer extends DefaultMaxMessagesRecvByteBufAllocator {
  private static final int SIZE = 64 * 1024;

  /** So many reads in a row without it, and the buffer is left to whoever holds it. */
  private static final int PATIENCE = 64;

  private static final ByteBufAllocator OWN = new UnpooledByteBufAllocator(true, true);

  private ByteBuf resident = OWN.directBuffer(SIZE, SIZE);
  private int busy;

  public ReceiveBuffer() {
    super(1); // one read an event: what came leaves before the next one needs the buffer
  }

  @Override
  public LendingHandle newHandle() {
    return new LendingHandle();
  }

  private ByteBuf lend() {
    if (resident.refCnt() == 1) {
      busy = 0;
      return resident.clear().retain();
    }
    if (++busy > PATIENCE) {
      busy = 0;
      resident.release();
      resident = OWN.directBuffer(SIZE, SIZE);
      return resident.retain();
    }
    return LentBuffers.ALLOCATOR.directBuffer(SIZE, SIZE);
  }

  final class LendingHandle extends MaxMessageHandle {
    @Override
    public ByteBuf allocate(ByteBufAllocator allocator) {
      return lend();
    }

    @Override
    public int guess() {
      return SIZE;
    }
  }
}
