package io.meridian.proxy.upstream;

import io.meridian.config.Region;
import io.meridian.proxy.loop.TimerWheel;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.handler.ssl.ApplicationProtocolNames;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * A connection on its way that has more to agree upon than TCP: the PROXY header, the TLS
 * handshake, HTTP/2's SETTINGS. It is open when all of that is done, within the one time that a
 * connect may take. That loop's thread only.
 */
final class Opening extends TimerWheel.Timer {
  private final EndpointPool pool;
  private final Link link;
  private final boolean upgrade;
  private final long timeoutNanos;
  private final List<EndpointPool.Connecting> waiting = new ArrayList<>(1);
  private @Nullable Channel channel;
  private @Nullable SslHandler tls;
  private boolean over;

  Opening(EndpointPool pool, Link link, EndpointPool.Connecting first, long timeoutNanos) {
    this.pool = pool;
    this.link = link;
    this.upgrade = first.upgrade();
    this.timeoutNanos = timeoutNanos;
    waiting.add(first);
  }

  /** Another request that will have a stream of this connection; false if it takes no more. */
  boolean join(EndpointPool.Connecting next) {
    if (over || upgrade || waiting.size() >= Http2Upstream.MAX_STREAMS) {
      return false;
    }
    waiting.add(next);
    return true;
  }

  boolean upgrade() {
    return upgrade;
  }

  List<EndpointPool.Connecting> waiting() {
    return waiting;
  }

  void start(Bootstrap bootstrap) {
    pool.worker().arm(this, pool.worker().now() + timeoutNanos);
    ClientEnds client = waiting.getFirst().client();
    ChannelFuture future =
        bootstrap
            .clone()
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel ch) {
                    channel = ch;
                    prepare(ch, client);
                  }
                })
            .connect(pool.target().address());
    future.addListener(_ -> {
      if (pool.worker().loop().inEventLoop()) {
        connected(future);
      } else { // a socket that can't even be made fails on a thread of Netty's
        pool.worker().loop().execute(() -> connected(future));
      }
    });
  }

  private void prepare(Channel ch, @Nullable ClientEnds client) {
    if (link.exclusive()) {
      ch.pipeline().addLast(new ProxyHeaderFirst(link.proxyHeader(), client));
    }
    if (link.tls() != null) {
      SslHandler handler =
          upgrade
              ? link.tls().http1(ch.alloc(), link.host(), link.port())
              : link.tls().traffic(ch.alloc(), link.host(), link.port());
      tls = handler;
      ch.pipeline().addLast(handler);
    }
    ch.pipeline().addLast(new Gate());
  }

  private void connected(ChannelFuture future) {
    pool.worker().tick();
    if (!future.isSuccess()) {
      fail(EndpointPool.failure(future.cause()));
      return;
    }
    if (link.exclusive()) {
      ProxyHeaderFirst header = future.channel().pipeline().get(ProxyHeaderFirst.class);
      if (header != null) {
        header.send(future.channel().pipeline().context(header));
      }
    }
    SslHandler handler = tls;
    if (handler == null) {
      agreed(link.protocol() == Region.Protocol.HTTP2);
      return;
    }
    handler
        .handshakeFuture()
        .addListener(f -> {
          pool.worker().tick();
          if (!f.isSuccess()) {
            fail(tlsFailure(f.cause()));
          } else {
            String protocol = handler.applicationProtocol();
            boolean http2 = ApplicationProtocolNames.HTTP_2.equals(protocol);
            if (!http2 && !upgrade && link.protocol() == Region.Protocol.HTTP2) {
              fail(UpstreamFailure.PROTOCOL_UNKNOWN);
            } else {
              agreed(http2);
            }
          }
        });
  }

  private void agreed(boolean http2) {
    Channel open = channel;
    if (over || open == null) {
      return;
    }
    Gate gate = open.pipeline().get(Gate.class);
    if (!http2) {
      Http1Upstream connection = new Http1Upstream(pool, open, link);
      open.pipeline().replace(gate, null, connection);
      if (end()) {
        pool.opened(this, connection);
      }
      return;
    }
    Http2Upstream connection = Http2Upstream.create(pool, open, link, this);
    open.pipeline().addBefore(open.pipeline().context(gate).name(), null, connection);
  }

  /** The endpoint's SETTINGS have come: it speaks HTTP/2. */
  void settled(Http2Upstream connection) {
    if (end()) {
      pool.opened(this, connection);
    }
  }

  @Override
  protected void fire(long nowNanos) {
    fail(UpstreamFailure.CONNECT_TIMEOUT);
  }

  private void fail(UpstreamFailure why) {
    if (end()) {
      Channel half = channel;
      if (half != null) {
        half.close();
      }
      pool.openingFailed(this, why);
    }
  }

  /** True the first time. */
  private boolean end() {
    if (over) {
      return false;
    }
    over = true;
    pool.worker().remove(this);
    return true;
  }

  static UpstreamFailure tlsFailure(@Nullable Throwable cause) {
    for (Throwable each = cause; each != null; each = each.getCause()) {
      String message = each.getMessage() == null ? "" : each.getMessage();
      if (each instanceof GeneralSecurityException
          || message.contains("CERTIFICATE_VERIFY_FAILED")) {
        return UpstreamFailure.TLS_CERTIFICATE;
      }
      if (!(each instanceof NotSslRecordException)
          && each instanceof SSLException
          && (message.contains("_ALERT_") || message.contains("Received fatal alert"))) {
        return UpstreamFailure.TLS_ALERT;
      }
    }
    return UpstreamFailure.TLS_PROTOCOL;
  }

  /** Sees the end of a connection that is not open yet, and any fault. */
  private final class Gate extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ReferenceCountUtil.release(message); // nobody asked
      fail(UpstreamFailure.PROTOCOL_UNKNOWN);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      pool.worker().tick();
      fail(
          tls != null && !tls.handshakeFuture().isSuccess()
              ? UpstreamFailure.TLS_PROTOCOL
              : UpstreamFailure.PROTOCOL_UNKNOWN);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close(); // what it means is told by the handshake, or by the end of the connection
    }
  }
}
