package io.meridian.proxy.routing;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signs texts that clients keep for us: HMAC-SHA256, cut to 128 bits, in Base64url. */
final class Signature {
  private static final String ALGORITHM = "HmacSHA256";
  private static final int BYTES = 16;

  /** Of a signature as text. */
  static final int LENGTH = 22;

  private final SecretKeySpec key;

  Signature(byte[] key) {
    this.key = new SecretKeySpec(key, ALGORITHM);
  }

  String of(String text) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      byte[] full = mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
      return Base64.getUrlEncoder().withoutPadding().encodeToString(Arrays.copyOf(full, BYTES));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no " + ALGORITHM, e);
    }
  }
}
