package io.meridian.proxy.loop;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;

/**
 * A receive buffer for each read, for connections that can't share one, as TLS keeps a record until
 * it is whole: small at first, larger while reads fill it. Sockets on io_uring choose their own.
 * Any thread; what it makes belongs to one socket.
 */
final class GrowingReceiveBuffer extends DefaultMaxMessagesRecvByteBufAllocator {
  private static final int SMALLEST = LoopBuffers.SMALL;
  private static final int LARGEST = 64 * 1024;
  private static final int STEP = 4;

  private final ByteBufAllocator buffers;

  /**
   * @param buffers where they come from
   */
  GrowingReceiveBuffer(ByteBufAllocator buffers) {
    this.buffers = buffers;
  }

  @Override
  public GrowingHandle newHandle() {
    return new GrowingHandle();
  }

  final class GrowingHandle extends MaxMessageHandle {
    private int size = SMALLEST;
    private boolean wasSmall;

    @Override
    public ByteBuf allocate(ByteBufAllocator allocator) {
      return buffers.directBuffer(size);
    }

    @Override
    public int guess() {
      return size;
    }

    @Override
    public void lastBytesRead(int bytes) {
      super.lastBytesRead(bytes);
      boolean small = bytes <= size / (2 * STEP);
      if (bytes >= size) {
        size = Math.min(LARGEST, size * STEP);
      } else if (small && wasSmall) { // twice in a row, as the last read of a burst is short
        size = Math.max(SMALLEST, size / STEP);
        small = false;
      }
      wasSmall = small;
    }
  }
}
