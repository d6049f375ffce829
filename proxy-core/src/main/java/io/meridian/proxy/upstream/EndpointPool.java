package io.meridian.proxy.upstream;

import io.meridian.proxy.http.HeadLimits;
import io.meridian.proxy.loop.Worker;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ConnectTimeoutException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.UnknownHostException;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop to one endpoint: those in use are counted, those without a
 * request wait in a stack, so that the hottest one is used next. That loop's thread only.
 */
public final class EndpointPool {
  private final Target target;
  private final Worker worker;
  private final Pools pools;
  private Bootstrap bootstrap;
  private boolean retired;
  private final ArrayDeque<Http1Upstream> idle = new ArrayDeque<>(); // used last is last
  private int open;
  private int connecting;
  private final TimeToFirstByte firstByte = new TimeToFirstByte();
  private long lastAnswerNanos;
  private int inFlight;

  EndpointPool(Target target, Worker worker, Pools pools, Bootstrap template) {
    this.target = target;
    this.worker = worker;
    this.pools = pools;
    this.lastAnswerNanos = worker.now();
    this.bootstrap = bootstrap(template);
  }

  /** Connections opened from here on take their options from this. */
  void configure(Bootstrap template) {
    bootstrap = bootstrap(template);
  }

  private Bootstrap bootstrap(Bootstrap template) {
    return template
        .clone()
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                channel.pipeline().addLast(new Http1Upstream(EndpointPool.this, channel));
              }
            });
  }

  public Target target() {
    return target;
  }

  public Worker worker() {
    return worker;
  }

  /** How long this endpoint usually takes to answer, as this loop sees it. */
  public TimeToFirstByte firstByte() {
    return firstByte;
  }

  /** When anything was last heard from it. */
  public long lastAnswerNanos() {
    return lastAnswerNanos;
  }

  public void answeredAt(long nowNanos) {
    lastAnswerNanos = nowNanos;
  }

  /** Requests that wait for it or are being answered by it, on this loop. */
  public int inFlight() {
    return inFlight;
  }

  /** A request went to it, or is done with it. */
  public void inFlight(int change) {
    inFlight += change;
    target.meters().active(worker.index(), change);
  }

  public int idleCount() {
    return idle.size();
  }

  public int openCount() {
    return open;
  }

  /** An open connection without a request; null if there is none. */
  public @Nullable UpstreamConnection poll() {
    for (Http1Upstream hottest = idle.pollLast(); hottest != null; hottest = idle.pollLast()) {
      target.meters().idle(worker.index(), -1);
      if (hottest.active()) {
        return hottest;
      }
    }
    return null;
  }

  /** Whether another connection may be opened. */
  public boolean mayConnect() {
    return open + connecting < pools.limits().upstreamConnections();
  }

  /**
   * Opens a connection. If the listener has been cancelled by the time it is open, it waits in the
   * pool for another request.
   */
  public Connecting connect(UpstreamListener listener) {
    Connecting handle = new Connecting(listener, worker.now());
    connecting++;
    ChannelFuture future = bootstrap.connect(target.address());
    future.addListener(_ -> {
      if (worker.loop().inEventLoop()) {
        opened(future, handle);
      } else { // a socket that can't even be made fails on a thread of Netty's
        worker.loop().execute(() -> opened(future, handle));
      }
    });
    return handle;
  }

  private void opened(ChannelFuture future, Connecting handle) {
    connecting--;
    long now = worker.tick();
    UpstreamListener listener = handle.listener;
    handle.listener = null;
    if (!future.isSuccess()) {
      if (listener != null) {
        listener.connectFailed(failure(future.cause()));
      }
      return;
    }
    open++;
    target.meters().connectionOpened(worker.index());
    target.meters().connect(worker.index(), now - handle.startNanos);
    Http1Upstream connection = future.channel().pipeline().get(Http1Upstream.class);
    if (listener != null) {
      listener.connected(connection);
    } else {
      connection.giveBack();
    }
  }

  private static UpstreamFailure failure(@Nullable Throwable cause) {
    return switch (cause) {
      case ConnectTimeoutException _ -> UpstreamFailure.CONNECT_TIMEOUT;
      case UnknownHostException _ -> UpstreamFailure.NAME_UNKNOWN;
      case NoRouteToHostException _ -> UpstreamFailure.UNREACHABLE;
      case ConnectException e
          when e.getMessage() != null && e.getMessage().contains("unreachable") ->
          UpstreamFailure.UNREACHABLE;
      case null, default -> UpstreamFailure.CONNECT_REFUSED;
    };
  }

  /** Takes back a connection whose request is answered, or on which none was sent. */
  void release(Http1Upstream connection) {
    if (!connection.active()) {
      return;
    }
    if (idle.size() >= pools.limits().upstreamIdleConnections() || retired || pools.closing()) {
      connection.close();
      return;
    }
    idle.addLast(connection);
    target.meters().idle(worker.index(), 1);
  }

  void closed(Http1Upstream connection, boolean wasIdle) {
    open--;
    target.meters().connectionClosed(worker.index());
    if (wasIdle && idle.remove(connection)) {
      target.meters().idle(worker.index(), -1);
    }
  }

  /** Closes what has had no request for too long; the first in line is the oldest. */
  void sweep(long nowNanos, long idleNanos) {
    Http1Upstream oldest = idle.peekFirst();
    while (oldest != null && nowNanos - oldest.idleSinceNanos() >= idleNanos) {
      idle.removeFirst();
      target.meters().idle(worker.index(), -1);
      oldest.close();
      oldest = idle.peekFirst();
    }
  }

  /** Opens a spare connection if the pool has none at all. */
  void warm() {
    if (open + connecting == 0 && !retired) {
      connect(NobodyWaits.INSTANCE).cancel();
    }
  }

  void closeIdle() {
    sweep(worker.now(), Long.MIN_VALUE);
  }

  /** Whether the endpoint has left the configuration: nothing is kept then. */
  void retired(boolean gone) {
    retired = gone;
    if (gone) {
      closeIdle();
    }
  }

  HeadLimits headLimits() {
    return pools.headLimits();
  }

  void unexpected(Throwable cause) {
    pools.unexpected(target, cause);
  }

  /** A connection being opened for somebody. */
  public static final class Connecting {
    private @Nullable UpstreamListener listener;
    private final long startNanos;

    private Connecting(UpstreamListener listener, long startNanos) {
      this.listener = listener;
      this.startNanos = startNanos;
    }

    /** Nobody waits for it any more; once open it goes to the pool. */
    public void cancel() {
      listener = null;
    }
  }
}
