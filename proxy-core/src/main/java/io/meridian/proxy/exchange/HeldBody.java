package io.meridian.proxy.exchange;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The part of a request's body that is held so that it can be sent, or sent again. It is given up
 * as a whole when it would pass its limit; from then on the request can't be repeated. Large pieces
 * are kept where they were received, small ones are copied. Event loop only.
 */
final class HeldBody {
  /** A piece is kept in the buffer that it came in from this size on, if it fills half of it. */
  static final int KEEP_FROM = 8 * 1024;

  private static final int MOST_PIECES = 128;

  private final ByteBufAllocator allocator;
  private final ReplayMemory memory;
  private @Nullable ByteBuf bytes;
  private boolean lent; // by the buffers that they were received in
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
   * Holds the next {@code length} bytes of {@code in}, whose indices stay; false: memory is short.
   */
  boolean tryAdd(ByteBuf in, int length) {
    int taken = keeps(in, length) ? Math.max(length, in.capacity()) : length;
    if (!memory.reserve(taken)) {
      return false;
    }
    reserved += taken;
    append(in, length);
    return true;
  }

  /** As {@link #tryAdd}, where there is no other place for the bytes: reading stops soon after. */
  void add(ByteBuf in, int length) {
    if (!tryAdd(in, length)) {
      append(in, length);
    }
  }

  private static boolean keeps(ByteBuf in, int length) {
    return length >= KEEP_FROM && length >= in.capacity() / 2;
  }

  private void append(ByteBuf in, int length) {
    ByteBuf present = bytes;
    if (keeps(in, length) && (present == null || lent)) {
      ByteBuf piece = in.retainedSlice(in.readerIndex(), length);
      lent = true;
      bytes = present == null ? piece : several(present).addComponent(true, piece);
      return;
    }
    ByteBuf own;
    if (present == null) {
      own = allocator.buffer(Math.max(length, 1024));
    } else if (lent) {
      own = allocator.buffer(present.readableBytes() + length).writeBytes(present);
      present.release();
    } else {
      own = present;
    }
    lent = false;
    bytes = own.writeBytes(in, in.readerIndex(), length);
  }

  private CompositeByteBuf several(ByteBuf present) {
    return present instanceof CompositeByteBuf pieces
        ? pieces
        : allocator.compositeBuffer(MOST_PIECES).addComponent(true, present);
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
