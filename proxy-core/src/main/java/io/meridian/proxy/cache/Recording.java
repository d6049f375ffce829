package io.meridian.proxy.cache;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/** An answer while its body arrives. One thread; its memory is counted until it ends. */
final class Recording {
  private static final int FIRST = 8 * 1024;

  private final ResponseCache cache;
  private final StoredResponse answer;
  private byte[] body = new byte[0];
  private int length;

  Recording(ResponseCache cache, StoredResponse answer) {
    this.cache = cache;
    this.answer = answer;
  }

  StoredResponse answer() {
    return answer;
  }

  /** Copies the next bytes, without moving the reader index; false if there is no room for them. */
  boolean add(ByteBuf in, int count) {
    long wanted = (long) length + count;
    if (wanted > cache.largest() || !room((int) wanted)) {
      return false;
    }
    in.getBytes(in.readerIndex(), body, length, count);
    length += count;
    return true;
  }

  /** Makes room for so many bytes in all; false if that is too much. */
  boolean room(int wanted) {
    if (wanted <= body.length) {
      return true;
    }
    int most = (int) Math.min(Integer.MAX_VALUE - 8, cache.largest());
    int size = Math.max(wanted, Math.min(most, Math.max(FIRST, body.length * 2)));
    if (!cache.reserve(size - body.length)) {
      return false;
    }
    body = Arrays.copyOf(body, size);
    return true;
  }

  /** The whole answer; it is over. */
  StoredResponse end() {
    byte[] whole = body.length == length ? body : Arrays.copyOf(body, length);
    cancel();
    return answer.withBody(whole);
  }

  void cancel() {
    cache.unreserve(body.length);
    body = new byte[0];
    length = 0;
  }
}
