package io.meridian.config;

import java.net.URI;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One region: its endpoints, and where it stands.
 *
 * @param location null: unknown; the latency prior is then 100 ms
 * @param weight its share among regions that are equally near (0 to 1000); null: the nearest takes
 *     all
 * @param dial percent of the traffic it would get that it may get, 0 to 100
 */
public record Region(
    String name,
    @Nullable Coordinates location,
    @Nullable Integer weight,
    int dial,
    List<Endpoint> endpoints) {

  /**
   * One address that can serve requests.
   *
   * @param url {@code http://host:port}, without path, query or user
   * @param weight relative to the other endpoints of its region, 1 to 1000
   */
  public record Endpoint(URI url, int weight) {
    /** The port to connect to: the URL's, or its scheme's. */
    public int port() {
      return url.getPort() >= 0 ? url.getPort() : url.getScheme().equals("https") ? 443 : 80;
    }

    /** The host to connect to, without brackets. */
    public String host() {
      String host = url.getHost();
      return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    /** {@code host:port}: what logs, metrics and the API call this endpoint. */
    public String name() {
      return new HostPort(host(), port()).toString();
    }
  }
}
