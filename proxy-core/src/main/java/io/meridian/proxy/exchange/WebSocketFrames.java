package io.meridian.proxy.exchange;

import io.netty.buffer.ByteBuf;

/**
 * Where frames end in one direction of a WebSocket connection. It looks at lengths only and never
 * touches what passes. For one thread.
 *
 * @see "RFC 6455, 5.2"
 */
final class WebSocketFrames {
  private static final int CLOSE = 8;

  private int headerRead; // bytes of the header at hand
  private int headerLength = 2;
  private int lengthBytes; // of the header, behind its first two
  private long payload; // as far as its length was read
  private long left; // payload
  private boolean closed;

  /** Whether a frame may follow here: the last one is whole. */
  boolean atBoundary() {
    return headerRead == 0 && left == 0;
  }

  /** Whether a Close frame has passed, after which there are no more (RFC 6455, 5.5.1). */
  boolean closed() {
    return closed;
  }

  /**
   * Bytes pass.
   *
   * @param toBoundary whether to stop as soon as a frame may follow
   * @return how many did
   */
  int pass(ByteBuf in, int index, int length, boolean toBoundary) {
    int at = index;
    int end = index + length;
    while (at < end && !(toBoundary && atBoundary())) {
      if (left > 0) {
        int step = (int) Math.min(left, end - at);
        left -= step;
        at += step;
      } else {
        header(in.getByte(at++) & 0xff);
      }
    }
    return at - index;
  }

  private void header(int b) {
    switch (headerRead++) {
      case 0 -> {
        headerLength = 2;
        payload = 0;
        closed |= (b & 0x0f) == CLOSE;
      }
      case 1 -> {
        int shortLength = b & 0x7f;
        lengthBytes = shortLength == 126 ? 2 : shortLength == 127 ? 8 : 0;
        payload = lengthBytes == 0 ? shortLength : 0;
        headerLength = 2 + lengthBytes + ((b & 0x80) != 0 ? 4 : 0);
      }
      default -> {
        if (headerRead <= 2 + lengthBytes) {
          payload = payload << 8 | b;
        }
      }
    }
    if (headerRead == headerLength) {
      headerRead = 0;
      left = payload < 0 ? Long.MAX_VALUE : payload;
    }
  }
}
