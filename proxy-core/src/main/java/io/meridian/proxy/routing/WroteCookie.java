package io.meridian.proxy.routing;

import io.meridian.config.Data.ReadYourWrites;
import io.meridian.config.Route;
import io.meridian.proxy.http.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The signed cookie of a client that has written: where, up to which position if that is known, and
 * until when it matters. The signature covers route and cookie name, so that a cookie of one route
 * says nothing on another. Immutable.
 */
final class WroteCookie {
  private static final int MAX_LENGTH = 63 + 1 + 16 + 1 + 16 + 1 + Signature.LENGTH;

  private final String context;
  private final ReadYourWrites rule;
  private final byte[] name;
  private final List<String> regions;
  private final Signature signature;

  /**
   * What a cookie says.
   *
   * @param region index of the region that has what was written
   * @param position of the write; {@link Replicas#UNKNOWN}: not known
   */
  record Wrote(int region, long position) {}

  /**
   * @param regions all regions' names, by index
   */
  WroteCookie(String route, ReadYourWrites rule, byte[] key, List<String> regions) {
    this.rule = rule;
    this.name = FieldMatch.bytes(rule.name());
    this.regions = regions;
    this.signature = new Signature(key);
    this.context = String.join("\n", "meridian wrote", route, rule.name(), "");
  }

  /** What the request's cookie says; null: there is none that we signed and that still matters. */
  @Nullable Wrote read(RequestHead head, long epochSeconds) {
    long found = Cookies.find(head, name);
    int length = (int) found;
    if (found < 0 || length > MAX_LENGTH) {
      return null;
    }
    String value = head.text((int) (found >>> 32), length);
    int sign = value.lastIndexOf('.');
    int position = value.lastIndexOf('.', sign - 1);
    int until = value.lastIndexOf('.', position - 1);
    if (until <= 0 || value.length() - sign - 1 != Signature.LENGTH) {
      return null;
    }
    long end = hex(value.substring(until + 1, position));
    if (end < epochSeconds) {
      return null;
    }
    int region = regions.indexOf(value.substring(0, until));
    String place = value.substring(position + 1, sign);
    long at = place.isEmpty() ? Replicas.UNKNOWN : hex(place);
    if (region < 0 || (at < 0 && !place.isEmpty())) {
      return null;
    }
    byte[] expected = FieldMatch.bytes(signature.of(context + value.substring(0, sign)));
    byte[] given = FieldMatch.bytes(value.substring(sign + 1));
    return AffinityCookie.same(expected, given, 0, given.length) ? new Wrote(region, at) : null;
  }

  private static long hex(String text) {
    if (text.isEmpty() || text.length() > 16) {
      return -1;
    }
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f')) {
        return -1;
      }
    }
    return text.length() == 16 && text.charAt(0) > '7' ? -1 : Long.parseLong(text, 16);
  }

  /**
   * The value of {@code Set-Cookie} after a write.
   *
   * @param region that answered; the rule may name another
   * @param position of the write; {@link Replicas#UNKNOWN}: not known
   * @param tls whether the client came by TLS
   */
  byte @Nullable [] setCookie(String region, long position, long epochSeconds, boolean tls) {
    String at = rule.region() == null ? region : rule.region();
    if (!regions.contains(at)) {
      return null;
    }
    long seconds =
        Math.max(1, (position < 0 ? rule.keep() : rule.atMost()).toMillis() + 999) / 1000;
    String said =
        at
            + "."
            + Long.toHexString(epochSeconds + seconds)
            + "."
            + (position < 0 ? "" : Long.toHexString(position));
    String site = rule.sameSite().name();
    String cookie =
        rule.name()
            + "="
            + said
            + "."
            + signature.of(context + said)
            + "; Path=/; Max-Age="
            + seconds
            + "; HttpOnly; SameSite="
            + site.charAt(0)
            + site.substring(1).toLowerCase(Locale.ROOT)
            + (tls || rule.secure() == Route.Secure.ALWAYS ? "; Secure" : "");
    return cookie.getBytes(StandardCharsets.US_ASCII);
  }
}
