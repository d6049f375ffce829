package io.meridian.proxy.admin;

import io.netty.util.NetUtil;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Whether a Host field names this server. A page on a foreign site can make a browser call us under
 * a name that it controls (DNS rebinding); it can't under an address, nor under a name of ours. A
 * request without the field is from no browser.
 */
final class HostGuard {
  private final String configured;

  /**
   * @param configured the host that the admin address is configured with
   */
  HostGuard(String configured) {
    this.configured = configured.toLowerCase(Locale.ROOT);
  }

  boolean admits(@Nullable String field) {
    if (field == null) {
      return true;
    }
    String host = withoutPort(field.toLowerCase(Locale.ROOT));
    return host.equals("localhost")
        || host.endsWith(".localhost") // RFC 6761, 6.3
        || host.equals(configured)
        || NetUtil.isValidIpV4Address(host)
        || NetUtil.isValidIpV6Address(host);
  }

  private static String withoutPort(String host) {
    if (host.startsWith("[")) {
      int end = host.indexOf(']');
      return end < 0 ? host : host.substring(1, end);
    }
    int colon = host.indexOf(':');
    return colon < 0 ? host : host.substring(0, colon);
  }
}
