package io.meridian.proxy.downstream;

import io.meridian.config.Limits;
import io.meridian.proxy.exchange.Downstream;
import io.meridian.proxy.exchange.ErrorAnswer;
import io.meridian.proxy.exchange.LoopContext;
import io.meridian.proxy.exchange.Peer;
import io.meridian.proxy.exchange.ProxyExchange;
import io.meridian.proxy.http.Body;
import io.meridian.proxy.http.BodyKind;
import io.meridian.proxy.http.BodyReader;
import io.meridian.proxy.http.Fault;
import io.meridian.proxy.http.Method;
import io.meridian.proxy.http.Parse;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.http.ResponseHead;
import io.meridian.proxy.loop.Outbox;
import io.meridian.proxy.loop.Worker;
import io.meridian.proxy.telemetry.Rejection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One HTTP/1.1 connection of a client: parses requests strictly, one exchange at a time, answers in
 * order. What a client sends ahead waits in one receive buffer, and reading stops meanwhile.
 */
final class Http1Downstream extends ChannelInboundHandlerAdapter
    implements Downstream, ClientConnection {
  private static final Logger log = LoggerFactory.getLogger(Http1Downstream.class);

  /**
   * After an early answer, so much of a request's body is read and dropped to keep the connection.
   */
  private static final long DRAIN_BYTES = 256 * 1024;

  private enum State {
    /** Between requests, or within a head. */
    HEAD,
    /** Within a request's body. */
    BODY,
    /** The request is complete, its answer is not. */
    ANSWER,
    /** The answer is complete, the rest of the request's body is read and dropped. */
    DRAIN,
    /** Bytes pass as they are. */
    TUNNEL,
    /** Our side is closed; what still comes is dropped. */
    LINGER
  }

  private final LoopContext context;
  private final Worker worker;
  private final Channel channel;
  private final Peer peer;
  private final Outbox outbox;
  private final Http1Answer answer;
  private final BodyReader body = new BodyReader();
  private final Watch watch;
  private final Queue queue;
  private final LingeringClose closing;
  private final ConnectionLife life;

  // event loop only
  private @Nullable ProxyExchange exchange;
  private @Nullable ByteBuf ahead;
  private State state = State.HEAD;
  private boolean reading;
  private boolean paused;
  private boolean keepAlive;
  private boolean lastWords; // the client said that the present request is its last
  private long drained;

  Http1Downstream(LoopContext context, Channel channel, Peer peer) {
    this.context = context;
    this.worker = context.worker();
    this.channel = channel;
    this.peer = peer;
    this.outbox = new Outbox(context.worker(), channel);
    this.answer = new Http1Answer(worker, outbox);
    this.watch = new Watch();
    this.queue = new Queue();
    this.closing = new LingeringClose(worker, channel, outbox);
    this.life = new ConnectionLife(worker.now(), worker.random());
  }

  /** The connection is open, and all that comes before HTTP is done. */
  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    if (peer.secured() == null) {
      outbox.shortcut(ctx);
    }
    watch.bytes(worker.tick());
    context.clients().add(queue);
    watch.idle();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf in = (ByteBuf) message;
    watch.bytes(worker.tick());
    ByteBuf earlier = ahead;
    if (earlier != null) {
      // Only what was on its way when reading stopped: at most one receive buffer.
      ahead =
          earlier.isReadable()
              ? worker
                  .allocator()
                  .buffer(earlier.readableBytes() + in.readableBytes())
                  .writeBytes(earlier)
                  .writeBytes(in)
              : in.retain();
      earlier.release();
      in.release();
      return;
    }
    try {
      process(in);
      if (in.isReadable() && channel.isActive() && waiting()) {
        ahead = keep(in);
        updateReading();
      }
    } finally {
      in.release();
    }
  }

  /**
   * What a client sent ahead, in no more memory than it needs. While memory is tight nothing is
   * kept: the connection ends with the present answer, and the client asks anew elsewhere.
   */
  private ByteBuf keep(ByteBuf in) {
    if (state == State.ANSWER && !exchange().head().upgrade() && !context.backlog().roomy()) {
      keepAlive = false;
      return Unpooled.EMPTY_BUFFER;
    }
    int length = in.readableBytes();
    return length > in.capacity() / 2
        ? in.retain()
        : worker.allocator().buffer(length).writeBytes(in, in.readerIndex(), length);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    readComplete();
  }

  /** All that came together is dealt with: what goes upstream of it leaves now. */
  private void readComplete() {
    ProxyExchange current = exchange;
    if (current != null && state != State.HEAD) {
      current.requestReading(false);
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    worker.tick();
    if (channel.isWritable()) {
      resumeAnswer();
    } else {
      context.backlog().join(queue, worker.now());
    }
  }

  /** The client has taken enough of what was sent: more may follow. */
  private void resumeAnswer() {
    ProxyExchange current = exchange;
    if (current != null && state != State.HEAD) {
      current.downstreamWritable();
    } else if (state == State.HEAD) {
      readAhead();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    worker.tick();
    leaveLists();
    outbox.close();
    if (ahead != null) {
      ahead.release();
      ahead = null;
    }
    ProxyExchange current = exchange;
    if (current != null) {
      if (state == State.HEAD) {
        abandonHead(current);
      } else {
        current.clientGone();
      }
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    boolean broken = cause instanceof IOException || cause.getCause() instanceof SSLException;
    if (!broken) {
      log.error("client connection", cause);
    }
    if (peer.secured() != null) {
      abort(); // what is cut here must not look like a proper end
    } else {
      channel.close();
    }
  }

  /** By close_notify a client closes both ways, as it does by closing a socket in the clear. */
  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslCloseCompletionEvent) {
      channel.close();
    }
  }

  // ---- requests in

  private void process(ByteBuf in) {
    reading = true;
    try {
      while (in.isReadable()) {
        switch (state) {
          case HEAD -> {
            if (waiting() || !readHead(in)) {
              return;
            }
          }
          case BODY -> {
            if (!readBody(in)) {
              return;
            }
          }
          case ANSWER -> {
            return;
          }
          case DRAIN -> {
            if (!drain(in)) {
              return;
            }
          }
          case TUNNEL -> {
            ProxyExchange current = exchange;
            if (current == null) {
              return;
            }
            current.requestData(in, in.readableBytes());
          }
          case LINGER -> in.skipBytes(in.readableBytes());
        }
      }
    } finally {
      reading = false;
    }
  }

  /** Returns whether there may be more to read. */
  private boolean readHead(ByteBuf in) {
    ProxyExchange current = exchange;
    if (current == null) {
      current = context.acquire(this);
      exchange = current;
      watch.headBegins();
    }
    RequestHead head = current.head();
    boolean began = head.started();
    Parse parsed = head.feed(in);
    if (parsed == Parse.MORE) {
      if (!began && head.started()) {
        watch.headBegins();
        watch.headGoesOn();
      }
      return false;
    }
    if (parsed == Parse.BAD) {
      if (mayBecomeHttp2() && Http2Preface.begins(head)) {
        becomeHttp2(current, in);
        return false;
      }
      answer.begin(1, false);
      refuse(current, head.fault());
      return false;
    }
    answer.begin(head.minorVersion(), head.method() == Method.HEAD);
    Limits limits = context.snapshot().config().limits();
    boolean last = life.spend(worker.now(), limits.client());
    lastWords = !head.keepAlive();
    keepAlive = !lastWords && !last && !peer.departure().announced();
    if (limits.body() > 0 && head.contentLength() > limits.body()) {
      refuse(current, 413, "body too large", Rejection.BODY_SIZE);
      return false;
    }
    BodyKind kind = head.body();
    body.start(kind, head.contentLength());
    state = kind == BodyKind.NONE || body.done() ? State.ANSWER : State.BODY;
    if (state == State.BODY) {
      watch.bodyBegins(body, head.expectContinue());
    } else {
      watch.off();
    }
    current.requestReading(true);
    boolean ends = state == State.ANSWER;
    current.arrived(watch.firstByteNanos(), body, ends);
    return true;
  }

  private void leaveLists() {
    watch.off(); // else the end of an exchange, which resumes reading, would start it again
    worker.remove(watch);
    closing.over();
    context.backlog().leave(queue);
    context.clients().remove(queue);
  }

  /** The client knew beforehand that HTTP/2 is spoken here (RFC 9113, 3.3). */
  private void becomeHttp2(ProxyExchange current, ByteBuf in) {
    exchange = null;
    current.abandon();
    leaveLists();
    ByteBuf from = Http2Preface.whole(worker.allocator(), in);
    outbox.noShortcut();
    Http2Connection next = new Http2Connection(context, channel, peer);
    channel.pipeline().replace(this, null, next);
    next.takeOver(from);
  }

  /** Within TLS, ALPN alone chooses HTTP/2 (RFC 9113, 3.2). */
  private boolean mayBecomeHttp2() {
    return peer.http2() && peer.secured() == null && outbox.passedOnBytes() == 0;
  }

  private boolean readBody(ByteBuf in) {
    int length = body.next(in);
    ProxyExchange current = exchange;
    if (current == null) {
      return false;
    }
    if (length > 0) {
      watch.bodyBytes();
      long limit = context.snapshot().config().limits().body();
      if (limit > 0 && body.read() > limit) {
        breakOff(current, 413, "body too large", Rejection.BODY_SIZE);
        return false;
      }
      current.requestData(in, length);
    } else if (length == BodyReader.BAD) {
      rejected(Rejections.of(body.fault()));
      current.requestBroken(answer(body.fault()));
      return false;
    }
    if (exchange == current && state == State.BODY && body.done()) {
      state = State.ANSWER;
      watch.off();
      current.requestEnd();
    }
    return true;
  }

  /** Reads on after an early answer, so that the connection can serve another request. */
  private boolean drain(ByteBuf in) {
    int length = body.next(in);
    if (length > 0) {
      in.skipBytes(length);
      drained += length;
    }
    if (length == BodyReader.BAD || drained > DRAIN_BYTES) {
      linger();
      return false;
    }
    if (body.done()) {
      nextRequest();
    }
    return true;
  }

  private void refuse(ProxyExchange current, Fault fault) {
    rejected(Rejections.of(fault));
    current.refuse(answer(fault));
  }

  private void refuse(ProxyExchange current, int status, String text, Rejection why) {
    rejected(why);
    current.refuse(new ErrorAnswer(status, text, "http_request_error", "", 0, true));
  }

  /** Ends a request in the middle of its body. */
  private void breakOff(ProxyExchange current, int status, String text, Rejection why) {
    rejected(why);
    current.requestBroken(new ErrorAnswer(status, text, "http_request_error", "", 0, true));
  }

  private void rejected(Rejection why) {
    peer.meters().rejected(worker.index(), why);
  }

  private static ErrorAnswer answer(Fault fault) {
    return new ErrorAnswer(fault.status(), fault.reason(), "http_request_error", "", 0, true);
  }

  // ---- answers out

  @Override
  public Peer peer() {
    return peer;
  }

  @Override
  public boolean http2() {
    return false;
  }

  @Override
  public boolean accepts(ResponseHead head) {
    return true; // the client checks it
  }

  @Override
  public void sendInformational(ResponseHead head) {
    if (head.status() == 100) {
      watch.continued();
    }
    answer.informational(head);
  }

  @Override
  public void sendHead(ResponseHead head) {
    // A client that was promised "100 Continue" and got none may or may not send its body now.
    keepAlive &= !peer.departure().announced() && !(state == State.BODY && expectsContinue());
    keepAlive = answer.head(head, keepAlive, exchange());
    watch.answered();
  }

  @Override
  public void sendData(ByteBuf in, int length) {
    answer.data(in, length);
  }

  @Override
  public void sendEnd(Body ended) {
    answer.end(ended);
  }

  @Override
  public void sendError(ErrorAnswer error) {
    keepAlive &= !error.close() && state != State.BODY;
    answer.error(error, keepAlive, exchange());
  }

  @Override
  public void flush() {
    outbox.flush();
  }

  @Override
  public void hold() {
    outbox.hold();
  }

  @Override
  public int gatheredBytes() {
    return answer.gatheredBytes();
  }

  @Override
  public boolean discard() {
    return answer.discard();
  }

  @Override
  public boolean writable() {
    if (!channel.isWritable()) {
      return false;
    }
    if (queue.pending() > 0 && !context.backlog().roomy()) {
      context.backlog().join(queue, worker.now());
      return false;
    }
    return true;
  }

  @Override
  public void setReading(boolean wanted) {
    paused = !wanted;
    watch.paused(paused);
    updateReading();
  }

  @Override
  public void tunnel() {
    state = State.TUNNEL;
    answer.tunnel();
    keepAlive = false;
    watch.off();
    ByteBuf early = ahead;
    if (early != null) {
      ahead = null;
      exchange().requestData(early, early.readableBytes());
      early.release();
      exchange().requestReading(false);
      updateReading();
    }
  }

  @Override
  public void abort() {
    outbox.close();
    keepAlive = false;
    // A reset tells the client that this was no proper end, where closing alone might not.
    if (answer.endsWithConnection()) {
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
    }
    ChannelHandlerContext inside =
        peer.secured() == null ? null : channel.pipeline().context(SslHandler.class);
    if (inside != null) {
      inside.close(); // past TLS: its close_notify would say that all was sent
    } else {
      channel.close();
    }
  }

  @Override
  public long bytesSent() {
    return answer.bytesSent();
  }

  @Override
  public void finished(boolean reusable) {
    exchange = null;
    if (!channel.isActive()) {
      return;
    }
    if (queue.pending() > 0) {
      context.backlog().join(queue, worker.now());
    }
    boolean again = reusable && keepAlive && !answer.open();
    if (state == State.BODY) { // answered before the request was complete
      if (again) {
        state = State.DRAIN;
        drained = 0;
        watch.rest(LingeringClose.NANOS);
      } else {
        linger();
      }
    } else if (!again) {
      linger();
    } else {
      nextRequest();
    }
  }

  private void nextRequest() {
    state = State.HEAD;
    watch.idle();
    if (peer.departure().due()) {
      linger();
      return;
    }
    readAhead();
  }

  /** Whether what the client has sent ahead must wait: for the answer, or for room to answer. */
  private boolean waiting() {
    return state == State.ANSWER
        || (state == State.HEAD && exchange == null && !channel.isWritable());
  }

  private void readAhead() {
    ByteBuf early = ahead;
    if (early != null && !reading && !waiting()) {
      ahead = null;
      try {
        process(early);
        readComplete();
        if (early.isReadable() && channel.isActive() && waiting()) {
          ahead = keep(early);
        }
      } finally {
        early.release();
      }
    }
    updateReading();
  }

  /** Closes, so that the last answer arrives. */
  private void linger() {
    if (state == State.LINGER) {
      return;
    }
    boolean atRest = state == State.ANSWER && lastWords && !reading && ahead == null;
    state = State.LINGER;
    ByteBuf early = ahead;
    if (early != null) {
      ahead = null;
      early.release();
    }
    paused = false;
    updateReading();
    outbox.flush();
    watch.off();
    if (queue.pending() > 0) {
      context.backlog().join(queue, worker.now());
    }
    if (atRest) {
      closing.startAtRest();
    } else {
      closing.start();
    }
  }

  /** The listener leaves: an idle connection closes now, a busy one after its answer. */
  @Override
  public void drainConnection() {
    if (exchange == null || (state == State.HEAD && !exchange.head().started())) {
      ProxyExchange current = exchange;
      if (current != null) {
        abandonHead(current);
      }
      linger();
    }
  }

  private void abandonHead(ProxyExchange current) {
    exchange = null;
    current.abandon();
  }

  private void updateReading() {
    boolean wanted = !paused && ahead == null;
    if (channel.config().isAutoRead() != wanted) {
      channel.config().setAutoRead(wanted);
    }
  }

  private boolean expectsContinue() {
    return exchange().head().expectContinue();
  }

  private ProxyExchange exchange() {
    ProxyExchange current = exchange;
    if (current == null) {
      throw new IllegalStateException("no exchange");
    }
    return current;
  }

  /** Ends what takes too long. */
  private final class Watch extends RequestWatch {
    Watch() {
      super(context);
    }

    @Override
    void idleTooLong() {
      linger();
    }

    @Override
    void headTooLong() {
      answer.begin(1, false);
      refuse(exchange(), 408, "request head took too long", Rejection.HEAD_TIMEOUT);
    }

    @Override
    void bodyTooSlow(Rejection why) {
      breakOff(exchange(), 408, "request body came too slowly", why);
    }
  }

  /** This connection as its loop sees it. */
  private final class Queue extends DownstreamQueue {
    Queue() {
      super(outbox);
    }

    @Override
    public long idleNanos(long nowNanos) {
      ProxyExchange current = exchange;
      boolean idle =
          state == State.HEAD && (current == null || !current.head().started()) && pending() == 0;
      return idle ? watch.silentNanos(nowNanos) : -1;
    }

    @Override
    public void evict() {
      rejected(Rejection.IDLE_EVICTED);
      channel.close();
    }

    @Override
    protected void resume() {
      if (channel.isWritable()) {
        resumeAnswer();
      }
    }

    @Override
    protected void cut(Rejection why) {
      rejected(why);
      ProxyExchange current = exchange;
      if (current != null && state != State.HEAD) {
        current.clientTooSlow();
      } else {
        channel.close();
      }
    }
  }
}
