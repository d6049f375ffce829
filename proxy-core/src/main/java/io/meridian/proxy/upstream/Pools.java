package io.meridian.proxy.upstream;

import io.meridian.config.Limits;
import io.meridian.config.Timeouts;
import io.meridian.proxy.http.HeadLimits;
import io.meridian.proxy.loop.Transport;
import io.meridian.proxy.loop.Worker;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.resolver.AddressResolverGroup;
import java.net.InetSocketAddress;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** All pools of one event loop, by the id of the endpoint. That loop's thread only. */
public final class Pools {
  private static final Logger log = LoggerFactory.getLogger(Pools.class);

  /** Bytes on their way to a socket beyond which its source is no longer read, and again is. */
  public static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(64 * 1024, 512 * 1024);

  private final Worker worker;
  private final Bootstrap template;
  private final Transport transport;
  private @Nullable EndpointPool[] pools = new @Nullable EndpointPool[16];
  private Limits limits;
  private Timeouts timeouts;
  private HeadLimits headLimits;
  private boolean closing;

  public Pools(
      Worker worker,
      Transport transport,
      AddressResolverGroup<InetSocketAddress> resolver,
      Limits limits,
      Timeouts timeouts) {
    this.worker = worker;
    this.transport = transport;
    this.limits = limits;
    this.timeouts = timeouts;
    this.headLimits = responseHead(limits);
    this.template =
        new Bootstrap()
            .group(worker.loop())
            .channelFactory(transport.connections(worker))
            .resolver(resolver)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true)
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, WATER_MARK);
    template.option(
        ChannelOption.RECVBUF_ALLOCATOR, worker.receiveBuffer(transport.sharesReceiveBuffer()));
    configure(limits, timeouts);
  }

  /** Applies other limits; connections that are open stay. */
  public final void configure(Limits newLimits, Timeouts newTimeouts) {
    limits = newLimits;
    timeouts = newTimeouts;
    headLimits = responseHead(newLimits);
    template.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) newTimeouts.connect().toMillis());
    ChannelOption<Integer> userTimeout = transport.userTimeout();
    if (userTimeout != null) {
      // A peer that acknowledges nothing for this long is gone (RFC 5482).
      template.option(userTimeout, (int) Math.max(1_000, newTimeouts.connect().toMillis()));
    }
    for (EndpointPool pool : pools) {
      if (pool != null) {
        pool.configure(template);
      }
    }
  }

  /** The pool of an endpoint, made on first use. */
  @SuppressWarnings("ReferenceEquality") // a target is made once; asked for each attempt
  public EndpointPool of(Target target) {
    int id = target.id();
    if (id >= pools.length) {
      pools = Arrays.copyOf(pools, Math.max(id + 1, pools.length * 2));
    }
    EndpointPool pool = pools[id];
    if (pool == null) {
      pool = new EndpointPool(target, worker, this, template);
      pools[id] = pool;
    } else if (pool.target() != target) {
      pool.follow(target);
    }
    return pool;
  }

  /** The pool of an endpoint by its id; null if it was never used. */
  public @Nullable EndpointPool at(int id) {
    return id < pools.length ? pools[id] : null;
  }

  /** Once a second: closes what was idle too long. */
  public void sweep(long nowNanos) {
    long idleNanos = timeouts.upstreamIdle().toNanos();
    for (EndpointPool pool : pools) {
      if (pool != null) {
        pool.sweep(nowNanos, idleNanos);
      }
    }
  }

  /** Keeps one spare connection to an endpoint, so that failing over to it costs no handshake. */
  public void warm(Target target) {
    if (!closing) {
      of(target).warm();
    }
  }

  /** Endpoints that are not among these have left the configuration: nothing of theirs is kept. */
  public void retain(java.util.function.IntPredicate configured) {
    for (int id = 0; id < pools.length; id++) {
      EndpointPool pool = pools[id];
      if (pool != null) {
        pool.retired(!configured.test(id));
      }
    }
  }

  /** Closes idle connections now and the others after use. */
  public void close() {
    closing = true;
    for (EndpointPool pool : pools) {
      if (pool != null) {
        pool.closeIdle();
      }
    }
  }

  /** How long it may take until a connection can be used. */
  long connectNanos() {
    return timeouts.connect().toNanos();
  }

  boolean closing() {
    return closing;
  }

  Limits limits() {
    return limits;
  }

  HeadLimits headLimits() {
    return headLimits;
  }

  void unexpected(Target target, Throwable cause) {
    log.error("connection to {} ({})", target.name(), target.region(), cause);
  }

  private static HeadLimits responseHead(Limits limits) {
    return new HeadLimits(limits.requestLine(), limits.head(), limits.fields());
  }
}
