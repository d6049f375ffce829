package io.meridian.proxy.tls;

import io.netty.handler.ssl.OpenSslSessionTicketKey;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * The keys that session tickets are sealed with: the first seals, all open. They never leave the
 * process, and one that is gone can't open what was recorded before (RFC 5077, 5.5).
 */
final class TicketKeys {
  private static final int KEPT = 3;
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Deque<OpenSslSessionTicketKey> keys = new ArrayDeque<>();

  TicketKeys() {
    rotate();
  }

  /** Makes a new first key; the oldest goes. */
  void rotate() {
    keys.addFirst(
        new OpenSslSessionTicketKey(
            random(OpenSslSessionTicketKey.NAME_SIZE),
            random(OpenSslSessionTicketKey.HMAC_KEY_SIZE),
            random(OpenSslSessionTicketKey.AES_KEY_SIZE)));
    if (keys.size() > KEPT) {
      keys.removeLast();
    }
  }

  OpenSslSessionTicketKey[] all() {
    return keys.toArray(OpenSslSessionTicketKey[]::new);
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    RANDOM.nextBytes(bytes);
    return bytes;
  }
}
