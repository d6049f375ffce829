package io.meridian.proxy.downstream;

import io.meridian.config.Listener;
import io.meridian.proxy.exchange.ClientConnections;
import io.meridian.proxy.exchange.Departure;
import io.meridian.proxy.telemetry.ListenerMeters;
import io.meridian.proxy.tls.ServerTls;
import io.netty.channel.Channel;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * One listener as connections find it, with its sockets and its clients. What it does with them can
 * be replaced while it is bound; its name and address can't.
 */
final class Door {
  /**
   * What new connections go by.
   *
   * @param tls null: they speak in the clear
   */
  record Settings(Listener listener, @Nullable ServerTls tls) {}

  private final int slot;
  private final ListenerMeters meters;
  private final ClientConnections connections;
  private final List<Channel> servers = new CopyOnWriteArrayList<>();
  private final ChannelGroup clients = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
  private final Departure departure = new Departure();
  private volatile Settings settings;
  private volatile long lastArrivalNanos = System.nanoTime();

  /**
   * @param slot the listener's number in snapshots
   */
  Door(int slot, ListenerMeters meters, ClientConnections connections, Settings settings) {
    this.slot = slot;
    this.meters = meters;
    this.connections = connections;
    this.settings = settings;
  }

  int slot() {
    return slot;
  }

  ListenerMeters meters() {
    return meters;
  }

  /** Of all listeners together. */
  ClientConnections connections() {
    return connections;
  }

  Settings settings() {
    return settings;
  }

  void settings(Settings next) {
    settings = next;
  }

  /** One more socket that clients connect to; it accepts when {@link #open} says so. */
  void add(Channel server) {
    servers.add(server);
  }

  /** The address that it got; null as long as it has no socket. */
  @Nullable InetSocketAddress address() {
    return servers.isEmpty() ? null : (InetSocketAddress) servers.getFirst().localAddress();
  }

  /** Accepts from now on. */
  void open() {
    servers.forEach(server -> server.config().setAutoRead(true));
  }

  /** A client has connected. */
  void entered(Channel client) {
    lastArrivalNanos = System.nanoTime();
    clients.add(client);
  }

  /** When the last client connected, by the system's ticker. */
  long lastArrivalNanos() {
    return lastArrivalNanos;
  }

  /** How far the end of its connections has come. */
  Departure departure() {
    return departure;
  }

  /**
   * Its end is near: answers end their connections, and new clients go to others that listen on its
   * address, if there are any. It accepts on.
   *
   * @return whether there are
   */
  boolean announce() {
    departure.announce();
    tell(true);
    int all = ReusePort.listening(servers);
    return all > servers.size() && ReusePort.steer(servers.getFirst(), servers.size(), all - 1);
  }

  /** Accepts no more; idle connections end now, the others with their answer. */
  void depart() {
    ReusePort.close(servers, ReusePort.listening(servers));
    departure.depart();
    tell(false);
  }

  private void tell(boolean early) {
    for (Channel client : clients) {
      client
          .eventLoop()
          .execute(() -> {
            if (client.pipeline().last() instanceof ClientConnection connection
                && (!early || connection.warns())) {
              connection.drainConnection();
            }
          });
    }
  }

  /** Nobody else listens on its address any more: the kernel spreads clients by itself. */
  boolean alone() {
    if (servers.isEmpty() || ReusePort.listening(servers) > servers.size()) {
      return false;
    }
    ReusePort.release(servers.getFirst());
    return true;
  }

  /** Connections that came by it. */
  int clients() {
    return clients.size();
  }

  /** Ends what is left. */
  void close() {
    servers.forEach(server -> server.close().awaitUninterruptibly(1_000));
    clients.close().awaitUninterruptibly(1_000);
    ServerTls tls = settings.tls();
    if (tls != null) {
      tls.close();
    }
  }
}
