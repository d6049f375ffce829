package io.meridian.proxy.downstream;

import io.meridian.config.HostPort;
import io.meridian.config.Listener;
import io.meridian.config.ListenerTls;
import io.meridian.proxy.downstream.Door.Settings;
import io.meridian.proxy.exchange.ClientConnections;
import io.meridian.proxy.exchange.LoopContext;
import io.meridian.proxy.loop.Transport;
import io.meridian.proxy.telemetry.ListenerMeters;
import io.meridian.proxy.telemetry.Rejection;
import io.meridian.proxy.telemetry.Telemetry;
import io.meridian.proxy.tls.ServerTls;
import io.meridian.proxy.tls.TlsWatch;
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
  private final List<Door> doors = new ArrayList<>();
  private final TlsWatch watch = new TlsWatch();
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
    Door door = new Door(index, meters, connections, settings(listener));
    doors.add(door);
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
                      accept(channel, door);
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

  /** Other settings of the same listeners, with what was made of their files. */
  public final class Change {
    private final List<Settings> settings = new ArrayList<>();
    private final Map<ServerTls, ServerTls.Loaded> loaded = new HashMap<>();

    private void add(Door door, Listener listener) throws IOException {
      ListenerTls config = listener.tls();
      if (config == null) {
        settings.add(new Settings(listener, null));
        return;
      }
      ServerTls current = door.settings().tls();
      ServerTls tls = current == null ? tls(listener) : current;
      loaded.put(tls, tls.load(config, ClientPipeline.protocols(listener)));
      settings.add(new Settings(listener, tls));
    }

    /** New connections go by it; those that are open stay as they are. */
    public void apply() {
      loaded.forEach(ServerTls::use);
      for (int i = 0; i < settings.size(); i++) {
        Door door = doors.get(i);
        ServerTls before = door.settings().tls();
        Settings next = settings.get(i);
        door.settings(next);
        if (before != null && next.tls() == null) {
          watch.remove(before);
          before.close();
        } else if (next.tls() != null && before == null) {
          watch.add(next.tls());
        }
      }
    }

    /** It is not to be applied. */
    public void discard() {
      loaded.values().forEach(ServerTls.Loaded::close);
    }
  }

  /**
   * Reads the files of another configuration of the same listeners; nothing changes yet.
   *
   * @param listeners with the names and addresses of those that are bound, in their order
   * @throws IOException if a file can't be used
   */
  public Change prepare(List<Listener> listeners) throws IOException {
    Change change = new Change();
    try {
      for (int i = 0; i < doors.size(); i++) {
        change.add(doors.get(i), listeners.get(i));
      }
      return change;
    } catch (IOException e) {
      change.discard();
      throw e;
    }
  }

  /** What is bound, in the order of binding. */
  public List<Bound> bound() {
    return List.copyOf(bound);
  }

  /** Client connections open now. */
  public int connections() {
    return connections.open();
  }

  private Settings settings(Listener listener) throws IOException {
    ListenerTls config = listener.tls();
    if (config == null) {
      return new Settings(listener, null);
    }
    ServerTls tls = tls(listener);
    tls.use(tls.load(config, ClientPipeline.protocols(listener)));
    watch.add(tls);
    return new Settings(listener, tls);
  }

  private ServerTls tls(Listener listener) {
    return new ServerTls(listener.name(), telemetry.tls(listener.name()), System.nanoTime());
  }

  private void accept(Channel channel, Door door) {
    ListenerMeters meters = door.meters();
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
    clients.add(channel);
    meters.accepted(loop);
    channel.closeFuture().addListener(_ -> meters.closed(loop));
    Settings settings = door.settings();
    // TLS keeps a record until all of it is there, which would keep the shared buffer from others.
    boolean shared = settings.tls() == null && transport.sharesReceiveBuffer();
    channel.config().setRecvByteBufAllocator(context.worker().receiveBuffer(shared));
    new ClientPipeline(context, channel, door, settings, remote, local).start();
  }

  /** Accepts no more; idle connections end now, the others with their answer. */
  public void drain() {
    servers.forEach(server -> server.close().awaitUninterruptibly());
    for (Channel client : clients) {
      client
          .eventLoop()
          .execute(() -> {
            if (client.pipeline().last() instanceof ClientConnection connection) {
              connection.drainConnection();
            }
          });
    }
  }

  /** Ends what is left. */
  @Override
  public void close() {
    servers.forEach(server -> server.close().awaitUninterruptibly(1_000));
    clients.close().awaitUninterruptibly(1_000);
    watch.close();
    for (Door door : doors) {
      ServerTls tls = door.settings().tls();
      if (tls != null) {
        tls.close();
      }
    }
  }
}
