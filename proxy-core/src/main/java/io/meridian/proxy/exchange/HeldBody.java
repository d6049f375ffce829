package io.meridian.proxy.exchange;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * The part of a request's body that is held so that it can be sent, or sent again. It is given up
 * as a whole when it would pass its limit; from then on the request can't be repeated. Event loop
 * only.
 */
final class HeldBody {
  private final ByteBufAllocator allocator;
  private final ReplayMemory memory;
  private @Nullable ByteBuf bytes;
  private int reserved;
  private boolean givenUp;

  HeldBody(ByteBufAllocator allocator, ReplayMemory memory) {
    this.allocator = allocator;
    this.memory = memory;
  }

  /** Whether all of the body that has arrived is here. */
  boolean complete() {
    return !givenUp;
  }

  int size() {
    return bytes == null ? 0 : bytes.readableBytes();
  }

  /** What is held, for reading without moving its indices; null if nothing is. */
  @Nullable ByteBuf bytes() {
    return bytes;
  }

  /** Whether so many more bytes may be held. */
  boolean fits(int length, long limit) {
    return !givenUp && size() + (long) length <= limit;
  }

  /**
   * Copies the next {@code length} bytes of {@code in}, whose indices stay; false: memory is short.
   */
  boolean tryAdd(ByteBuf in, int length) {
    if (!memory.reserve(length)) {
      return false;
    }
    reserved += length;
    append(in, length);
    return true;
  }

  /** As {@link #tryAdd}, where there is no other place for the bytes: reading stops soon after. */
  void add(ByteBuf in, int length) {
    if (!tryAdd(in, length)) {
      append(in, length);
    }
  }

  private void append(ByteBuf in, int length) {
    if (bytes == null) {
      bytes = allocator.buffer(Math.max(length, 1024));
    }
    bytes.writeBytes(in, in.readerIndex(), length);
  }

  /** Lets go of it: the request goes on without a way back. */
  void giveUp() {
    release();
    givenUp = true;
  }

  /** Ready for another request. */
  void clear() {
    release();
    givenUp = false;
  }

  private void release() {
    if (bytes != null) {
      bytes.release();
      bytes = null;
    }
    if (reserved > 0) {
      memory.free(reserved);
      reserved = 0;
    }
  }
}
