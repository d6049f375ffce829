package io.meridian.proxy;

import io.meridian.config.Region;
import io.meridian.health.ProbePath;
import io.meridian.proxy.tls.UpstreamTlsContext;
import io.meridian.proxy.tls.UpstreamTlsFiles;
import io.meridian.proxy.upstream.ProxyHeaderFirst;
import io.netty.channel.Channel;
import io.netty.handler.ssl.SslHandler;
import org.jspecify.annotations.Nullable;

/** Probes take the way of traffic: the same PROXY header, TLS settings and server name. */
final class ProbeWay implements ProbePath {
  private final UpstreamTlsFiles tls;

  ProbeWay(UpstreamTlsFiles tls) {
    this.tls = tls;
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
