package io.meridian.proxy.upstream;

import io.meridian.proxy.http.BodyKind;
import io.meridian.proxy.http.BodyReader;
import io.meridian.proxy.http.Parse;
import io.meridian.proxy.http.ResponseHead;
import io.meridian.proxy.loop.Outbox;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.1 connection to an endpoint: one request at a time. It parses answers strictly and
 * tells the attempt that holds it; what the attempt writes goes through {@link #outbox}.
 */
public final class Http1Upstream extends ChannelInboundHandlerAdapter {
  private final EndpointPool pool;
  private final Channel channel;
  private final Outbox outbox;
  private final ResponseHead head;
  private final BodyReader body = new BodyReader();

  // event loop only
  private @Nullable UpstreamListener listener;
  private State state = State.IDLE;
  private boolean requestEnded;
  private boolean answered;
  private boolean reused;
  private boolean closedByUs;
  private long idleSinceNanos;

  private enum State {
    IDLE,
    HEAD,
    BODY,
    TUNNEL,
    CLOSED
  }

  Http1Upstream(EndpointPool pool, Channel channel) {
    this.pool = pool;
    this.channel = channel;
    this.outbox = new Outbox(pool.worker(), channel);
    this.head = new ResponseHead(pool.headLimits());
  }

  public EndpointPool pool() {
    return pool;
  }

  /** Where the request's bytes go. */
  public Outbox outbox() {
    return outbox;
  }

  /** Whether a request was answered on it before: its peer may have closed it meanwhile. */
  public boolean reused() {
    return reused;
  }

  /** Whether any byte of an answer to the present request has arrived. */
  public boolean answered() {
    return answered;
  }

  public boolean writable() {
    return channel.isWritable();
  }

  /** Starts an exchange on an idle connection. */
  public void begin(UpstreamListener attempt, int method) {
    listener = attempt;
    state = State.HEAD;
    requestEnded = false;
    answered = false;
    head.clear();
    head.expectFor(method);
  }

  /** The last byte of the request is in the outbox. */
  public void requestEnded() {
    requestEnded = true;
  }

  /** Stops or resumes reading answers: back-pressure from the client. */
  public void setReading(boolean reading) {
    channel.config().setAutoRead(reading);
  }

  /** After 101: from here on bytes pass as they are. */
  public void tunnel() {
    state = State.TUNNEL;
  }

  /** Closes without telling the attempt. */
  public void abandon() {
    listener = null;
    close();
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
    if (last == State.BODY && !closedByUs && body.closed()) {
      attempt.end(body);
    } else if (last == State.TUNNEL) {
      attempt.end(body);
    } else {
      attempt.failed(answered ? UpstreamFailure.TRUNCATED : UpstreamFailure.CLOSED);
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

  boolean active() {
    return channel.isActive();
  }

  long idleSinceNanos() {
    return idleSinceNanos;
  }

  void idleSince(long nowNanos) {
    idleSinceNanos = nowNanos;
  }
}
