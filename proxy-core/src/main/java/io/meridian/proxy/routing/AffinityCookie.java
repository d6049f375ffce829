package io.meridian.proxy.routing;

import io.meridian.config.Route;
import io.meridian.proxy.http.RequestHead;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The signed cookie that names a client's region. There is one value for each region, so that
 * reading one is a comparison. The signature is what keeps clients from choosing; it covers route
 * and cookie name, so that a cookie of one route says nothing on another.
 */
public final class AffinityCookie {
  private static final int SIGNATURE_BYTES = 16;

  private final byte[] name;
  private final byte[][] values; // by region index
  private final byte[][] plain; // Set-Cookie values by region index
  private final byte[][] secure;
  private final Route.Secure mode;

  /**
   * @param key of the signature
   * @param regions all regions' names, by index
   */
  AffinityCookie(String route, Route.Affinity affinity, byte[] key, List<String> regions) {
    mode = affinity.secure();
    name = FieldMatch.bytes(affinity.name());
    values = new byte[regions.size()][];
    plain = new byte[regions.size()][];
    secure = new byte[regions.size()][];
    for (int i = 0; i < values.length; i++) {
      String region = regions.get(i);
      String signed = String.join("\n", "meridian affinity", route, affinity.name(), region);
      String value = region + "." + signature(key, signed);
      String site = affinity.sameSite().name();
      String attributes =
          "; Path=/; Max-Age="
              + affinity.maxAge().toSeconds()
              + "; HttpOnly; SameSite="
              + site.charAt(0)
              + site.substring(1).toLowerCase(Locale.ROOT);
      values[i] = FieldMatch.bytes(value);
      plain[i] = FieldMatch.bytes(affinity.name() + "=" + value + attributes);
      secure[i] = FieldMatch.bytes(affinity.name() + "=" + value + attributes + "; Secure");
    }
  }

  private static String signature(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      byte[] full = mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
      return Base64.getUrlEncoder()
          .withoutPadding()
          .encodeToString(Arrays.copyOf(full, SIGNATURE_BYTES));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("no HMAC-SHA256", e);
    }
  }

  /** Index of the region that the request's cookie names; -1: none, or nothing that we signed. */
  int read(RequestHead head) {
    long found = Cookies.find(head, name);
    if (found < 0) {
      return -1;
    }
    int start = (int) (found >>> 32);
    int length = (int) found;
    int region = -1;
    for (int i = 0; i < values.length; i++) {
      if (same(values[i], head.bytes(), start, length)) {
        region = i;
      }
    }
    return region;
  }

  /** In a time that does not tell how much of it is right. */
  static boolean same(byte[] value, byte[] bytes, int start, int length) {
    if (value.length != length) {
      return false;
    }
    int different = 0;
    for (int i = 0; i < length; i++) {
      different |= value[i] ^ bytes[start + i];
    }
    return different == 0;
  }

  /**
   * The value of {@code Set-Cookie} that keeps a client at a region; not to be changed.
   *
   * @param tls whether the client came by TLS
   */
  byte[] setCookie(int region, boolean tls) {
    return tls || mode == Route.Secure.ALWAYS ? secure[region] : plain[region];
  }
}
