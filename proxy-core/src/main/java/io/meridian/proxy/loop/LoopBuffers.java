package io.meridian.proxy.loop;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.ResourceLeakDetector;
import java.util.ArrayDeque;

/**
 * The small buffers of one event loop, which most reads and writes need: the one given back last is
 * lent next, so that its memory is still in the processor's cache. Lent and given back by that
 * loop's thread; one that another thread gives back is freed.
 */
final class LoopBuffers extends AbstractByteBufAllocator {
  /** Capacity of each, in bytes. */
  static final int SIZE = 2 * 1024;

  /** So many are kept at most: 2 MiB. */
  static final int KEPT = 1024;

  private static final int MOST = 64 * 1024;

  private final ByteBufAllocator others;
  private final ArrayDeque<Buffer> free = new ArrayDeque<>(KEPT);
  private final EventLoop loop;

  /**
   * @param loop whose thread lends and takes back
   * @param others where buffers of other kinds and sizes come from
   */
  LoopBuffers(EventLoop loop, ByteBufAllocator others) {
    super(true);
    this.loop = loop;
    this.others = others;
  }

  private final class Buffer extends UnpooledDirectByteBuf {
    Buffer() {
      super(LoopBuffers.this, SIZE, MOST);
    }

    @Override
    protected void deallocate() {
      if (loop.inEventLoop() && capacity() == SIZE && free.size() < KEPT) {
        resetRefCnt();
        free.push(this);
      } else {
        super.deallocate();
      }
    }
  }

  @Override
  protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
    if (initialCapacity > SIZE || !loop.inEventLoop()) {
      return others.directBuffer(initialCapacity, maxCapacity);
    }
    Buffer buffer = free.poll();
    if (buffer == null) {
      buffer = new Buffer();
    } else {
      buffer.clear();
    }
    return ResourceLeakDetector.isEnabled() ? toLeakAwareBuffer(buffer) : buffer;
  }

  @Override
  protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
    return others.heapBuffer(initialCapacity, maxCapacity);
  }

  @Override
  public boolean isDirectBufferPooled() {
    return true;
  }

  /** How many are kept now. */
  int kept() {
    return free.size();
  }
}
