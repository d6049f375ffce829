package io.meridian.proxy.exchange;

import io.meridian.proxy.http.Body;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.http.ResponseHead;
import io.meridian.proxy.routing.RoutedEndpoint;
import io.meridian.proxy.routing.RoutedRegion;
import io.meridian.proxy.telemetry.AttemptOutcome;
import io.meridian.proxy.telemetry.RequestLog;
import io.meridian.proxy.upstream.ClientEnds;
import io.meridian.proxy.upstream.EndpointPool;
import io.meridian.proxy.upstream.UpstreamConnection;
import io.meridian.proxy.upstream.UpstreamFailure;
import io.meridian.proxy.upstream.UpstreamListener;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * One try of a request at one endpoint. It keeps the facts and times of the try and hands what its
 * connection says to the exchange. Reused with its exchange; event loop only.
 */
final class Attempt implements UpstreamListener {
  /** Why it was started. */
  enum Kind {
    FIRST,
    RETRY,
    RACE,
    HEDGE
  }

  private final ProxyExchange exchange;
  private @Nullable RoutedRegion region;
  private @Nullable RoutedEndpoint endpoint;
  private @Nullable EndpointPool pool;
  private @Nullable RegionLoad load;
  private EndpointPool.@Nullable Connecting connecting;
  private @Nullable UpstreamConnection connection;
  private Kind kind = Kind.FIRST;
  private int number;
  private boolean live;
  private boolean sent;
  private boolean pooled;
  private boolean overdue;
  private long startNanos;
  private long connectedNanos;
  private long sentNanos;
  private long firstByteNanos;
  private long endNanos;
  private int status;
  private AttemptOutcome outcome = AttemptOutcome.CANCELLED;

  Attempt(ProxyExchange exchange) {
    this.exchange = exchange;
  }

  /**
   * @param in the load that it is counted in already; null: its region has no limit
   */
  void start(
      Kind why,
      int ordinal,
      RoutedRegion inRegion,
      RoutedEndpoint at,
      EndpointPool from,
      @Nullable RegionLoad in,
      long now) {
    kind = why;
    load = in;
    number = ordinal;
    region = inRegion;
    endpoint = at;
    pool = from;
    connecting = null;
    connection = null;
    live = true;
    sent = false;
    pooled = false;
    overdue = false;
    startNanos = now;
    connectedNanos = 0;
    sentNanos = 0;
    firstByteNanos = 0;
    endNanos = now;
    status = 0;
    from.inFlight(1);
  }

  /** Takes a waiting connection or opens one; false if there may be no more. */
  boolean connect(boolean fresh) {
    EndpointPool from = pool();
    UpstreamConnection waiting = fresh ? null : from.poll(exchange.head().upgrade());
    if (waiting != null) {
      pooled = true;
      connected(waiting);
      return true;
    }
    if (!from.mayConnect()) {
      return false;
    }
    connecting = from.connect(this);
    return true;
  }

  /** The request's head goes out on this connection. */
  UpstreamConnection send(RequestHead request, long now) {
    UpstreamConnection open = connection();
    sent = true;
    sentNanos = now;
    open.begin(this, request);
    return open;
  }

  /** Gives an unused connection to its pool, or stops waiting for one, or cuts one in use. */
  void drop(AttemptOutcome how) {
    if (!live) {
      return;
    }
    EndpointPool.Connecting opening = connecting;
    if (opening != null) {
      opening.cancel();
      connecting = null;
    }
    UpstreamConnection open = connection;
    if (open != null) {
      if (sent) {
        open.abandon();
      } else {
        open.giveBack();
      }
    }
    close(how);
  }

  /** Accounts for it, once. */
  void close(AttemptOutcome how) {
    if (live) {
      live = false;
      outcome = how;
      connection = null;
      connecting = null;
      EndpointPool from = pool();
      endNanos = from.worker().now();
      from.inFlight(-1);
      if (load != null) {
        load.leave();
        load = null;
      }
      from.target().meters().attempt(from.worker().index(), how);
    }
  }

  void logTo(RequestLog log, long exchangeStartNanos) {
    log.attempt(
        pool().target().meters(),
        startNanos - exchangeStartNanos,
        endNanos - exchangeStartNanos,
        connectNanos(),
        ttfbNanos(),
        outcome,
        status);
  }

  @Override
  public boolean upgrade() {
    return exchange.head().upgrade();
  }

  @Override
  public ClientEnds client() {
    return exchange.clientEnds();
  }

  @Override
  public void connected(UpstreamConnection open) {
    connecting = null;
    connection = open;
    connectedNanos = pool().worker().now();
    exchange.attemptReady(this);
  }

  @Override
  public void connectFailed(UpstreamFailure why) {
    connecting = null;
    exchange.attemptFailed(this, why);
  }

  @Override
  public void informational(ResponseHead head) {
    exchange.responseInformational(head);
  }

  @Override
  public void head(ResponseHead head) {
    EndpointPool from = pool();
    firstByteNanos = from.worker().now();
    status = head.status();
    from.answeredAt(firstByteNanos);
    from.firstByte().add(firstByteNanos - sentNanos);
    from.target().meters().ttfb(from.worker().index(), firstByteNanos - sentNanos, firstByteNanos);
    exchange.responseHead(this, head);
  }

  @Override
  public void data(ByteBuf in, int length) {
    exchange.responseData(in, length);
  }

  @Override
  public void end(Body body) {
    connection = null;
    exchange.responseEnd(this, body);
  }

  @Override
  public void readComplete() {
    exchange.responseReadComplete();
  }

  @Override
  public void failed(UpstreamFailure why) {
    connection = null;
    exchange.attemptFailed(this, why);
  }

  @Override
  public void writable() {
    exchange.upstreamWritable();
  }

  Kind kind() {
    return kind;
  }

  /** From 1. */
  int number() {
    return number;
  }

  boolean live() {
    return live;
  }

  /** Whether the request, or a part of it, has gone out on it. */
  boolean sent() {
    return sent;
  }

  /** Whether its connection had served before, so that its peer may have closed it meanwhile. */
  boolean pooled() {
    return pooled;
  }

  boolean overdue() {
    return overdue;
  }

  void markOverdue() {
    overdue = true;
  }

  int status() {
    return status;
  }

  long sentNanos() {
    return sentNanos;
  }

  long startNanos() {
    return startNanos;
  }

  long connectNanos() {
    return pooled ? 0 : connectedNanos == 0 ? RequestLog.ABSENT : connectedNanos - startNanos;
  }

  long ttfbNanos() {
    return firstByteNanos == 0 ? RequestLog.ABSENT : firstByteNanos - sentNanos;
  }

  RoutedRegion region() {
    return present(region);
  }

  RoutedEndpoint endpoint() {
    return present(endpoint);
  }

  EndpointPool pool() {
    return present(pool);
  }

  UpstreamConnection connection() {
    return present(connection);
  }

  boolean hasConnection() {
    return connection != null;
  }

  private static <T> T present(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("the attempt has not got so far");
    }
    return value;
  }
}
