package io.meridian.proxy.loop;

import io.netty.buffer.UnpooledByteBufAllocator;

/**
 * Where large buffers come from that wait for a slow receiver. They go back to the system when they
 * are released: a pool would keep what a flood of slow clients made it take, sorted by size, and
 * other sizes could then find no room.
 */
final class LentBuffers {
  /** Sizes from here on are lent so. */
  static final int LARGE = 16 * 1024;

  static final UnpooledByteBufAllocator ALLOCATOR = new UnpooledByteBufAllocator(true);

  private LentBuffers() {}
}
