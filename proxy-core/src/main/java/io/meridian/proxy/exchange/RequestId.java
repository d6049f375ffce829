package io.meridian.proxy.exchange;

import io.meridian.proxy.http.FieldId;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.loop.Worker;

/** A request's id: a trusted peer's, or 128 random bits in hexadecimal. Reused; event loop only. */
public final class RequestId {
  private static final int MAX = 128;
  private static final byte[] HEX =
      "0123456789abcdef".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

  private final byte[] bytes = new byte[MAX];
  private int length;

  void choose(RequestHead head, boolean trusted, Worker worker) {
    if (trusted && head.has(FieldId.X_REQUEST_ID)) {
      int field = head.indexOf(FieldId.X_REQUEST_ID);
      int given = head.valueLength(field);
      if (given > 0 && given <= MAX) {
        System.arraycopy(head.bytes(), head.valueStart(field), bytes, 0, given);
        length = given;
        return;
      }
    }
    hex(worker.random(), 0);
    hex(worker.random(), 16);
    length = 32;
  }

  public byte[] bytes() {
    return bytes;
  }

  public int length() {
    return length;
  }

  private void hex(long value, int at) {
    for (int i = 0; i < 16; i++) {
      bytes[at + i] = HEX[(int) (value >>> (60 - 4 * i)) & 15];
    }
  }
}
