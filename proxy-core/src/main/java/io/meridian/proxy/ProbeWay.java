package io.meridian.proxy;

import io.meridian.config.Region;
import io.meridian.health.ProbePath;
import io.meridian.proxy.tls.UpstreamTlsContext;
import io.meridian.proxy.tls.UpstreamTlsFiles;
import io.meridian.proxy.upstream.ProxyHeaderFirst;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Probes take the way of traffic: the same PROXY header, TLS settings and server name. */
final class ProbeWay implements ProbePath {
  /** Hears what answers to probes say. */
  interface Listener {
    void answered(String region, String endpoint, UnaryOperator<@Nullable String> fields);
  }

  private final UpstreamTlsFiles tls;
  private final Listener listener;

  ProbeWay(UpstreamTlsFiles tls, Listener listener) {
    this.tls = tls;
    this.listener = listener;
  }

  @Override
  public void answered(
      String region, Region.Endpoint endpoint, UnaryOperator<@Nullable String> fields) {
    listener.answered(region, endpoint.name(), fields);
  }

  @Override
  public void start(Channel channel, String name) {
    Region region = tls.region(name);
    if (region != null && region.sendProxyProtocol() != Region.ProxyHeader.OFF) {
      channel.pipeline().addLast(new ProxyHeaderFirst(region.sendProxyProtocol(), null));
    }
  }

  @Override
  public @Nullable SslHandler tls(Channel channel, String name, Region.Endpoint endpoint) {
    Region region = tls.region(name);
    UpstreamTlsContext context = region == null ? null : tls.context(region, endpoint);
    return context == null
        ? null
        : context.http1(channel.alloc(), endpoint.host(), endpoint.port());
  }
}
