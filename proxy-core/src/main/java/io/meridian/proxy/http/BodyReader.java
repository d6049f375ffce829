package io.meridian.proxy.http;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/** Reads one body at a time; pull style, no allocation. One thread. */
public final class BodyReader {
  /** All of the input is used up. */
  public static final int MORE = -1;

  public static final int DONE = -2;
  public static final int BAD = -3;

  public void start(BodyKind kind, long length) {
    throw new UnsupportedOperationException();
  }

  /**
   * Returns n &gt; 0: the next n bytes at the reader index are body; the caller takes them all and
   * advances the reader index by n before the next call.
   */
  public int next(ByteBuf in) {
    throw new UnsupportedOperationException();
  }

  public boolean done() {
    throw new UnsupportedOperationException();
  }

  public boolean untilClose() {
    throw new UnsupportedOperationException();
  }

  /** The peer has ended its input: true if the body is complete by that. */
  public boolean closed() {
    throw new UnsupportedOperationException();
  }

  /** Body bytes so far. */
  public long read() {
    throw new UnsupportedOperationException();
  }

  /** After DONE of a chunked body that had a trailer section. */
  public @Nullable Trailers trailers() {
    throw new UnsupportedOperationException();
  }

  public boolean hasTrailers() {
    throw new UnsupportedOperationException();
  }

  public void copyTrailers(ByteBuf out) {
    throw new UnsupportedOperationException();
  }

  public Fault fault() {
    throw new UnsupportedOperationException();
  }
}
