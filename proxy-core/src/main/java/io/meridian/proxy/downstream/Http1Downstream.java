package io.meridian.proxy.downstream;

import io.meridian.config.Limits;
import io.meridian.config.Timeouts;
import io.meridian.proxy.downstream.ResponseWriter.Framing;
import io.meridian.proxy.exchange.Downstream;
import io.meridian.proxy.exchange.ErrorAnswer;
import io.meridian.proxy.exchange.LoopContext;
import io.meridian.proxy.exchange.OpenClients;
import io.meridian.proxy.exchange.Peer;
import io.meridian.proxy.exchange.ProxyExchange;
import io.meridian.proxy.exchange.RateWatch;
import io.meridian.proxy.http.Body;
import io.meridian.proxy.http.BodyKind;
import io.meridian.proxy.http.BodyReader;
import io.meridian.proxy.http.Chunks;
import io.meridian.proxy.http.Fault;
import io.meridian.proxy.http.Method;
import io.meridian.proxy.http.Parse;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.http.ResponseHead;
import io.meridian.proxy.loop.Outbox;
import io.meridian.proxy.loop.TimerWheel;
import io.meridian.proxy.loop.Worker;
import io.meridian.proxy.telemetry.Rejection;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One HTTP/1.1 connection of a client: parses requests strictly, one exchange at a time, answers in
 * order. What a client sends ahead waits in one receive buffer, and reading stops meanwhile.
 */
final class Http1Downstream extends ChannelInboundHandlerAdapter
    implements Downstream, OpenClients.Client {
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
  private final BodyReader body = new BodyReader();
  private final Watch watch = new Watch();
  private final RateWatch bodyRate = new RateWatch();
  private final Queue queue;
  private final LingeringClose closing;
  private final ConnectionLife life;

  // event loop only
  private @Nullable ProxyExchange exchange;
  private @Nullable ByteBuf ahead;
  private State state = State.HEAD;
  private Framing framing = Framing.NONE;
  private boolean reading;
  private boolean paused;
  private boolean keepAlive;
  private boolean headSent;
  private boolean headRequest;
  private boolean openBody;
  private int minorVersion = 1;
  private long firstByteNanos;
  private long lastByteNanos;
  private long sentBefore;
  private long drained;
  private boolean awaitsContinue;
  private int place;

  Http1Downstream(LoopContext context, Channel channel, Peer peer) {
    this.context = context;
    this.worker = context.worker();
    this.channel = channel;
    this.peer = peer;
    this.outbox = new Outbox(context.worker(), channel);
    this.queue = new Queue();
    this.closing = new LingeringClose(context, channel, queue);
    this.life = new ConnectionLife(worker.now(), worker.random());
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    lastByteNanos = worker.tick();
    peer.meters().accepted(worker.index());
    context.clients().add(this);
    worker.arm(watch, lastByteNanos + timeouts().idle().toNanos());
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf in = (ByteBuf) message;
    lastByteNanos = worker.tick();
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
        ahead = in.retain();
        updateReading();
      }
    } finally {
      in.release();
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
    worker.remove(watch);
    closing.over();
    context.backlog().leave(queue);
    context.clients().remove(this);
    peer.meters().closed(worker.index());
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
    if (!(cause instanceof IOException)) {
      log.error("client connection", cause);
    }
    channel.close();
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
      ProxyExchange current = exchange;
      if (current != null && state != State.HEAD) {
        current.requestReading(false);
      }
    }
  }

  /** Returns whether there may be more to read. */
  private boolean readHead(ByteBuf in) {
    ProxyExchange current = exchange;
    if (current == null) {
      current = context.acquire(this);
      exchange = current;
      firstByteNanos = worker.now();
    }
    RequestHead head = current.head();
    boolean began = head.started();
    Parse parsed = head.feed(in);
    if (parsed == Parse.MORE) {
      if (!began && head.started()) {
        firstByteNanos = worker.now();
        worker.arm(watch, firstByteNanos + timeouts().requestHead().toNanos());
      }
      return false;
    }
    headSent = false;
    openBody = false;
    sentBefore = outbox.passedOnBytes();
    if (parsed == Parse.BAD) {
      if (peer.http2() && outbox.passedOnBytes() == 0 && Http2Preface.begins(head)) {
        becomeHttp2(current, in);
        return false;
      }
      minorVersion = 1;
      headRequest = false;
      refuse(current, head.fault());
      return false;
    }
    minorVersion = head.minorVersion();
    headRequest = head.method() == Method.HEAD;
    Limits limits = context.snapshot().config().limits();
    boolean last = life.spend(worker.now(), limits.client());
    keepAlive = head.keepAlive() && !last && !context.draining();
    if (limits.body() > 0 && head.contentLength() > limits.body()) {
      refuse(current, 413, "body too large", Rejection.BODY_SIZE);
      return false;
    }
    BodyKind kind = head.body();
    body.start(kind, head.contentLength());
    state = kind == BodyKind.NONE || body.done() ? State.ANSWER : State.BODY;
    if (state == State.BODY) {
      awaitsContinue = head.expectContinue();
      startBodyWatch();
    }
    current.requestReading(true);
    boolean ends = state == State.ANSWER;
    current.arrived(firstByteNanos, body, ends);
    return true;
  }

  /** The client knew beforehand that HTTP/2 is spoken here (RFC 9113, 3.3). */
  private void becomeHttp2(ProxyExchange current, ByteBuf in) {
    exchange = null;
    current.abandon();
    worker.remove(watch);
    ByteBuf from = Http2Preface.whole(worker.allocator(), in);
    Http2Connection next = new Http2Connection(context, channel, peer);
    channel.pipeline().replace(this, null, next);
    next.takeOver(from);
  }

  private boolean readBody(ByteBuf in) {
    int length = body.next(in);
    ProxyExchange current = exchange;
    if (current == null) {
      return false;
    }
    if (length > 0) {
      awaitsContinue = false;
      long limit = context.snapshot().config().limits().body();
      if (limit > 0 && body.read() > limit) {
        breakOff(current, 413, "body too large", Rejection.BODY_SIZE);
        return false;
      }
      current.requestData(in, length);
    } else if (length == BodyReader.BAD) {
      rejected(Rejection.MALFORMED);
      current.requestBroken(answer(body.fault()));
      return false;
    }
    if (exchange == current && state == State.BODY && body.done()) {
      state = State.ANSWER;
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
    rejected(
        switch (fault.status()) {
          case 414 -> Rejection.REQUEST_LINE;
          case 431 -> Rejection.HEAD_SIZE;
          default -> Rejection.MALFORMED;
        });
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
    if (awaitsContinue && head.status() == 100) {
      awaitsContinue = false;
      startBodyWatch(); // its turn begins now
    }
    ResponseWriter.informational(outbox.room(ResponseWriter.size(head)), head);
    outbox.flush();
  }

  @Override
  public void sendHead(ResponseHead head) {
    framing = ResponseWriter.framing(head, minorVersion);
    // A client that was promised "100 Continue" and got none may or may not send its body now.
    keepAlive &= !context.draining();
    keepAlive &= framing != Framing.CLOSE && !(state == State.BODY && expectsContinue());
    headSent = true;
    openBody = framing != Framing.NONE;
    ProxyExchange current = exchange();
    ResponseWriter.relay(
        outbox.room(ResponseWriter.size(head)),
        head,
        framing,
        keepAlive,
        minorVersion,
        worker.date(),
        current.requestIdBytes(),
        current.requestIdLength());
  }

  @Override
  public void sendData(ByteBuf in, int length) {
    if (framing == Framing.CHUNKED && state != State.TUNNEL) {
      Chunks.head(outbox.room(10), length);
      outbox.take(in, length);
      Chunks.end(outbox.room(2));
    } else {
      outbox.take(in, length);
    }
  }

  @Override
  public void sendEnd(Body answer) {
    openBody = false;
    if (framing == Framing.CHUNKED) {
      boolean trailers = answer.hasTrailers();
      ByteBuf out = outbox.room(trailers ? Body.MAX_TRAILERS : 64);
      Chunks.lastHead(out);
      if (trailers) {
        answer.copyTrailers(out);
      }
      Chunks.end(out);
    }
  }

  @Override
  public void sendError(ErrorAnswer answer) {
    keepAlive &= !answer.close() && state != State.BODY;
    headSent = true;
    ProxyExchange current = exchange();
    ResponseWriter.error(
        outbox.room(1024),
        answer,
        headRequest,
        keepAlive,
        minorVersion,
        worker.date(),
        current.requestIdBytes(),
        current.requestIdLength());
  }

  @Override
  public void flush() {
    outbox.flush();
  }

  @Override
  public int gatheredBytes() {
    return outbox.gatheredBytes() + (int) Math.min(1 << 30, outbox.passedOnBytes() - sentBefore);
  }

  @Override
  public boolean discard() {
    if (outbox.passedOnBytes() != sentBefore) {
      return !headSent;
    }
    outbox.discard();
    headSent = false;
    openBody = false;
    return true;
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
    if (wanted && paused && state == State.BODY) {
      startBodyWatch(); // it was not the client that was slow
    }
    paused = !wanted;
    updateReading();
  }

  private void startBodyWatch() {
    lastByteNanos = worker.now();
    bodyRate.start(lastByteNanos, body.read());
    worker.arm(watch, lastByteNanos + timeouts().requestBody().toNanos());
  }

  @Override
  public void tunnel() {
    state = State.TUNNEL;
    framing = Framing.CLOSE;
    keepAlive = false;
    worker.disarm(watch);
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
    if (channel instanceof io.netty.channel.socket.SocketChannel socket
        && framing == Framing.CLOSE) {
      socket.config().setSoLinger(0);
    }
    channel.close();
  }

  @Override
  public long bytesSent() {
    return outbox.passedOnBytes() - sentBefore;
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
    boolean again = reusable && keepAlive && !openBody;
    if (state == State.BODY) { // answered before the request was complete
      if (again) {
        state = State.DRAIN;
        drained = 0;
        worker.arm(watch, worker.now() + LingeringClose.NANOS);
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
    worker.arm(watch, worker.now() + timeouts().idle().toNanos());
    if (context.draining()) {
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
        if (early.isReadable() && channel.isActive() && waiting()) {
          ahead = early.retain();
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
    state = State.LINGER;
    ByteBuf early = ahead;
    if (early != null) {
      ahead = null;
      early.release();
    }
    paused = false;
    updateReading();
    outbox.flush();
    worker.disarm(watch);
    context.backlog().leave(queue);
    closing.start();
  }

  /** The process stops: an idle connection closes now, a busy one after its answer. */
  void drainConnection() {
    if (exchange == null || (state == State.HEAD && !exchange.head().started())) {
      ProxyExchange current = exchange;
      if (current != null) {
        abandonHead(current);
      }
      linger();
    }
  }

  @Override
  public int place() {
    return place;
  }

  @Override
  public void place(int index) {
    place = index;
  }

  @Override
  public long idleNanos(long nowNanos) {
    ProxyExchange current = exchange;
    boolean idle =
        state == State.HEAD
            && (current == null || !current.head().started())
            && queue.pending() == 0;
    return idle ? nowNanos - lastByteNanos : -1;
  }

  @Override
  public void evict() {
    rejected(Rejection.IDLE_EVICTED);
    channel.close();
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

  private Timeouts timeouts() {
    return context.snapshot().config().timeouts();
  }

  private ProxyExchange exchange() {
    ProxyExchange current = exchange;
    if (current == null) {
      throw new IllegalStateException("no exchange");
    }
    return current;
  }

  /** Ends connections that make no progress. */
  private final class Watch extends TimerWheel.Timer {
    @Override
    protected void fire(long now) {
      switch (state) {
        case HEAD -> {
          ProxyExchange current = exchange;
          if (current != null && current.head().started()) {
            long deadline = firstByteNanos + timeouts().requestHead().toNanos();
            if (now - deadline >= 0) {
              headSent = false;
              sentBefore = outbox.passedOnBytes();
              headRequest = false;
              minorVersion = 1;
              refuse(current, 408, "request head took too long", Rejection.HEAD_TIMEOUT);
            } else {
              worker.arm(this, deadline);
            }
          } else {
            later(now, timeouts().idle().toNanos());
          }
        }
        case BODY -> bodyDue(now);
        case ANSWER, TUNNEL, LINGER -> {
          // the exchange looks after itself, and so does the closing
        }
        case DRAIN -> linger();
      }
    }

    private void bodyDue(long now) {
      ProxyExchange current = exchange;
      long window = timeouts().requestBody().toNanos();
      if (paused || awaitsContinue || current == null) {
        worker.arm(this, now + window); // others are waited for
      } else if (now - lastByteNanos >= window) {
        breakOff(current, 408, "request body took too long", Rejection.BODY_TIMEOUT);
      } else if (bodyRate.tooSlow(now, body.read(), leastRate(), window)) {
        breakOff(current, 408, "request body came too slowly", Rejection.BODY_RATE);
      } else {
        worker.arm(this, Math.min(lastByteNanos + window, bodyRate.dueNanos(window)));
      }
    }

    private long leastRate() {
      return context.snapshot().config().limits().client().requestRate();
    }

    private void later(long now, long idleNanos) {
      if (now - lastByteNanos >= idleNanos) {
        linger();
      } else {
        worker.arm(this, lastByteNanos + idleNanos);
      }
    }
  }

  /** What waits for the client. */
  private final class Queue extends DownstreamQueue {
    Queue() {
      super(channel, outbox);
    }

    @Override
    protected void resume() {
      resumeAnswer();
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
