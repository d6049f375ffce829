package io.meridian.proxy.downstream;

import io.meridian.config.Timeouts;
import io.meridian.proxy.exchange.Downstream;
import io.meridian.proxy.exchange.ErrorAnswer;
import io.meridian.proxy.exchange.LoopContext;
import io.meridian.proxy.exchange.Peer;
import io.meridian.proxy.exchange.ProxyExchange;
import io.meridian.proxy.http.Body;
import io.meridian.proxy.http.ResponseHead;
import io.meridian.proxy.loop.Worker;
import io.meridian.proxy.telemetry.Rejection;
import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http2.Http2Error;
import org.jspecify.annotations.Nullable;

/**
 * One stream of a client's HTTP/2 connection: a request and its answer (RFC 9113, 8.1), or a
 * WebSocket (RFC 8441). Reused within its connection; event loop only.
 */
final class Http2Downstream implements Downstream {
  private final Http2Connection connection;
  private final LoopContext context;
  private final Worker worker;
  private final Peer peer;
  private final Http2Request request;
  private final Http2Answer answer;

  // for the flow controllers
  int inWindow;
  int inOwed;
  int window;
  boolean inLine;

  private int id;
  private @Nullable ProxyExchange exchange;
  private boolean closed;
  private boolean leaving; // the exchange ends it by itself

  Http2Downstream(Http2Connection connection, LoopContext context, Peer peer) {
    this.connection = connection;
    this.context = context;
    this.worker = context.worker();
    this.peer = peer;
    this.request = new Http2Request(this, connection, context);
    this.answer = new Http2Answer(this, connection, context);
  }

  void begin(int streamId, int receiveWindow, int sendWindow) {
    id = streamId;
    inWindow = receiveWindow;
    inOwed = 0;
    window = sendWindow;
    closed = false;
    leaving = false;
    request.begin();
    answer.begin();
  }

  int id() {
    return id;
  }

  boolean closed() {
    return closed;
  }

  /** What the client sends on it. */
  Http2Request request() {
    return request;
  }

  // ---- what the request asks of it

  ProxyExchange acquire() {
    ProxyExchange current = context.acquire(this);
    exchange = current;
    return current;
  }

  /** Null when it was answered, or refused. */
  @Nullable ProxyExchange exchange() {
    return exchange;
  }

  @SuppressWarnings("ReferenceEquality") // exchanges are reused: one is one
  boolean serves(ProxyExchange current) {
    return exchange == current;
  }

  void rejected(Rejection why) {
    peer.meters().rejected(worker.index(), why);
  }

  /** What was read is handled: what goes upstream may leave. */
  void readComplete() {
    ProxyExchange current = exchange;
    if (current != null) {
      current.requestReading(false);
    }
  }

  // ---- the exchange's side

  @Override
  public Peer peer() {
    return peer;
  }

  @Override
  public boolean http2() {
    return true;
  }

  @Override
  public boolean accepts(ResponseHead head) {
    return request.accepts(head);
  }

  @Override
  public void sendInformational(ResponseHead head) {
    if (closed) {
      return;
    }
    if (head.status() == 100) {
      request.awaited();
    }
    answer.informational(head);
  }

  @Override
  public void sendHead(ResponseHead head) {
    answer.head(head, present());
  }

  @Override
  public void sendData(ByteBuf in, int length) {
    if (closed) {
      in.skipBytes(length);
    } else {
      answer.data(in, length);
    }
  }

  @Override
  public void sendEnd(Body body) {
    answer.finish();
    if (!closed) {
      answer.end(body);
    }
  }

  @Override
  public void sendError(ErrorAnswer error) {
    if (request.malformed()) {
      leaving = true;
      connection.reset(this, Http2Error.PROTOCOL_ERROR);
    } else if (!closed) {
      answer.error(error, request.head(), present());
    }
  }

  @Override
  public void sendGrpcError(int grpcStatus, ErrorAnswer error) {
    if (!closed) {
      answer.grpcError(grpcStatus, error, present());
    }
  }

  @Override
  public void flush() {
    if (!closed) {
      answer.release();
    }
  }

  @Override
  public void hold() {
    // all of it is gathered until the flush in any case
  }

  @Override
  public int gatheredBytes() {
    return (int) Math.min(1 << 30, bytesSent());
  }

  @Override
  public boolean discard() {
    return answer.discard();
  }

  @Override
  public boolean writable() {
    return answer.writable(closed);
  }

  @Override
  public void setReading(boolean wanted) {
    if (request.reading(wanted)) {
      connection.turn().resumeSoon(this);
    }
  }

  @Override
  public void tunnel() {
    if (request.tunnel()) {
      connection.turn().resumeSoon(this);
    }
  }

  @Override
  public void abort() {
    leaving = true;
    connection.reset(
        this, request.malformed() ? Http2Error.PROTOCOL_ERROR : Http2Error.INTERNAL_ERROR);
  }

  @Override
  public long bytesSent() {
    return answer.bytesSent();
  }

  @Override
  public void finished(boolean keepAlive) {
    exchange = null;
    request.drop();
    if (closed) {
      connection.streams().recycle(this);
      return;
    }
    if (!answer.over()) { // a WebSocket ends
      answer.finish();
      flush();
    }
  }

  private ProxyExchange present() {
    ProxyExchange current = exchange;
    if (current == null) {
      throw new IllegalStateException("no exchange");
    }
    return current;
  }

  // ---- the connection's side

  /** Sends a part of what waits, as far as it may. */
  Http2Answer.Sent send() {
    return closed ? Http2Answer.Sent.NOTHING : answer.send();
  }

  /** The exchange is told that there is room again, if it is to know. */
  void drained() {
    ProxyExchange current = exchange;
    if (current != null && !closed && !answer.full()) {
      current.downstreamWritable();
    }
  }

  /** There may be room again. */
  void retry() {
    if (answer.retry()) {
      drained();
    }
  }

  /** Looks after its time. */
  void check(long now, Timeouts timeouts) {
    ProxyExchange current = exchange;
    if (answer.stalls(now, timeouts.responseBody().toNanos())) {
      rejected(Rejection.RESPONSE_RATE);
      connection.reset(this, Http2Error.ENHANCE_YOUR_CALM);
    } else if (current != null) {
      request.check(current, now, timeouts, answer.headGiven());
    }
  }

  /**
   * The stream is closed, for whatever reason: by an end on both sides, by a reset, with its
   * connection.
   */
  void close() {
    closed = true;
    answer.drop();
    request.drop();
    ProxyExchange current = exchange;
    if (current == null) {
      connection.streams().recycle(this);
    } else if (request.undefer()) {
      exchange = null;
      current.abandon();
      connection.streams().recycle(this);
    } else if (!leaving) {
      current.clientGone();
    }
  }
}
