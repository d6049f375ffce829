package io.meridian.proxy.cli;

import io.meridian.config.ConfigException;
import io.meridian.config.ConfigLoader;
import io.meridian.config.HostPort;
import io.meridian.proxy.cli.Arguments.UsageException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/** Where commands reach a running proxy: as {@code --admin} says, or as its configuration does. */
final class AdminAddress {
  static final Set<String> OPTIONS = Set.of("admin", "config");
  private static final String OTHERWISE = "127.0.0.1:9901";

  private AdminAddress() {}

  /**
   * An address that listens everywhere is reached by loopback.
   *
   * @throws ConfigException if the configuration is named and wrong
   */
  static HostPort of(Arguments arguments, Map<String, String> environment)
      throws UsageException, ConfigException {
    String admin = arguments.get("admin");
    String config = arguments.get("config");
    if (admin == null && config != null) {
      return reachable(new ConfigLoader(environment).load(Path.of(config)).admin().address());
    }
    return reachable(parse(admin == null ? OTHERWISE : admin));
  }

  private static HostPort parse(String text) throws UsageException {
    int colon = text.lastIndexOf(':');
    try {
      String host = colon < 0 ? "" : text.substring(0, colon);
      if (host.startsWith("[") && host.endsWith("]")) {
        host = host.substring(1, host.length() - 1);
      }
      int port = Integer.parseInt(text.substring(colon + 1));
      if (!host.isEmpty() && port > 0 && port <= 65_535) {
        return new HostPort(host, port);
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new UsageException(
        "--admin: " + text + " (expected: HOST:PORT, such as " + OTHERWISE + ")");
  }

  private static HostPort reachable(HostPort address) {
    return switch (address.host()) {
      case "0.0.0.0" -> new HostPort("127.0.0.1", address.port());
      case "::" -> new HostPort("::1", address.port());
      default -> address;
    };
  }
}
