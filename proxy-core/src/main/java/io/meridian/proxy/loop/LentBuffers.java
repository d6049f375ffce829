package io.meridian.proxy.loop;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;

/**
 * Where large buffers come from that may wait for a slow receiver. The allocator for everything
 * else keeps what it once took, sorted by size: after a flood of slow clients other sizes would
 * find no room under the cap, though nothing is in use. This one keeps next to nothing: chunks of
 * eight buffers go back to the system as soon as all eight are free.
 */
final class LentBuffers {
  /** Sizes from here on are lent so. */
  static final int LARGE = 16 * 1024;

  private static final int PAGE = 8 * 1024;
  private static final int CHUNK_ORDER = 6; // 512 KiB

  static final ByteBufAllocator ALLOCATOR =
      new PooledByteBufAllocator(
          true, 0, Runtime.getRuntime().availableProcessors(), PAGE, CHUNK_ORDER, 0, 0, false);

  private LentBuffers() {}
}
