package io.meridian.proxy.admin;

import io.meridian.config.HostPort;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The admin address: HTTP/1.1 on an event loop of its own, so that neither a slow scraper delays
 * traffic nor traffic a probe. Changes need a token.
 */
public final class AdminServer implements AutoCloseable {
  private static final int MAX_BODY = 64 * 1024;
  private static final int MAX_CONNECTIONS = 256;
  private static final int MAX_WAITING = 64;
  private static final int IDLE_SECONDS = 60;

  private final EventLoopGroup loop =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("admin", true), NioIoHandler.newFactory());
  private final ThreadPoolExecutor worker =
      new ThreadPoolExecutor(
          1,
          1,
          IDLE_SECONDS,
          TimeUnit.SECONDS,
          new ArrayBlockingQueue<>(MAX_WAITING),
          new DefaultThreadFactory("admin-worker", true));
  private final ChannelGroup connections = new DefaultChannelGroup(loop.next());
  private final LiveStream stream;
  private final Channel server;

  /**
   * Binds and serves at once.
   *
   * @param address port 0: any that is free
   * @throws IOException if it can't be bound
   */
  public AdminServer(HostPort address, AdminApi api) throws IOException {
    worker.allowCoreThreadTimeOut(true);
    AdminRoutes routes = new AdminRoutes(api, new HostGuard(address.host()));
    stream = new LiveStream(api, loop.next(), worker);
    api.onChange(stream::changed);
    ChannelFuture bound =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childHandler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    accepted(channel, routes);
                  }
                })
            .bind(new InetSocketAddress(address.host(), address.port()))
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      close(null);
      throw new IOException("admin address " + address + " can't be bound", bound.cause());
    }
    server = bound.channel();
  }

  /** What it is bound to. */
  public InetSocketAddress address() {
    return (InetSocketAddress) server.localAddress();
  }

  /** How many follow the event stream now; any thread. */
  int streamReaders() {
    return stream.readers();
  }

  private void accepted(SocketChannel channel, AdminRoutes routes) {
    if (connections.size() >= MAX_CONNECTIONS) {
      channel.close();
      return;
    }
    connections.add(channel);
    channel
        .pipeline()
        .addLast(
            new IdleStateHandler(0, 0, IDLE_SECONDS),
            new HttpServerCodec(),
            new HttpServerKeepAliveHandler(),
            new HttpObjectAggregator(MAX_BODY),
            new AdminHandler(routes, stream, worker));
  }

  @Override
  public void close() {
    close(server);
  }

  private void close(@Nullable Channel listening) {
    if (listening != null) {
      listening.close().awaitUninterruptibly();
    }
    connections.close().awaitUninterruptibly();
    worker.shutdownNow();
    loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }
}
