package io.meridian.proxy.downstream;

import io.meridian.proxy.http.ResponseHead;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/**
 * Whether an endpoint that switched to WebSocket has understood what it was asked (RFC 6455, 4.1).
 */
final class WebSocketAccept {
  private static final String GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

  private WebSocketAccept() {}

  /** Whether the head has the one Sec-WebSocket-Accept that answers the key. */
  static boolean matches(String key, ResponseHead head) {
    int found = -1;
    for (int i = 0; i < head.fieldCount(); i++) {
      if (head.name(i).equalsIgnoreCase("Sec-WebSocket-Accept")) {
        if (found >= 0) {
          return false;
        }
        found = i;
      }
    }
    return found >= 0 && head.value(found).equals(of(key));
  }

  static String of(String key) {
    try {
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      byte[] digest = sha1.digest((key + GUID).getBytes(StandardCharsets.US_ASCII));
      return Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every Java platform has it
    }
  }
}
