package io.meridian.proxy.upstream;

import io.meridian.proxy.http.Body;
import io.meridian.proxy.http.BodyKind;
import io.meridian.proxy.http.BodyReader;
import io.meridian.proxy.http.Chunks;
import io.meridian.proxy.http.Parse;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.http.ResponseHead;
import io.meridian.proxy.loop.Outbox;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.1 connection to an endpoint: one request at a time. It parses answers strictly and
 * tells the attempt that holds it.
 */
final class Http1Upstream extends ChannelInboundHandlerAdapter implements UpstreamConnection {
  /** A pooled connection idle for this long may have been closed by its peer meanwhile. */
  private static final long STALE_AFTER_NANOS = 1_000_000_000;

  /** How soon that shows: a round trip, however long. */
  private static final long STALE_WITHIN_NANOS = 1_000_000_000;

  private final EndpointPool pool;
  private final Channel channel;
  private final Link link;
  private final Outbox outbox;
  private final ResponseHead head;
  private final BodyReader body = new BodyReader();

  // event loop only
  private @Nullable UpstreamListener listener;
  private State state = State.IDLE;
  private boolean chunked;
  private boolean requestEnded;
  private boolean answered;
  private boolean reused;
  private boolean closedByUs;
  private boolean endedByPeer; // close_notify (RFC 8446, 6.1)
  private long idleSinceNanos;
  private long idleNanos; // before the present request
  private long begunNanos;

  private enum State {
    IDLE,
    HEAD,
    BODY,
    TUNNEL,
    CLOSED
  }

  Http1Upstream(EndpointPool pool, Channel channel, Link link) {
    this.pool = pool;
    this.channel = channel;
    this.link = link;
    this.outbox = new Outbox(pool.worker(), channel);
    this.head = new ResponseHead(pool.headLimits());
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    if (link.tls() == null) {
      outbox.shortcut(ctx);
    }
  }

  @Override
  public boolean reused() {
    return reused;
  }

  @Override
  public boolean writable() {
    return channel.isWritable();
  }

  @Override
  public void begin(UpstreamListener attempt, RequestHead request) {
    listener = attempt;
    state = State.HEAD;
    requestEnded = false;
    answered = false;
    chunked = request.chunked();
    head.clear();
    head.expectFor(request.method());
    begunNanos = pool.worker().now();
    idleNanos = reused ? begunNanos - idleSinceNanos : 0;
  }

  @Override
  public ByteBuf headRoom(int bytes) {
    return outbox.room(bytes);
  }

  @Override
  public void headWritten() {
    // it is in the outbox already, in the form that the wire wants
  }

  @Override
  public void sendData(ByteBuf in, int length) {
    if (chunked) {
      Chunks.head(outbox.room(10), length);
      outbox.take(in, length);
      Chunks.end(outbox.room(2));
    } else {
      outbox.take(in, length);
    }
  }

  @Override
  public void sendEnd(Body request) {
    if (chunked) {
      boolean trailers = request.hasTrailers();
      ByteBuf out = outbox.room(trailers ? Body.MAX_TRAILERS : 16);
      Chunks.lastHead(out);
      if (trailers) {
        request.copyTrailers(out);
      }
      Chunks.end(out);
    }
    requestEnded = true;
  }

  @Override
  public void flush() {
    outbox.flush();
  }

  @Override
  public void setReading(boolean reading) {
    channel.config().setAutoRead(reading);
  }

  @Override
  public void tunnel() {
    state = State.TUNNEL;
    chunked = false;
  }

  @Override
  public void abandon() {
    listener = null;
    close();
  }

  @Override
  public void giveBack() {
    idleSinceNanos = pool.worker().now();
    pool.release(this);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf in = (ByteBuf) message;
    try {
      pool.worker().tick();
      read(in);
    } finally {
      in.release();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    UpstreamListener attempt = listener;
    if (attempt != null) {
      attempt.readComplete();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    UpstreamListener attempt = listener;
    if (attempt != null && channel.isWritable()) {
      attempt.writable();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    State last = state;
    state = State.CLOSED;
    outbox.close();
    pool.closed(this, last == State.IDLE);
    UpstreamListener attempt = listener;
    listener = null;
    if (attempt == null) {
      return;
    }
    pool.worker().tick();
    if (last == State.BODY && !closedByUs && (endedByPeer || link.tls() == null) && body.closed()) {
      attempt.end(body);
    } else if (last == State.TUNNEL) {
      attempt.end(body);
    } else {
      attempt.failed(
          answered
              ? UpstreamFailure.TRUNCATED
              : stale() ? UpstreamFailure.STALE : UpstreamFailure.CLOSED);
    }
  }

  /** Whether the request met the end of a connection that its peer had given up before. */
  private boolean stale() {
    return idleNanos >= STALE_AFTER_NANOS && pool.worker().now() - begunNanos <= STALE_WITHIN_NANOS;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslCloseCompletionEvent close) {
      endedByPeer |= close.isSuccess();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof java.io.IOException)) {
      pool.unexpected(cause);
    }
    closedByUs = true; // a reset is no clean end of a close-delimited body
    channel.close();
  }

  private void read(ByteBuf in) {
    while (in.isReadable()) {
      UpstreamListener attempt = listener;
      if (attempt == null) {
        close(); // nobody asked, or nobody wants to know any more
        return;
      }
      switch (state) {
        case HEAD -> {
          answered = true;
          Parse parsed = head.feed(in);
          if (parsed == Parse.BAD) {
            fail(UpstreamFailure.BAD_RESPONSE);
            return;
          }
          if (parsed == Parse.DONE) {
            headRead(attempt);
          }
        }
        case BODY -> {
          int length = body.next(in);
          if (length > 0) {
            attempt.data(in, length);
          } else if (length == BodyReader.DONE) {
            ended(attempt, in.isReadable());
            return;
          } else if (length == BodyReader.BAD) {
            fail(UpstreamFailure.BAD_RESPONSE);
            return;
          }
        }
        case TUNNEL -> attempt.data(in, in.readableBytes());
        case IDLE, CLOSED -> {
          return;
        }
      }
    }
    UpstreamListener attempt = listener;
    if (state == State.BODY && attempt != null && body.done()) {
      ended(attempt, false);
    }
  }

  private void headRead(UpstreamListener attempt) {
    if (head.informational()) {
      attempt.informational(head);
      if (state == State.HEAD) {
        head.clear();
      }
      return;
    }
    BodyKind kind = head.body();
    body.start(kind, head.contentLength());
    state = State.BODY;
    attempt.head(head);
  }

  private void ended(UpstreamListener attempt, boolean surplus) {
    listener = null;
    reused = true;
    boolean reusable = requestEnded && !surplus && head.keepAlive() && !body.untilClose();
    if (reusable) {
      state = State.IDLE;
      if (!channel.config().isAutoRead()) {
        channel.config().setAutoRead(true);
      }
      idleSinceNanos = pool.worker().now();
      pool.release(this);
    } else {
      close();
    }
    attempt.end(body);
  }

  private void fail(UpstreamFailure why) {
    UpstreamListener attempt = listener;
    listener = null;
    close();
    if (attempt != null) {
      attempt.failed(why);
    }
  }

  void close() {
    if (state != State.CLOSED) {
      closedByUs = true;
      channel.close();
    }
  }

  Link link() {
    return link;
  }

  boolean active() {
    return channel.isActive();
  }

  long idleSinceNanos() {
    return idleSinceNanos;
  }
}
