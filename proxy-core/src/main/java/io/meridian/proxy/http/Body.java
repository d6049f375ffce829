package io.meridian.proxy.http;

import io.netty.buffer.ByteBuf;

/** What is to be known of a message's body beside its bytes, whatever framed it on the wire. */
public interface Body {
  /** Bytes of the body, without its framing, read so far. */
  long read();

  /** Whether it is complete and was followed by a trailer section. */
  boolean hasTrailers();

  /**
   * Writes the trailer fields that may go on, as HTTP/1.1 has them, each with its line end; nothing
   * if there are none. At most {@link #MAX_TRAILERS} bytes.
   */
  void copyTrailers(ByteBuf out);

  /** The end of a body, with nothing behind it. */
  Body END =
      new Body() {
        @Override
        public long read() {
          return 0;
        }

        @Override
        public boolean hasTrailers() {
          return false;
        }

        @Override
        public void copyTrailers(ByteBuf out) {
          // there are none
        }
      };

  /** Room for the largest trailer section that is read. */
  int MAX_TRAILERS = 16 * 1024;
}
