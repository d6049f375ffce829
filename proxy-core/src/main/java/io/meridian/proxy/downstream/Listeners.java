package io.meridian.proxy.downstream;

import io.meridian.config.HostPort;
import io.meridian.config.Listener;
import io.meridian.proxy.exchange.ClientConnections;
import io.meridian.proxy.exchange.LoopContext;
import io.meridian.proxy.exchange.Peer;
import io.meridian.proxy.loop.Transport;
import io.meridian.proxy.telemetry.ListenerMeters;
import io.meridian.proxy.telemetry.Rejection;
import io.meridian.proxy.telemetry.Telemetry;
import io.meridian.proxy.upstream.Pools;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The sockets that clients connect to. With SO_REUSEPORT every event loop accepts on a socket of
 * its own, so that a connection never changes threads; else one socket hands them out.
 */
public final class Listeners implements AutoCloseable {
  private static final int BACKLOG = 1024;

  private final Transport transport;
  private final EventLoopGroup group;
  private final Map<EventLoop, LoopContext> contexts = new HashMap<>();
  private final Telemetry telemetry;
  private final List<Channel> servers = new ArrayList<>();
  private final List<Bound> bound = new ArrayList<>();
  private final ChannelGroup clients = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final ClientConnections connections;

  /** A listener and the address that it got. */
  public record Bound(Listener listener, InetSocketAddress address) {}

  public Listeners(
      Transport transport,
      EventLoopGroup group,
      List<LoopContext> contexts,
      Telemetry telemetry,
      ClientConnections connections) {
    this.transport = transport;
    this.group = group;
    contexts.forEach(context -> this.contexts.put(context.worker().loop(), context));
    this.telemetry = telemetry;
    this.connections = connections;
  }

  /**
   * Binds a listener.
   *
   * @param index its place in the configuration
   * @throws IOException if the address can't be bound
   */
  public void bind(int index, Listener listener) throws IOException {
    HostPort at = listener.address();
    InetSocketAddress address = new InetSocketAddress(at.host(), at.port());
    ListenerMeters meters = telemetry.listener(listener.name());
    ChannelOption<Boolean> reusePort = transport.reusePort();
    List<EventLoopGroup> acceptors = new ArrayList<>();
    if (reusePort == null) {
      acceptors.add(group);
    } else {
      acceptors.addAll(contexts.keySet());
    }
    for (EventLoopGroup acceptor : acceptors) {
      ServerBootstrap bootstrap =
          new ServerBootstrap()
              .group(acceptor, acceptor)
              .channel(transport.serverChannel())
              .option(ChannelOption.SO_BACKLOG, BACKLOG)
              .option(ChannelOption.SO_REUSEADDR, true)
              .childOption(ChannelOption.TCP_NODELAY, true)
              .childOption(ChannelOption.SO_KEEPALIVE, true)
              .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, Pools.WATER_MARK)
              .childHandler(
                  new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                      accept(channel, index, listener, meters);
                    }
                  });
      if (reusePort != null) {
        bootstrap.option(reusePort, true);
      }
      var future = bootstrap.bind(address).awaitUninterruptibly();
      if (!future.isSuccess()) {
        String why = String.valueOf(future.cause().getMessage());
        throw new IOException(
            "listener " + listener.name() + ": " + at + ": " + why, future.cause());
      }
      servers.add(future.channel());
      // Port 0 is chosen once, for all loops.
      address = (InetSocketAddress) future.channel().localAddress();
    }
    bound.add(new Bound(listener, address));
  }

  /** What is bound, in the order of binding. */
  public List<Bound> bound() {
    return List.copyOf(bound);
  }

  /** Client connections open now. */
  public int connections() {
    return connections.open();
  }

  private void accept(Channel channel, int index, Listener listener, ListenerMeters meters) {
    LoopContext context = contexts.get(channel.eventLoop());
    if (context == null
        || !(channel.remoteAddress() instanceof InetSocketAddress remote)
        || !(channel.localAddress() instanceof InetSocketAddress local)) {
      channel.close(); // gone before it was looked at
      return;
    }
    int loop = context.worker().index();
    context.worker().tick();
    boolean entered = connections.enter();
    if (!entered || connections.crowded()) {
      boolean room = context.clients().makeRoom();
      if (!entered) {
        entered = room && connections.enter();
      }
    }
    if (!entered) {
      meters.refused(loop);
      meters.rejected(loop, Rejection.CONNECTIONS);
      channel.close();
      return;
    }
    channel.closeFuture().addListener(_ -> connections.leave());
    Peer peer = new Peer(index, listener, meters, remote, local);
    if (!peer.trusted()) {
      ClientConnections.Slot slot = connections.enter(peer.address());
      if (slot == null) {
        meters.refused(loop);
        meters.rejected(loop, Rejection.CLIENT_CONNECTIONS);
        channel.close();
        return;
      }
      channel.closeFuture().addListener(_ -> slot.leave());
    }
    clients.add(channel);
    if (transport.sharesReceiveBuffer()) {
      channel.config().setRecvByteBufAllocator(context.worker().receiveBuffer());
    }
    channel.pipeline().addLast(new Http1Downstream(context, channel, peer));
  }

  /** Accepts no more; idle connections end now, the others with their answer. */
  public void drain() {
    servers.forEach(server -> server.close().awaitUninterruptibly());
    for (Channel client : clients) {
      client
          .eventLoop()
          .execute(() -> {
            Http1Downstream handler = client.pipeline().get(Http1Downstream.class);
            if (handler != null) {
              handler.drainConnection();
            }
            Http2Connection http2 = client.pipeline().get(Http2Connection.class);
            if (http2 != null) {
              http2.drainConnection();
            }
          });
    }
  }

  /** Ends what is left. */
  @Override
  public void close() {
    servers.forEach(Channel::close);
    clients.close().awaitUninterruptibly(1_000);
  }
}
