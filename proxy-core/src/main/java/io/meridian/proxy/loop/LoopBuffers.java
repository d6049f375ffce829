package io.meridian.proxy.loop;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledDirectByteBuf;
import io.netty.channel.EventLoop;
import io.netty.util.ResourceLeakDetector;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The buffers of one event loop that most reads and writes get along with, of a few sizes and a
 * bounded number: the one given back last is lent next, so that its memory is still in the
 * processor's cache and known to the kernel. Lent by that loop's thread; one that another thread
 * gives back is freed.
 */
final class LoopBuffers extends AbstractByteBufAllocator implements AutoCloseable {
  /** Capacity of the small ones, in bytes. */
  static final int SMALL = 2 * 1024;

  private static final int MOST = 64 * 1024;

  private final EventLoop loop;
  private final ByteBufAllocator others;
  private final ByteBufAllocator large;
  private final Stack[] stacks = {
    new Stack(SMALL, 1024), new Stack(8 * 1024, 128), new Stack(32 * 1024, 32), new Stack(MOST, 32)
  };
  private boolean closed;

  /**
   * @param loop whose thread lends and takes back
   * @param others where buffers of other kinds come from, and those that are too many
   * @param large the same, for those that may wait for a slow receiver
   */
  LoopBuffers(EventLoop loop, ByteBufAllocator others, ByteBufAllocator large) {
    super(true);
    this.loop = loop;
    this.others = others;
    this.large = large;
  }

  private final class Stack {
    final int size;
    final int most;
    final ArrayDeque<Buffer> free = new ArrayDeque<>();
    final AtomicInteger made = new AtomicInteger();

    Stack(int size, int most) {
      this.size = size;
      this.most = most;
    }

    ByteBuf lend(int maxCapacity) {
      Buffer buffer = free.poll();
      if (buffer != null) {
        buffer.clear();
      } else if (made.get() < most) {
        buffer = new Buffer(this);
        made.incrementAndGet();
      } else {
        return elsewhere(size, maxCapacity);
      }
      return ResourceLeakDetector.isEnabled() ? toLeakAwareBuffer(buffer) : buffer;
    }
  }

  private final class Buffer extends UnpooledDirectByteBuf {
    private final Stack home;
    private long address; // 0: not known

    Buffer(Stack home) {
      super(LoopBuffers.this, home.size, MOST);
      this.home = home;
    }

    /** The library tells it only where it allocates without Unsafe. */
    @Override
    public boolean hasMemoryAddress() {
      return true;
    }

    @Override
    public long memoryAddress() {
      if (address == 0) {
        address = io.netty.channel.unix.Buffer.memoryAddress(internalNioBuffer(0, 1));
      }
      return address;
    }

    @Override
    public ByteBuf capacity(int bytes) {
      address = 0;
      return super.capacity(bytes);
    }

    @Override
    protected void deallocate() {
      if (loop.inEventLoop() && !closed && capacity() == home.size) {
        resetRefCnt();
        home.free.push(this);
      } else {
        super.deallocate();
        home.made.decrementAndGet();
      }
    }
  }

  @Override
  protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
    if (initialCapacity <= MOST && loop.inEventLoop()) {
      for (Stack stack : stacks) {
        if (initialCapacity <= stack.size) {
          return stack.lend(maxCapacity);
        }
      }
    }
    return elsewhere(initialCapacity, maxCapacity);
  }

  private ByteBuf elsewhere(int capacity, int maxCapacity) {
    return (capacity < LentBuffers.LARGE ? others : large)
        .directBuffer(capacity, Math.max(capacity, maxCapacity));
  }

  @Override
  protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
    return others.heapBuffer(initialCapacity, maxCapacity);
  }

  @Override
  public boolean isDirectBufferPooled() {
    return true;
  }

  /** How many wait to be lent. */
  int kept() {
    int all = 0;
    for (Stack stack : stacks) {
      all += stack.free.size();
    }
    return all;
  }

  /** Frees what is there, and from now on what is given back. */
  @Override
  public void close() {
    closed = true;
    for (Stack stack : stacks) {
      for (Buffer buffer = stack.free.poll(); buffer != null; buffer = stack.free.poll()) {
        buffer.release();
      }
    }
  }
}
