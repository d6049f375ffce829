package io.meridian.health;

import io.meridian.config.Health;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.resolver.dns.DnsServerAddressStreamProviders;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Ticker;
import java.net.InetSocketAddress;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Runs single probes: on a connection of its own, so that a listener that takes no more connections
 * shows, or over one that has been kept, which costs a fifth. The time to connect is one round
 * trip, and so is that from the request to the answer if the endpoint does little. Each is taken
 * next to the system call. Event loop only.
 */
final class Prober implements AutoCloseable {
  private final EventLoop loop;
  private final Ticker ticker;
  private final Turns turns;
  private final ProbeTls tls;
  private final ProbePath path;
  private final ChannelFactory<SocketChannel> channels;
  private final DnsAddressResolverGroup resolver;

  Prober(
      EventLoop loop,
      Ticker ticker,
      Turns turns,
      ProbeTls tls,
      ProbePath path,
      Class<? extends SocketChannel> socketType,
      Class<? extends DatagramChannel> datagramType) {
    this.loop = loop;
    this.ticker = ticker;
    this.turns = turns;
    this.tls = tls;
    this.path = path;
    this.resolver =
        new DnsAddressResolverGroup(
            new DnsNameResolverBuilder()
                .datagramChannelType(datagramType)
                .socketChannelType(socketType)
                .nameServerProvider(DnsServerAddressStreamProviders.platformDefault()));
    this.channels = new ReflectiveChannelFactory<>(socketType);
  }

  /** What becomes of probes; one call for each, except for the last. */
  interface Result {
    /**
     * Succeeded on a connection of its own.
     *
     * @param started ticker time
     * @param connectNanos time to connect
     * @param firstByteNanos from the request to the first byte of its answer; 0 if none was sent
     * @param wholeNanos time to the verdict
     */
    void ok(long started, long connectNanos, long firstByteNanos, long wholeNanos);

    /** Succeeded over a kept connection; as above. */
    void keptOk(long started, long firstByteNanos);

    /**
     * @param unreachable nothing answered, unlike an answer that says no
     */
    void failed(long started, boolean unreachable, String cause);

    /** This process stood still, so the probe tells nothing. */
    void discarded();

    /**
     * The other side ended a connection that was kept, between probes.
     *
     * @param reused whether it had carried more than the first one
     */
    void dropped(boolean reused);
  }

  /** Which connection a probe takes. */
  enum Way {
    /** One of its own, that ends with it. */
    OWN,
    /** One of its own, that is kept if the endpoint lets it. */
    RENEWED,
    /** The kept one if there is one that is idle, else as above. */
    KEPT
  }

  /** Starts a probe; it ends by {@code timeoutNanos} at the latest. */
  void probe(ProbeTarget target, Way way, long timeoutNanos) {
    Probe probe = new Probe(target, this, ticker, timeoutNanos);
    turns.arm(probe, timeoutNanos);
    target.giveUp();
    ProbeConnection kept = target.kept;
    if (way == Way.KEPT && kept != null && kept.idle()) {
      probe.over(kept);
    } else {
      open(probe, way != Way.OWN);
    }
  }

  @Override
  public void close() {
    resolver.close();
  }

  /** Its time runs out no more. */
  void ended(Probe probe) {
    turns.cancel(probe);
  }

  /** An answer is one of those wanted. */
  void answered(ProbeTarget target, UnaryOperator<@Nullable String> fields) {
    path.answered(target.region, target.endpoint, fields);
  }

  /**
   * Opens a connection for a probe.
   *
   * @param keeps whether it may be kept after that
   */
  void open(Probe probe, boolean keeps) {
    ProbeTarget target = probe.target;
    if (target.literal != null) {
      connect(probe, target.literal, keeps);
      return;
    }
    resolver
        .getResolver(loop)
        .resolve(InetSocketAddress.createUnresolved(target.endpoint.host(), target.endpoint.port()))
        .addListener((Future<InetSocketAddress> f) -> {
          if (f.isSuccess()) {
            connect(probe, f.getNow(), keeps);
          } else {
            probe.failed(true, "name not resolved");
          }
        });
  }

  private void connect(Probe probe, InetSocketAddress address, boolean keeps) {
    if (probe.isDone()) {
      return;
    }
    SocketChannel ch;
    try {
      ch = channels.newChannel();
    } catch (ChannelException e) {
      probe.failed(true, ProbeCause.of(e));
      return;
    }
    ch.config().setConnectTimeoutMillis(0); // the probe has its own
    var connection = new ProbeConnection(probe.target, ch, probe, keeps);
    probe.connects(connection);
    loop.register(ch)
        .addListener(f -> {
          if (f.isSuccess()) {
            connect(probe, connection, ch, address);
          } else {
            probe.failed(true, ProbeCause.of(f.cause()));
          }
        });
  }

  private void connect(
      Probe probe, ProbeConnection connection, SocketChannel ch, InetSocketAddress address) {
    path.start(ch, probe.target.region);
    connection.install(handshake(probe.target, ch));
    ChannelPromise promise = ch.newPromise(); // told before the pipeline hears of it
    promise.addListener(f -> {
      if (!f.isSuccess()) {
        probe.failed(true, ProbeCause.of(f.cause()));
      } else if (!probe.isDone()) {
        probe.connected();
        if (probe.target.check instanceof Health.Tcp) {
          probe.ok();
        }
      }
    });
    probe.connects(connection);
    ch.connect(address, promise);
  }

  private @Nullable SslHandler handshake(ProbeTarget target, SocketChannel ch) {
    if (target.endpoint.secure() && tls.asTraffic(target.check)) {
      SslHandler handler = path.tls(ch, target.region, target.endpoint);
      if (handler != null) {
        return handler;
      }
    }
    SslContext context = tls.context(target.endpoint, target.check);
    if (context == null) {
      return null;
    }
    SslHandler handler =
        context.newHandler(
            ch.alloc(), tls.serverName(target.endpoint, target.check), target.endpoint.port());
    handler.setHandshakeTimeoutMillis(0);
    return handler;
  }
}
