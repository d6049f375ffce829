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
 * is alive, not whose it is. Nothing of TLS is loaded before the first probe that speaks it: that
 * takes longer than all else at the start. The prober's loop only.
 */
final class ProbeTls {
  private @Nullable SslContext https;
  private @Nullable SslContext handshake;

  ProbeTls() {}

  /**
   * @param https what HTTPS probes use
   */
  ProbeTls(SslContext https) {
    this.https = https;
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
      case Health.Http _ -> endpoint.url().getScheme().equals("https") ? https() : null;
      case Health.Tcp _ -> null;
      case Health.Tls _ -> handshake();
    };
  }

  String serverName(Region.Endpoint endpoint, Health.Check check) {
    return check instanceof Health.Tls(var name) && name != null ? name : endpoint.host();
  }

  private SslContext https() {
    SslContext made = https;
    if (made == null) {
      made = build(SslContextBuilder.forClient().endpointIdentificationAlgorithm("HTTPS"));
      https = made;
    }
    return made;
  }

  private SslContext handshake() {
    SslContext made = handshake;
    if (made == null) {
      made =
          build(
              SslContextBuilder.forClient()
                  .trustManager(InsecureTrustManagerFactory.INSTANCE)
                  .endpointIdentificationAlgorithm(null));
      handshake = made;
    }
    return made;
  }

  private static SslContext build(SslContextBuilder builder) {
    try {
      return builder.build();
    } catch (SSLException e) {
      throw new IllegalStateException("this platform has no TLS", e);
    }
  }
}
