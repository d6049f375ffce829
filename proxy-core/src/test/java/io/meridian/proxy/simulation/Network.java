package io.meridian.proxy.simulation;

import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/** All that is outside of the proxy, in virtual time. */
final class Network {
  /** One request on its way to one host. */
  static final class Send {
    private final Request request;
    final Host host;
    final long nanos;

    /** The host has said by 503 that it did nothing. */
    boolean refused;

    Send(Request request, Host host, long nanos) {
      this.request = request;
      this.host = host;
      this.nanos = nanos;
    }

    Request request() {
      return request;
    }
  }

  private static final ThreadLocal<Network> CURRENT = new ThreadLocal<>();

  final VirtualLoop loop;
  final long seed;
  final SplittableRandom random;
  final CountingAllocator allocator = new CountingAllocator();
  final Judge judge;
  final Map<InetSocketAddress, Host> hosts = new HashMap<>();
  final List<Host> hostList = new ArrayList<>();
  final @Nullable List<String> trace;
  private final Set<VirtualChannel> channels = new LinkedHashSet<>();
  private @Nullable VirtualServerChannel server;

  Network(VirtualLoop loop, long seed, boolean traced) {
    this.loop = loop;
    this.seed = seed;
    this.random = new SplittableRandom(seed);
    this.trace = traced ? new ArrayList<>() : null;
    this.judge = new Judge(this);
    CURRENT.set(this);
  }

  static Network current() {
    return CURRENT.get();
  }

  void add(Host host) {
    hosts.put(host.address, host);
    hostList.add(host);
  }

  void listens(VirtualServerChannel channel) {
    server = channel;
  }

  /** A client's connection comes in. */
  void accept(VirtualChannel child) {
    VirtualServerChannel listening = server;
    if (listening != null) {
      listening.accept(child);
    }
  }

  void opened(VirtualChannel channel) {
    channels.add(channel);
  }

  void gone(VirtualChannel channel) {
    channels.remove(channel);
  }

  /** Connections of the proxy that are open, either way. */
  List<VirtualChannel> channels() {
    return List.copyOf(channels);
  }

  void connect(VirtualChannel channel, InetSocketAddress to) {
    Host host = hosts.get(to);
    if (host == null) {
      throw new IllegalStateException("nobody at " + to);
    }
    judge.connecting(host);
    long trip = 2 * host.halfTripNanos;
    loop.after(
        trip,
        () -> {
          if (host.dropsPackets || host.backlogFull) {
            return;
          }
          if (host.refuses) {
            channel.connectFailed(new ConnectException("Connection refused"));
          } else {
            channel.connected(new Link(this, host, channel));
          }
        });
  }

  @SuppressWarnings("AnnotateFormatMethod") // every call is run by a trace
  void say(String format, Object... values) {
    if (trace != null) {
      trace.add(
          String.format(Locale.ROOT, "%9.1f ms  ", (loop.now() - 1e12) / 1e6)
              + String.format(Locale.ROOT, format, values));
    }
  }
}
