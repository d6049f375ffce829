package io.meridian.proxy.tls;

import io.meridian.config.Pem;
import io.meridian.config.Region;
import io.meridian.config.UpstreamTls;
import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * TLS to the endpoints of one region as its files were read once; files that change make another
 * one. Sessions are taken up again as long as it lives. Any thread.
 */
public final class UpstreamTlsContext {
  private final SslContext traffic;
  private final SslContext http1;
  private final @Nullable String serverName;

  private UpstreamTlsContext(SslContext traffic, SslContext http1, @Nullable String serverName) {
    this.traffic = traffic;
    this.http1 = http1;
    this.serverName = serverName;
  }

  /**
   * Reads the files.
   *
   * @param protocol what is offered to endpoints (ALPN, RFC 7301)
   * @throws IOException if one of them can't be used
   */
  public static UpstreamTlsContext read(UpstreamTls settings, Region.Protocol protocol)
      throws IOException {
    SslContext http1 = context(settings, List.of(ApplicationProtocolNames.HTTP_1_1));
    SslContext traffic =
        switch (protocol) {
          case HTTP1 -> http1;
          case HTTP2 -> context(settings, List.of(ApplicationProtocolNames.HTTP_2));
          case AUTO ->
              context(
                  settings,
                  List.of(ApplicationProtocolNames.HTTP_2, ApplicationProtocolNames.HTTP_1_1));
        };
    return new UpstreamTlsContext(traffic, http1, settings.serverName());
  }

  private static SslContext context(UpstreamTls settings, List<String> protocols)
      throws IOException {
    try {
      SslContextBuilder builder =
          SslContextBuilder.forClient()
              .sslProvider(OpenSsl.isAvailable() ? SslProvider.OPENSSL : SslProvider.JDK)
              .protocols(settings.onlyTls13() ? List.of("TLSv1.3") : List.of("TLSv1.3", "TLSv1.2"))
              .endpointIdentificationAlgorithm(settings.verify() ? "HTTPS" : null)
              .applicationProtocolConfig(
                  new ApplicationProtocolConfig(
                      Protocol.ALPN,
                      SelectorFailureBehavior.NO_ADVERTISE,
                      SelectedListenerFailureBehavior.ACCEPT,
                      protocols));
      if (!settings.verify()) {
        builder.trustManager(InsecureTrustManagerFactory.INSTANCE);
      } else if (settings.ca() != null) {
        builder.trustManager(Pem.certificates(settings.ca()));
      }
      if (settings.certificate() != null && settings.key() != null) {
        PrivateKey key = Pem.privateKey(settings.key());
        List<X509Certificate> chain = Pem.certificates(settings.certificate());
        Pem.requirePair(chain.getFirst(), key);
        builder.keyManager(key, chain);
      }
      return builder.build();
    } catch (IOException | IllegalArgumentException e) {
      throw new IOException(words(settings) + " can't be used: " + rootOf(e), e);
    }
  }

  /** What the handshake of one connection needs. */
  public SslHandler traffic(ByteBufAllocator allocator, String host, int port) {
    return handler(traffic, allocator, host, port);
  }

  /** As {@link #traffic}, for a connection that must speak HTTP/1.1: an upgrade's, or a probe's. */
  public SslHandler http1(ByteBufAllocator allocator, String host, int port) {
    return handler(http1, allocator, host, port);
  }

  private SslHandler handler(
      SslContext context, ByteBufAllocator allocator, String host, int port) {
    SslHandler handler =
        context.newHandler(allocator, serverName == null ? host : serverName, port);
    handler.setHandshakeTimeoutMillis(0); // part of the time to connect
    return handler;
  }

  /** The files that it is made of. */
  static List<Path> files(UpstreamTls settings) {
    List<Path> files = new ArrayList<>();
    for (Path file : new @Nullable Path[] {settings.ca(), settings.certificate(), settings.key()}) {
      if (file != null) {
        files.add(file);
      }
    }
    return files;
  }

  private static String words(UpstreamTls settings) {
    return "tls: " + String.join(", ", files(settings).stream().map(Path::toString).toList());
  }

  private static String rootOf(Throwable failure) {
    Throwable root = failure;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage();
  }
}
