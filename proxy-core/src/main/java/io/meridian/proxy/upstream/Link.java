package io.meridian.proxy.upstream;

import io.meridian.config.Region;
import io.meridian.proxy.tls.UpstreamTlsContext;
import org.jspecify.annotations.Nullable;

/**
 * How an endpoint is spoken to. Connections belong to the link that they were opened for: after a
 * change none of them is used again.
 *
 * @param generation counts the links of an endpoint; the highest is the one in force
 * @param host the URL's host, which TLS asks for and checks unless the settings name another
 * @param tls null: cleartext
 */
public record Link(
    long generation,
    Region.Protocol protocol,
    String host,
    int port,
    @Nullable UpstreamTlsContext tls,
    Region.ProxyHeader proxyHeader) {

  /** Cleartext HTTP/1.1: nothing has to be agreed upon after the connect. */
  boolean plain() {
    return tls == null
        && protocol != Region.Protocol.HTTP2
        && proxyHeader == Region.ProxyHeader.OFF;
  }

  /** Whether a connection belongs to the client that it was opened for. */
  boolean exclusive() {
    return proxyHeader != Region.ProxyHeader.OFF;
  }

  /** {@code http} or {@code https}: the scheme of requests on it (RFC 9113, 8.3.1). */
  String scheme() {
    return tls == null ? "http" : "https";
  }

  /** Whether connections of one may serve the other. */
  public boolean sameSettings(Link other) {
    return protocol == other.protocol
        && host.equals(other.host)
        && port == other.port
        && java.util.Objects.equals(tls, other.tls)
        && proxyHeader == other.proxyHeader;
  }
}
