package io.meridian.proxy.demo;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * One region: an HTTP server that answers as late as the region is far. It can be killed, slowed
 * down and healed. Any thread, but no event loop: it waits for sockets.
 */
final class RegionServer implements AutoCloseable {
  private static final int MAX_BODY = 1 << 20;

  private final DemoRegion region;
  private final EventLoopGroup group;
  private final ChannelGroup clients = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final LongAdder answered = new LongAdder();
  private final InetAddress address;
  private final int port;
  private @Nullable Channel server; // guarded by this
  private volatile long extraNanos;

  /** On loopback, at a port that is free. */
  RegionServer(DemoRegion region, EventLoopGroup group) throws IOException {
    this(region, group, InetAddress.getLoopbackAddress(), 0);
  }

  /**
   * @param port 0: any that is free
   */
  RegionServer(DemoRegion region, EventLoopGroup group, InetAddress address, int port)
      throws IOException {
    this.region = region;
    this.group = group;
    this.address = address;
    this.port = open(port);
  }

  DemoRegion region() {
    return region;
  }

  int port() {
    return port;
  }

  /** Requests answered since the start, probes not counted. */
  long answered() {
    return answered.sum();
  }

  void countAnswer() {
    answered.increment();
  }

  /** How late an answer starts. */
  long delayNanos() {
    return Math.round(region.roundTripMillis() * 1e6) + extraNanos;
  }

  /** The region is gone: its port refuses, and every connection to it is cut. */
  synchronized void kill() {
    Channel open = server;
    if (open != null) {
      server = null;
      open.close().awaitUninterruptibly();
      clients.close().awaitUninterruptibly();
    }
  }

  /** Answers come this much later than the distance says. */
  void slow(Duration extra) {
    extraNanos = extra.toNanos();
  }

  /**
   * As it was at the start.
   *
   * @throws IOException if its port is taken by somebody else
   */
  synchronized void heal() throws IOException {
    extraNanos = 0;
    if (server == null) {
      open(port);
    }
  }

  @Override
  public void close() {
    kill();
  }

  private synchronized int open(int at) throws IOException {
    var bound =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 1024)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    accept(channel);
                  }
                })
            .bind(address, at)
            .awaitUninterruptibly();
    if (!bound.isSuccess()) {
      String why = String.valueOf(bound.cause().getMessage());
      throw new IOException("region " + region.name() + ": port " + at + ": " + why, bound.cause());
    }
    server = bound.channel();
    return ((InetSocketAddress) bound.channel().localAddress()).getPort();
  }

  private void accept(Channel channel) {
    clients.add(channel);
    channel
        .pipeline()
        .addLast(new HttpServerCodec())
        .addLast(new HttpServerKeepAliveHandler())
        .addLast(new HttpObjectAggregator(MAX_BODY))
        .addLast(new RegionHandler(this));
  }
}
