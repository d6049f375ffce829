package io.meridian.proxy.upstream;

import io.meridian.config.Region;
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
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop to one endpoint: those in use are counted; HTTP/1.1 ones
 * without a request wait in a stack, so that the hottest one is used next; HTTP/2 ones are shared.
 * That loop's thread only.
 */
public final class EndpointPool {
  /**
   * How long connections are kept that are more than the limit allows: the next burst takes them
   * again, where closing them would have it connect anew for each of its requests.
   */
  private static final long SURPLUS_NANOS = TimeUnit.SECONDS.toNanos(1);

  private Target target;
  private final Worker worker;
  private final Pools pools;
  private Bootstrap template;
  private Bootstrap bootstrap; // of plain HTTP/1.1
  private boolean retired;
  private final ArrayDeque<Http1Upstream> idle = new ArrayDeque<>(); // used last is last
  private final List<Http2Upstream> shared = new ArrayList<>(2);
  private @Nullable Opening opening; // the newest of HTTP/2, for others to join
  private boolean http2; // spoken last
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
    this.http2 = target.link().protocol() == Region.Protocol.HTTP2;
    this.template = template;
    this.bootstrap = bootstrap(template);
  }

  /** Connections opened from here on take their options from this. */
  void configure(Bootstrap newTemplate) {
    template = newTemplate;
    bootstrap = bootstrap(newTemplate);
  }

  private Bootstrap bootstrap(Bootstrap from) {
    return from.clone()
        .handler(
            new ChannelInitializer<Channel>() {
              @Override
              protected void initChannel(Channel channel) {
                channel
                    .pipeline()
                    .addLast(new Http1Upstream(EndpointPool.this, channel, target.link()));
              }
            });
  }

  /** The endpoint is spoken to in another way from here on: no connection is used again. */
  void follow(Target newest) {
    if (newest.link().generation() <= target.link().generation()) {
      return; // of a request that arrived before the change
    }
    target = newest;
    http2 = newest.link().protocol() == Region.Protocol.HTTP2;
    opening = null;
    closeIdle();
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

  /** An open connection, or a stream of one; null if there is none to be had. */
  public @Nullable UpstreamConnection poll(boolean upgrade) {
    for (int i = 0; i < shared.size(); i++) {
      Http2Upstream connection = shared.get(i);
      if (connection.takes(upgrade)) {
        return connection.stream();
      }
    }
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
    Link link = target.link();
    if (handle.upgrade() && link.tls() == null && refusesUpgrade()) {
      worker.loop().execute(() -> handle.failed(UpstreamFailure.NO_UPGRADE));
      return handle;
    }
    if (!link.plain()) {
      open(handle, link);
      return handle;
    }
    connecting++;
    ChannelFuture future = bootstrap.connect(target.address());
    future.addListener(_ -> {
      if (worker.loop().inEventLoop()) {
        connected(future, handle);
      } else { // a socket that can't even be made fails on a thread of Netty's
        worker.loop().execute(() -> connected(future, handle));
      }
    });
    return handle;
  }

  private boolean refusesUpgrade() {
    return !shared.isEmpty() && shared.getFirst().refusesUpgrade();
  }

  private void connected(ChannelFuture future, Connecting handle) {
    connecting--;
    worker.tick();
    if (!future.isSuccess()) {
      handle.failed(failure(future.cause()));
      return;
    }
    opened(handle);
    handle.connected(future.channel().pipeline().get(Http1Upstream.class));
  }

  private void open(Connecting handle, Link link) {
    boolean many = http2 && !handle.upgrade() && !link.exclusive();
    Opening underWay = opening;
    if (many && underWay != null && underWay.join(handle)) {
      return;
    }
    connecting++;
    Opening next = new Opening(this, link, handle, pools.connectNanos());
    if (many) {
      opening = next;
    }
    next.start(template);
  }

  /** HTTP/1.1 it is. */
  void opened(Opening done, Http1Upstream connection) {
    connecting--;
    opened(done.waiting().getFirst());
    if (!done.upgrade()) {
      http2 = false;
    }
    done.waiting().getFirst().connected(connection);
  }

  /** HTTP/2 it is: each of those who wait gets a stream, as far as there are any. */
  void opened(Opening done, Http2Upstream connection) {
    connecting--;
    opened(done.waiting().getFirst());
    http2 = true;
    if (opening == done) {
      opening = null;
    }
    shared.add(connection);
    for (Connecting handle : done.waiting()) {
      if (!handle.waits()) {
        continue;
      }
      if (connection.takes(handle.upgrade())) {
        handle.connected(connection.stream());
      } else if (handle.upgrade()) {
        handle.failed(UpstreamFailure.NO_UPGRADE);
      } else if (mayConnect()) {
        open(handle, target.link());
      } else {
        handle.failed(UpstreamFailure.STREAM_REFUSED);
      }
    }
    connection.settle();
  }

  void openingFailed(Opening done, UpstreamFailure why) {
    connecting--;
    if (opening == done) {
      opening = null;
    }
    for (Connecting handle : done.waiting()) {
      handle.failed(why);
    }
  }

  private void opened(Connecting handle) {
    open++;
    target.meters().connectionOpened(worker.index());
    target.meters().connect(worker.index(), worker.now() - handle.startNanos);
  }

  static UpstreamFailure failure(@Nullable Throwable cause) {
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
  @SuppressWarnings("ReferenceEquality") // a link is made once for each configuration of it
  void release(Http1Upstream connection) {
    if (!connection.active()) {
      return;
    }
    Link link = target.link();
    if (pools.limits().upstreamIdleConnections() == 0
        || retired
        || pools.closing()
        || connection.link() != link
        || link.exclusive()
        || link.protocol() == Region.Protocol.HTTP2) {
      connection.close();
      return;
    }
    idle.addLast(connection);
    target.meters().idle(worker.index(), 1);
  }

  void closed(Http1Upstream connection, boolean wasIdle) {
    left();
    if (wasIdle && idle.remove(connection)) {
      target.meters().idle(worker.index(), -1);
    }
  }

  void closed(Http2Upstream connection) {
    if (shared.remove(connection)) {
      left();
    }
  }

  private void left() {
    open--;
    target.meters().connectionClosed(worker.index());
  }

  /** No stream of it is wanted any more: whether it may stay. */
  @SuppressWarnings("ReferenceEquality") // as in release
  boolean keeps(Http2Upstream connection) {
    return !retired
        && !pools.closing()
        && connection.link() == target.link()
        && !connection.link().exclusive();
  }

  /**
   * Closes what has had no request for too long, which is less for more of them than are to be
   * kept; the first in line is the oldest.
   */
  void sweep(long nowNanos, long idleNanos) {
    int kept = pools.limits().upstreamIdleConnections();
    long surplusNanos = Math.min(idleNanos, SURPLUS_NANOS);
    Http1Upstream oldest = idle.peekFirst();
    while (oldest != null
        && nowNanos - oldest.idleSinceNanos() >= (idle.size() > kept ? surplusNanos : idleNanos)) {
      idle.removeFirst();
      target.meters().idle(worker.index(), -1);
      oldest.close();
      oldest = idle.peekFirst();
    }
    for (int i = shared.size() - 1; i >= 0; i--) {
      shared.get(i).sweep(nowNanos, idleNanos);
    }
  }

  /** Opens a spare connection if the pool has none at all. */
  void warm() {
    if (open + connecting == 0 && !retired && !target.link().exclusive()) {
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

  long pingTimeoutNanos() {
    return Math.max(1_000_000_000L, pools.connectNanos());
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

    boolean waits() {
      return listener != null;
    }

    boolean upgrade() {
      UpstreamListener waiting = listener;
      return waiting != null && waiting.upgrade();
    }

    @Nullable ClientEnds client() {
      UpstreamListener waiting = listener;
      return waiting == null ? null : waiting.client();
    }

    private void connected(UpstreamConnection connection) {
      UpstreamListener waiting = listener;
      listener = null;
      if (waiting != null) {
        waiting.connected(connection);
      } else {
        connection.giveBack();
      }
    }

    private void failed(UpstreamFailure why) {
      UpstreamListener waiting = listener;
      listener = null;
      if (waiting != null) {
        waiting.connectFailed(why);
      }
    }
  }
}
