package io.meridian.proxy.compress;

import io.netty.buffer.ByteBuf;

/** Makes one coded stream at a time of the bytes it is given. Reusable; one event loop only. */
public interface Encoder {
  /** Begins a stream, whatever became of the last one. */
  void begin(int level);

  /**
   * Takes the next {@code length} bytes of {@code in}, and adds to {@code out}, a direct buffer,
   * what comes of them: maybe nothing yet.
   */
  void encode(ByteBuf in, int length, ByteBuf out);

  /** Adds all that is needed to decode what was taken so far. */
  void flush(ByteBuf out);

  /** Adds the end of the stream. */
  void finish(ByteBuf out);

  /** Gives back memory outside the heap; of no use after that. */
  void close();
}
