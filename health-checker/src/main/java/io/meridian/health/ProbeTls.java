package io.meridian.health;

import io.meridian.config.Health;
import io.meridian.config.Region;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * TLS of probes where {@link ProbePath} has none. An HTTPS answer is believed only from a
 * certificate that the platform trusts and that names the host; a bare handshake asks whether TLS
 * is alive, not whose it is.
 */
final class ProbeTls {
  private final SslContext https;
  private final SslContext handshake;

  ProbeTls() throws SSLException {
    this(SslContextBuilder.forClient().endpointIdentificationAlgorithm("HTTPS").build());
  }

  /**
   * @param https what HTTPS probes use
   */
  ProbeTls(SslContext https) throws SSLException {
    this.https = https;
    this.handshake =
        SslContextBuilder.forClient()
            .trustManager(InsecureTrustManagerFactory.INSTANCE)
            .endpointIdentificationAlgorithm(null)
            .build();
  }

  /** Whether a probe of an {@code https} endpoint goes the way of traffic. */
  boolean asTraffic(Health.Check check) {
    return switch (check) {
      case Health.Http _ -> true;
      case Health.Tcp _ -> false;
      case Health.Tls(var name) -> name == null;
    };
  }

  /** Null if the probe speaks no TLS. */
  @Nullable SslContext context(Region.Endpoint endpoint, Health.Check check) {
    return switch (check) {
      case Health.Http _ -> endpoint.url().getScheme().equals("https") ? https : null;
      case Health.Tcp _ -> null;
      case Health.Tls _ -> handshake;
    };
  }

  String serverName(Region.Endpoint endpoint, Health.Check check) {
    return check instanceof Health.Tls(var name) && name != null ? name : endpoint.host();
  }
}
