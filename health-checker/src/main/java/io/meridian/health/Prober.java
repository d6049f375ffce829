package io.meridian.health;

import io.meridian.config.Health;
import io.meridian.config.Region;
import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
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
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Ticker;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Runs single probes, each on a connection of its own, so that a listener that takes no more
 * connections shows. The time to connect is one round trip, and so is that from the request to the
 * answer if the endpoint does little. Each is taken next to the system call. Event loop only.
 */
final class Prober implements AutoCloseable {
  /** A timer that fires this much late tells of this process, not of the endpoint. */
  private static final long OWN_STALL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  private final EventLoop loop;
  private final Ticker ticker;
  private final ProbeTls tls;
  private final ProbePath path;
  private final ChannelFactory<SocketChannel> channels;
  private final DnsAddressResolverGroup resolver;

  Prober(
      EventLoop loop,
      Ticker ticker,
      ProbeTls tls,
      ProbePath path,
      Class<? extends SocketChannel> socketType,
      Class<? extends DatagramChannel> datagramType) {
    this.loop = loop;
    this.ticker = ticker;
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

  /** What became of a probe; called once. */
  interface Result {
    /**
     * @param connectNanos time to connect
     * @param firstByteNanos from the request to the first byte of its answer; 0 if none was sent
     * @param wholeNanos time to the verdict
     */
    void ok(long connectNanos, long firstByteNanos, long wholeNanos);

    /**
     * @param unreachable nothing answered, unlike an answer that says no
     */
    void failed(boolean unreachable, String cause);

    /** This process stood still, so the probe tells nothing. */
    void discarded();
  }

  /** Starts a probe; it ends by {@code timeoutNanos} at the latest. */
  void probe(
      String region,
      Region.Endpoint endpoint,
      Health.Check check,
      long timeoutNanos,
      Result result) {
    Probe probe = new Probe(region, endpoint, check, timeoutNanos, result);
    probe.start();
  }

  @Override
  public void close() {
    resolver.close();
  }

  /** One probe on its way. */
  final class Probe {
    private final String region;
    private final Region.Endpoint endpoint;
    private final Health.Check check;
    private final long timeoutNanos;
    private final Result result;
    private final long started = ticker.nanoTime();
    private long connecting = started;
    private long connected;
    private long asked;
    private long read;
    private long firstByteNanos;
    private boolean done;
    private @Nullable Channel channel;
    private @Nullable Future<?> timer;

    Probe(
        String region,
        Region.Endpoint endpoint,
        Health.Check check,
        long timeoutNanos,
        Result result) {
      this.region = region;
      this.endpoint = endpoint;
      this.check = check;
      this.timeoutNanos = timeoutNanos;
      this.result = result;
    }

    void start() {
      timer = loop.schedule(this::expired, timeoutNanos, TimeUnit.NANOSECONDS);
      byte[] literal = NetUtil.createByteArrayFromIpAddressString(endpoint.host());
      if (literal != null) {
        connect(literalAddress(literal));
        return;
      }
      resolver
          .getResolver(loop)
          .resolve(InetSocketAddress.createUnresolved(endpoint.host(), endpoint.port()))
          .addListener((Future<InetSocketAddress> f) -> {
            if (done) {
              return;
            }
            if (f.isSuccess()) {
              connect(f.getNow());
            } else {
              failed(true, "name not resolved");
            }
          });
    }

    private InetSocketAddress literalAddress(byte[] literal) {
      try {
        return new InetSocketAddress(InetAddress.getByAddress(literal), endpoint.port());
      } catch (UnknownHostException e) {
        throw new IllegalStateException(e); // four or sixteen bytes are always an address
      }
    }

    private void connect(InetSocketAddress address) {
      SocketChannel ch;
      try {
        ch = channels.newChannel();
      } catch (ChannelException e) {
        failed(true, ProbeCause.of(e));
        return;
      }
      channel = ch;
      ch.config().setTcpNoDelay(true).setConnectTimeoutMillis(0);
      loop.register(ch)
          .addListener(f -> {
            if (f.isSuccess()) {
              connect(ch, address);
            } else {
              failed(true, ProbeCause.of(f.cause()));
            }
          });
    }

    private void connect(SocketChannel ch, InetSocketAddress address) {
      prepare(ch);
      ChannelPromise promise = ch.newPromise(); // told before the pipeline hears of it
      promise.addListener(f -> {
        if (!f.isSuccess()) {
          failed(true, ProbeCause.of(f.cause()));
        } else if (!done) {
          connected = ticker.nanoTime();
          if (check instanceof Health.Tcp) {
            ok();
          }
        }
      });
      connecting = ticker.nanoTime();
      ch.connect(address, promise);
    }

    private void prepare(Channel ch) {
      path.start(ch, region);
      SslHandler handler = handshake(ch);
      if (handler != null) {
        ch.pipeline().addLast(handler);
        if (check instanceof Health.Tls) {
          handler
              .handshakeFuture()
              .addListener(f -> {
                if (f.isSuccess()) {
                  ok();
                } else {
                  failed(false, ProbeCause.of(f.cause()));
                }
              });
        }
      }
      if (check instanceof Health.Http http) {
        HttpProbeHandler.install(ch.pipeline(), endpoint, http, this);
      } else {
        ch.pipeline().addLast(new Ending());
      }
    }

    private @Nullable SslHandler handshake(Channel ch) {
      if (endpoint.secure() && tls.asTraffic(check)) {
        SslHandler handler = path.tls(ch, region, endpoint);
        if (handler != null) {
          return handler;
        }
      }
      SslContext context = tls.context(endpoint, check);
      if (context == null) {
        return null;
      }
      SslHandler handler =
          context.newHandler(ch.alloc(), tls.serverName(endpoint, check), endpoint.port());
      handler.setHandshakeTimeoutMillis(0);
      return handler;
    }

    /** Takes what no other handler of a probe without HTTP did. */
    private final class Ending extends ChannelInboundHandlerAdapter {
      @Override
      public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
        failed(false, ProbeCause.of(cause));
      }
    }

    /** The request is about to leave. */
    void asks() {
      asked = ticker.nanoTime();
    }

    /** Some bytes came, not looked at yet. */
    void read() {
      read = ticker.nanoTime();
    }

    /** They were the answer's first. */
    void answered() {
      firstByteNanos = read - asked;
    }

    /** What its fields say, by name. */
    void says(UnaryOperator<@Nullable String> fields) {
      if (!done) {
        path.answered(region, endpoint, fields);
      }
    }

    void ok() {
      if (finish()) {
        result.ok(connected - connecting, firstByteNanos, ticker.nanoTime() - started);
      }
    }

    void failed(boolean unreachable, String cause) {
      if (finish()) {
        result.failed(unreachable, cause);
      }
    }

    private void expired() {
      if (!finish()) {
        return;
      }
      long took = ticker.nanoTime() - started;
      if (took - timeoutNanos > OWN_STALL_NANOS) {
        result.discarded();
      } else {
        String step = connected == 0 ? "connect" : "answer";
        result.failed(true, step + " overdue after " + Math.round(took / 1e6) + " ms");
      }
    }

    private boolean finish() {
      if (done) {
        return false;
      }
      done = true;
      if (timer != null) {
        timer.cancel(false);
      }
      if (channel != null) {
        var _ = channel.close();
      }
      return true;
    }
  }
}
