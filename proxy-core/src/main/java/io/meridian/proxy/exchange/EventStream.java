package io.meridian.proxy.exchange;

import io.meridian.proxy.http.BodyKind;
import io.meridian.proxy.http.ResponseHead;
import java.nio.charset.StandardCharsets;

/**
 * Whether an answer is a stream of events: one that ends with any event, after which its client
 * comes back for the rest.
 *
 * @see "HTML, 9.2 Server-sent events"
 */
final class EventStream {
  private static final byte[] NAME = "content-type".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] TYPE = "text/event-stream".getBytes(StandardCharsets.US_ASCII);

  private EventStream() {}

  static boolean is(ResponseHead head) {
    if (head.status() != 200 || head.body() == BodyKind.LENGTH || head.body() == BodyKind.NONE) {
      return false;
    }
    byte[] bytes = head.bytes();
    for (int i = 0; i < head.fieldCount(); i++) {
      if (head.nameLength(i) == NAME.length && begins(bytes, head.nameStart(i), NAME)) {
        int length = head.valueLength(i);
        int start = head.valueStart(i);
        return length >= TYPE.length
            && begins(bytes, start, TYPE)
            && (length == TYPE.length
                || bytes[start + TYPE.length] == ';'
                || bytes[start + TYPE.length] == ' ');
      }
    }
    return false;
  }

  private static boolean begins(byte[] bytes, int start, byte[] lowerCase) {
    for (int i = 0; i < lowerCase.length; i++) {
      int b = bytes[start + i];
      if ((b >= 'A' && b <= 'Z' ? b | 0x20 : b) != lowerCase[i]) {
        return false;
      }
    }
    return true;
  }
}
