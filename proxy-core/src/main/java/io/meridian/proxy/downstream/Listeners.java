package io.meridian.proxy.downstream;

import io.meridian.config.HostPort;
import io.meridian.config.Listener;
import io.meridian.config.ListenerTls;
import io.meridian.proxy.downstream.Door.Settings;
import io.meridian.proxy.exchange.ClientConnections;
import io.meridian.proxy.exchange.ListenerSlots;
import io.meridian.proxy.exchange.LoopContext;
import io.meridian.proxy.loop.Transport;
import io.meridian.proxy.loop.Worker;
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
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * The sockets that clients connect to. With SO_REUSEPORT every event loop accepts on a socket of
 * its own, so that a connection never changes threads; else one socket hands them out.
 *
 * <p>Changes come one at a time. A listener that a change takes away accepts no more, and its
 * connections end with their next answer; one whose address changes is another listener.
 */
public final class Listeners implements AutoCloseable {
  private static final int BACKLOG = 1024;

  private final Transport transport;
  private final EventLoopGroup group;
  private final Map<EventLoop, LoopContext> contexts = new LinkedHashMap<>();
  private final Telemetry telemetry;
  private final ListenerSlots slots;
  private final List<Door> doors = new CopyOnWriteArrayList<>(); // in the file's order
  private final List<Door> leaving = new CopyOnWriteArrayList<>();
  private final TlsWatch watch = new TlsWatch();
  private final ClientConnections connections;

  /** A listener and the address that it got. */
  public record Bound(Listener listener, InetSocketAddress address) {}

  /**
   * @param slots shared with whoever makes snapshots
   */
  public Listeners(
      Transport transport,
      EventLoopGroup group,
      List<LoopContext> contexts,
      Telemetry telemetry,
      ListenerSlots slots,
      ClientConnections connections) {
    this.transport = transport;
    this.group = group;
    contexts.forEach(context -> this.contexts.put(context.worker().loop(), context));
    this.telemetry = telemetry;
    this.slots = slots;
    this.connections = connections;
  }

  /** Other listeners, with their sockets and what was made of their files; not in use yet. */
  public final class Change {
    private final List<Door> wanted = new ArrayList<>();
    private final List<Door> added = new ArrayList<>();
    private final Map<Door, Settings> settings = new HashMap<>();
    private final Map<ServerTls, ServerTls.Loaded> loaded = new HashMap<>();

    private void add(Listener listener) throws IOException {
      Door door = find(listener);
      ServerTls current = door == null ? null : door.settings().tls();
      ListenerTls config = listener.tls();
      Settings next = new Settings(listener, null);
      if (config != null) {
        ServerTls tls =
            current != null
                ? current
                : new ServerTls(listener.name(), telemetry.tls(listener.name()), System.nanoTime());
        loaded.put(tls, tls.load(config, ClientPipeline.protocols(listener)));
        next = new Settings(listener, tls);
      }
      if (door == null) {
        ListenerMeters meters = telemetry.listener(listener.name());
        door = new Door(slots.of(listener.name()), meters, connections, next);
        added.add(door);
        bind(door);
      }
      wanted.add(door);
      settings.put(door, next);
    }

    /**
     * New connections go by it; those that are open stay as they are, but for those of listeners
     * that are gone.
     *
     * @return the listeners that are gone, which {@link Listeners#leave} is to end
     */
    public List<Bound> apply() {
      loaded.forEach(ServerTls::use);
      for (Door door : wanted) {
        ServerTls before = added.contains(door) ? null : door.settings().tls();
        Settings next = java.util.Objects.requireNonNull(settings.get(door));
        door.settings(next);
        if (before != null && next.tls() == null) {
          watch.remove(before);
          before.close();
        } else if (next.tls() != null && before == null) {
          watch.add(next.tls());
        }
      }
      List<Door> gone = new ArrayList<>(doors);
      gone.removeAll(wanted);
      leaving.addAll(gone);
      doors.addAll(added);
      doors.retainAll(wanted);
      doors.sort(java.util.Comparator.comparingInt(wanted::indexOf));
      added.forEach(Door::open);
      return Listeners.bound(gone);
    }

    /** It is not to be applied. */
    public void discard() {
      loaded.values().forEach(ServerTls.Loaded::close);
      added.forEach(Door::close);
    }
  }

  /** The listener that stays one: by name and address. */
  private @Nullable Door find(Listener listener) {
    for (Door door : doors) {
      Listener bound = door.settings().listener();
      if (bound.name().equals(listener.name()) && bound.address().equals(listener.address())) {
        return door;
      }
    }
    return null;
  }

  /**
   * Binds what is new and reads the files of all; nothing is accepted yet, and what is there stays
   * as it is.
   *
   * @throws IOException if a file can't be used, or an address not be bound
   */
  public Change prepare(List<Listener> listeners) throws IOException {
    Change change = new Change();
    try {
      for (Listener listener : listeners) {
        change.add(listener);
      }
      return change;
    } catch (IOException | RuntimeException e) {
      change.discard();
      throw e;
    }
  }

  private void bind(Door door) throws IOException {
    Listener listener = door.settings().listener();
    HostPort at = listener.address();
    InetSocketAddress address = new InetSocketAddress(at.host(), at.port());
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
              .channelFactory(transport.listeners(worker(acceptor)))
              .option(ChannelOption.AUTO_READ, false)
              .option(ChannelOption.SO_BACKLOG, BACKLOG)
              .option(ChannelOption.SO_REUSEADDR, true)
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
      // TCP_NODELAY is what Netty's sockets begin with.
      if (transport.inheritedKeepAlive() != null) {
        bootstrap.option(transport.inheritedKeepAlive(), 1);
      } else {
        bootstrap.childOption(ChannelOption.SO_KEEPALIVE, true);
      }
      var future = bootstrap.bind(address).awaitUninterruptibly();
      if (!future.isSuccess()) {
        String why = String.valueOf(future.cause().getMessage());
        throw new IOException(
            "listener " + listener.name() + ": " + at + ": " + why, future.cause());
      }
      door.add(future.channel());
      // Port 0 is chosen once, for all loops.
      address = (InetSocketAddress) future.channel().localAddress();
    }
  }

  /** The one that accepts for itself; null: it accepts for all. */
  private @Nullable Worker worker(EventLoopGroup acceptor) {
    LoopContext context = acceptor instanceof EventLoop loop ? contexts.get(loop) : null;
    return context == null ? null : context.worker();
  }

  /** What is bound, in the order of the file. */
  public List<Bound> bound() {
    return bound(doors);
  }

  private static List<Bound> bound(List<Door> doors) {
    List<Bound> all = new ArrayList<>();
    for (Door door : doors) {
      InetSocketAddress address = door.address();
      if (address != null) {
        all.add(new Bound(door.settings().listener(), address));
      }
    }
    return all;
  }

  /** Client connections open now. */
  public int connections() {
    return connections.open();
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
    door.entered(channel);
    meters.accepted(loop);
    channel.closeFuture().addListener(_ -> meters.closed(loop));
    Settings settings = door.settings();
    // TLS keeps a record until all of it is there, which would keep the shared buffer from others.
    boolean shared = settings.tls() == null && transport.sharesReceiveBuffer();
    channel.config().setRecvByteBufAllocator(context.worker().receiveBuffer(shared));
    new ClientPipeline(context, channel, door, settings, remote, local).start();
  }

  /** The first step of the end of listeners that a change took away: see {@link Door#announce}. */
  public void leave() {
    leaving.forEach(Door::announce);
  }

  /**
   * The second step: they accept no more, and idle connections end.
   *
   * @return whether nothing is left of any of them
   */
  public synchronized boolean left() {
    for (Door door : List.copyOf(leaving)) {
      if (!door.departure().due()) {
        door.depart();
      }
      if (door.clients() == 0) {
        leaving.remove(door);
        ServerTls tls = door.settings().tls();
        if (tls != null) {
          watch.remove(tls);
        }
        door.close();
      }
    }
    doors.forEach(Door::alone);
    return leaving.isEmpty();
  }

  /**
   * The process stops: answers end their connections from now on. It accepts on, but where another
   * process listens on the same addresses new clients go there.
   *
   * @return whether one does
   */
  public boolean announce() {
    boolean beside = false;
    for (Door door : doors) {
      beside |= door.announce();
    }
    return beside;
  }

  /** Whether another process listens on an address of ours; else all new clients come to us. */
  public boolean alone() {
    boolean alone = true;
    for (Door door : doors) {
      alone &= door.alone();
    }
    return alone;
  }

  /** How long no client has connected, in nanoseconds. */
  public long quietNanos() {
    long now = System.nanoTime();
    long quiet = Long.MAX_VALUE;
    for (Door door : doors) {
      quiet = Math.min(quiet, now - door.lastArrivalNanos());
    }
    return quiet;
  }

  /** Accepts no more; idle connections end now, the others with their answer. */
  public void drain() {
    doors.forEach(Door::depart);
    leaving.forEach(Door::depart);
  }

  /** Ends what is left. */
  @Override
  public void close() {
    doors.forEach(Door::close);
    leaving.forEach(Door::close);
    watch.close();
  }
}
