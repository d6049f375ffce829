package io.meridian.proxy.downstream;

import io.meridian.config.Timeouts;
import io.meridian.proxy.exchange.Downstream;
import io.meridian.proxy.exchange.ErrorAnswer;
import io.meridian.proxy.exchange.LoopContext;
import io.meridian.proxy.exchange.Peer;
import io.meridian.proxy.exchange.ProxyExchange;
import io.meridian.proxy.exchange.RateWatch;
import io.meridian.proxy.http.Body;
import io.meridian.proxy.http.BodyKind;
import io.meridian.proxy.http.Fault;
import io.meridian.proxy.http.Method;
import io.meridian.proxy.http.Parse;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.http.ResponseHead;
import io.meridian.proxy.http.Trailers;
import io.meridian.proxy.loop.Worker;
import io.meridian.proxy.telemetry.Rejection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.Http2Error;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One stream of a client's HTTP/2 connection: a request and its answer (RFC 9113, 8.1), or a
 * WebSocket (RFC 8441). The answer is gathered here until the exchange lets it go, and then as long
 * as the client's window is shut. Reused within its connection; event loop only.
 */
final class Http2Downstream implements Downstream, Body {
  /** Bytes of an answer that wait before its endpoint is no longer read from. */
  static final int HIGH = 64 * 1024;

  /** How long a WebSocket lives on when its client has said all. */
  private static final long HALF_CLOSED_NANOS = TimeUnit.SECONDS.toNanos(10);

  /** So much must leave to count as progress: a window that opens by a byte is none. */
  private static final int PROGRESS = 1024;

  private static final int KEPT = 16 * 1024;

  /** What came of an attempt to send. */
  enum Sent {
    /** It has more, and may send it. */
    MORE,
    /** It has more, but the connection's window is shut. */
    STARVED,
    NOTHING
  }

  private final Http2Connection connection;
  private final LoopContext context;
  private final Worker worker;
  private final Peer peer;
  private final RateWatch rate = new RateWatch();
  private final RateWatch taken = new RateWatch();

  // for the flow controllers
  int inWindow;
  int inOwed;
  int window;
  boolean inLine;

  private int id;
  private @Nullable ProxyExchange exchange;
  private boolean closed;
  private boolean leaving; // the exchange ends it by itself

  // the request
  private long contentLength;
  private long read;
  private boolean requestOver; // END_STREAM came
  private boolean requestEnded; // the exchange was told
  private boolean deferred; // no content was announced, but the end has not come
  private boolean malformed;
  private boolean paused;
  private boolean headRequest;
  private @Nullable ByteBuf ahead; // what came while paused
  private @Nullable Trailers trailers;
  private boolean hasTrailers;
  private @Nullable String webSocketKey;
  private boolean tunnel;
  private boolean awaitsContinue;
  private long lastReadNanos;

  // the answer
  private @Nullable ByteBuf pending; // a header block, then DATA
  private @Nullable ByteBuf trailerBlock;
  private int blockLength; // of the header block that has not left
  private boolean bodiless;
  private boolean headGiven;
  private boolean released;
  private boolean answerOver;
  private boolean full; // the exchange was told so
  private long sent;
  private long progressNanos;
  private long progressSent;

  Http2Downstream(Http2Connection connection, LoopContext context, Peer peer) {
    this.connection = connection;
    this.context = context;
    this.worker = context.worker();
    this.peer = peer;
  }

  void begin(int streamId, int receiveWindow, int sendWindow) {
    id = streamId;
    inWindow = receiveWindow;
    inOwed = 0;
    window = sendWindow;
    closed = false;
    leaving = false;
    contentLength = -1;
    read = 0;
    requestOver = false;
    requestEnded = false;
    deferred = false;
    malformed = false;
    paused = false;
    headRequest = false;
    hasTrailers = false;
    webSocketKey = null;
    tunnel = false;
    awaitsContinue = false;
    lastReadNanos = worker.now();
    rate.start(lastReadNanos, 0);
    blockLength = 0;
    bodiless = false;
    headGiven = false;
    released = false;
    answerOver = false;
    full = false;
    sent = 0;
    progressSent = 0;
    progressNanos = lastReadNanos;
    if (trailers != null) {
      trailers.clear();
    }
  }

  int id() {
    return id;
  }

  boolean closed() {
    return closed;
  }

  /** Whether the client sends no more on it. */
  boolean requestOver() {
    return requestOver;
  }

  // ---- the request

  /** A whole and well-formed head. */
  void request(Http2RequestFields fields, boolean endStream) {
    ProxyExchange current = context.acquire(this);
    exchange = current;
    requestOver = endStream;
    contentLength = fields.contentLength();
    webSocketKey = fields.webSocketKey();
    RequestHead head = current.head();
    ByteBuf in = fields.head();
    Parse parsed = head.feed(in);
    if (parsed == Parse.BAD) {
      rejected(Rejections.of(head.fault()));
      current.refuse(answer(head.fault()));
      return;
    }
    if (parsed == Parse.MORE || in.isReadable()) {
      malformed = true; // two heads, or the half of one: never to be passed on
      rejected(Rejections.of(Fault.FIELD_VALUE));
      current.refuse(answer(Fault.FIELD_VALUE));
      return;
    }
    headRequest = head.method() == Method.HEAD;
    awaitsContinue = head.expectContinue();
    if (overLimit(contentLength)) {
      rejected(Rejection.BODY_SIZE);
      current.refuse(tooLarge());
      return;
    }
    boolean complete = endStream || upgrading();
    if (!complete && head.body() == BodyKind.NONE) {
      deferred = true; // content may follow all the same: nothing is forwarded before it is known
      return;
    }
    arrive(current, complete);
  }

  private void arrive(ProxyExchange current, boolean complete) {
    requestEnded = complete;
    current.requestReading(true);
    current.arrived(worker.now(), this, complete);
    connection.touched(this);
  }

  /** A head that must not be looked at. */
  void refuse(Fault fault, boolean broken) {
    malformed = broken;
    headRequest = true; // nobody knows what was asked: the status says all
    rejected(Rejections.of(fault));
    ProxyExchange current = context.acquire(this);
    exchange = current;
    current.refuse(answer(fault));
  }

  /** The next bytes of the body; how many of them, with the padding, were passed on. */
  int data(ByteBuf data, int padding, boolean endStream) {
    int length = data.readableBytes();
    lastReadNanos = worker.now();
    awaitsContinue = false;
    read += length;
    requestOver = endStream;
    ProxyExchange current = exchange;
    if (current == null) {
      return length + padding; // answered already
    }
    if (wrongLength(endStream)) {
      broken(answer(Fault.CONTENT_LENGTH));
      return length + padding;
    }
    if (overLimit(read) && !upgrading()) {
      rejected(Rejection.BODY_SIZE);
      current.requestBroken(tooLarge());
      return length + padding;
    }
    if (deferred) {
      if (endStream) {
        deferred = false;
        arrive(current, true);
      }
      return length + padding;
    }
    if (waiting()) {
      return hold(data, length) + padding;
    }
    if (length > 0) {
      current.requestReading(true);
      current.requestData(data, length);
    }
    if (endStream) {
      end();
    }
    connection.touched(this);
    return length + padding;
  }

  /** The trailer section, with which the request ends. */
  void trailers(@Nullable String wrong, ByteBuf lines) {
    lastReadNanos = worker.now();
    requestOver = true;
    ProxyExchange current = exchange;
    if (current == null) {
      return;
    }
    if (wrong != null || wrongLength(true)) {
      broken(answer(Fault.FIELD_VALUE));
      return;
    }
    Trailers section = trailers;
    if (section == null) {
      section = new Trailers();
      trailers = section;
    }
    if (section.feed(lines) != Parse.DONE) {
      broken(answer(section.fault()));
      return;
    }
    hasTrailers = true;
    if (deferred) {
      deferred = false;
      arrive(current, true);
      return;
    }
    if (waiting()) {
      return; // told when what waits has been passed on
    }
    end();
    connection.touched(this);
  }

  /** The body breaks the protocol: nothing that was sent may look whole. */
  void broken(ErrorAnswer answer) {
    ProxyExchange current = exchange;
    malformed = true;
    if (current != null) {
      rejected(Rejection.MALFORMED);
      breakOff(current, answer);
    }
  }

  private void breakOff(ProxyExchange current, ErrorAnswer answer) {
    if (deferred) {
      deferred = false;
      current.refuse(answer); // it knows nothing of the request yet
    } else {
      current.requestBroken(answer);
    }
  }

  private boolean wrongLength(boolean endStream) {
    return contentLength >= 0
        && (read > contentLength || (endStream && read != contentLength))
        && webSocketKey == null;
  }

  private boolean overLimit(long length) {
    long limit = context.snapshot().config().limits().body();
    return limit > 0 && length > limit;
  }

  private boolean upgrading() {
    return webSocketKey != null;
  }

  /** Whether bytes can't be passed on now. */
  private boolean waiting() {
    return paused || ahead != null || (upgrading() && !tunnel);
  }

  private int hold(ByteBuf data, int length) {
    if (length > 0) {
      ByteBuf held = ahead;
      if (held == null) {
        held = worker.allocator().buffer(length);
        ahead = held;
      }
      held.writeBytes(data);
      connection.input().hold(length);
    }
    return 0;
  }

  /** Reading was resumed: passes on what came meanwhile. */
  void resume() {
    ProxyExchange current = exchange;
    ByteBuf held = ahead;
    boolean told = held == null && (requestEnded || !requestOver);
    if (current == null || closed || paused || told || (upgrading() && !tunnel)) {
      return;
    }
    current.requestReading(true);
    if (held != null) {
      ahead = null;
      int length = held.readableBytes();
      try {
        current.requestData(held, length);
      } finally {
        held.release();
      }
      connection.input().hold(-length);
      connection.input().credit(this, length);
    }
    if (exchange == current && requestOver) {
      end();
    }
    readComplete();
  }

  private void end() {
    ProxyExchange current = exchange;
    if (current != null && !requestEnded) {
      requestEnded = true;
      current.requestEnd();
    }
  }

  /** What was read is handled: what goes upstream may leave. */
  void readComplete() {
    ProxyExchange current = exchange;
    if (current != null) {
      current.requestReading(false);
    }
  }

  @Override
  public long read() {
    return tunnel ? 0 : read;
  }

  @Override
  public boolean hasTrailers() {
    return hasTrailers;
  }

  @Override
  public void copyTrailers(ByteBuf out) {
    Trailers section = trailers;
    if (hasTrailers && section != null) {
      section.copyFields(out, 0);
    }
  }

  // ---- the answer

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
    String key = webSocketKey;
    return key != null && WebSocketAccept.matches(key, head);
  }

  @Override
  public void sendInformational(ResponseHead head) {
    if (closed) {
      return;
    }
    if (head.status() == 100 && awaitsContinue) {
      awaitsContinue = false;
      bodyTimeBegins(worker.now());
    }
    ByteBuf block = worker.allocator().buffer(Http2FieldWriter.size(head));
    try {
      Http2FieldWriter.informational(block, head);
      connection.output().headers(this, block, block.readableBytes(), false);
    } finally {
      block.release();
    }
    connection.flushSoon();
  }

  @Override
  public void sendHead(ResponseHead head) {
    ByteBuf out = room(Http2FieldWriter.size(head));
    ProxyExchange current = exchange();
    Http2FieldWriter.relay(
        out,
        head,
        head.upgraded(),
        worker.date(),
        current.requestIdBytes(),
        current.requestIdLength(),
        current.ownResponseFields());
    blockLength = out.readableBytes();
    connection.output().queued(blockLength);
    bodiless = head.body() == BodyKind.NONE && !head.upgraded();
    headGiven = true;
  }

  @Override
  public void sendData(ByteBuf in, int length) {
    if (closed || bodiless) {
      in.skipBytes(length);
      return;
    }
    int left = length;
    if (released && !queuing()) {
      left = sendNow(in, length);
    }
    if (left > 0) {
      if (!queuing()) {
        progressNanos = worker.now();
        progressSent = sent;
        taken.start(progressNanos, sent);
      }
      room(left).writeBytes(in, left);
      connection.output().queued(left);
      if (released) {
        connection.output().offer(this);
      }
    }
  }

  /** Sends without a copy what the windows allow; what is left. */
  private int sendNow(ByteBuf in, int length) {
    int left = length;
    Http2Output output = connection.output();
    while (left > 0 && connection.writable()) {
      int now = Math.min(left, output.allowance(this));
      if (now <= 0) {
        break;
      }
      output.data(this, in, now, false);
      sent += now;
      left -= now;
    }
    return left;
  }

  @Override
  public void sendEnd(Body answer) {
    answerOver = true;
    if (closed || bodiless || !answer.hasTrailers()) {
      return;
    }
    ByteBuf lines = worker.allocator().buffer(Body.MAX_TRAILERS);
    try {
      answer.copyTrailers(lines);
      if (lines.isReadable()) {
        ByteBuf block = worker.allocator().buffer(lines.readableBytes() * 2);
        trailerBlock = block;
        Http2FieldWriter.lines(block, lines);
      }
    } finally {
      lines.release();
    }
  }

  @Override
  public void sendError(ErrorAnswer answer) {
    if (malformed) {
      leaving = true;
      connection.reset(this, Http2Error.PROTOCOL_ERROR);
      return;
    }
    if (closed) {
      return;
    }
    String text = headRequest ? "" : ResponseWriter.text(answer);
    ProxyExchange current = exchange();
    byte[] ownFields = current.ownResponseFields();
    ByteBuf out = room(512 + text.length() + ownFields.length);
    Http2FieldWriter.error(
        out,
        answer,
        ResponseWriter.text(answer).length(),
        worker.date(),
        current.requestIdBytes(),
        current.requestIdLength(),
        ownFields);
    blockLength = out.readableBytes();
    ByteBufUtil.writeAscii(out, text);
    connection.output().queued(out.readableBytes());
    headGiven = true;
    answerOver = true;
  }

  @Override
  public void sendGrpcError(int grpcStatus, ErrorAnswer answer) {
    if (closed) {
      return;
    }
    ProxyExchange current = exchange();
    ByteBuf out = room(512 + answer.text().length());
    Http2FieldWriter.grpcError(
        out,
        grpcStatus,
        answer,
        worker.date(),
        current.requestIdBytes(),
        current.requestIdLength());
    blockLength = out.readableBytes();
    connection.output().queued(blockLength);
    headGiven = true;
    answerOver = true;
  }

  @Override
  public void flush() {
    if (!closed) {
      released = true;
      connection.output().offer(this);
      connection.flushSoon();
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
    if (released && headGiven) {
      return false;
    }
    drop();
    blockLength = 0;
    headGiven = false;
    answerOver = false;
    bodiless = false;
    return true;
  }

  @Override
  public boolean writable() {
    boolean room =
        closed || !queuing() || (waitingBytes() < HIGH && !connection.output().congested());
    if (room && !closed && connection.pending() && !context.backlog().roomy()) {
      room = false;
      connection.joinBacklog();
    }
    full |= !room;
    return room;
  }

  @Override
  public void setReading(boolean wanted) {
    paused = !wanted;
    bodyTimeBegins(worker.now());
    if (wanted && (ahead != null || requestOver)) {
      connection.resumeSoon(this);
    }
  }

  @Override
  public void tunnel() {
    tunnel = true;
    if (ahead != null || requestOver) {
      connection.resumeSoon(this);
    }
  }

  @Override
  public void abort() {
    leaving = true;
    connection.reset(this, malformed ? Http2Error.PROTOCOL_ERROR : Http2Error.INTERNAL_ERROR);
  }

  @Override
  public long bytesSent() {
    return sent + waitingBytes();
  }

  @Override
  public void finished(boolean keepAlive) {
    exchange = null;
    dropAhead();
    if (closed) {
      connection.recycle(this);
      return;
    }
    if (!answerOver) { // a WebSocket ends
      answerOver = true;
      flush();
    }
  }

  /** Sends a part of what waits, as far as it may. */
  Sent send() {
    if (closed || !released || !headGiven) {
      return Sent.NOTHING;
    }
    Http2Output output = connection.output();
    ByteBuf out = pending;
    if (blockLength > 0 && out != null) {
      int length = blockLength;
      blockLength = 0;
      boolean last = answerOver && out.readableBytes() == length && trailerBlock == null;
      output.headers(this, out, length, last);
      left(length);
      if (last) {
        return ended();
      }
    }
    if (out != null && out.isReadable()) {
      int length = Math.min(output.allowance(this), out.readableBytes());
      if (length <= 0) {
        return output.exhausted() && window > 0 ? Sent.STARVED : Sent.NOTHING;
      }
      boolean last = answerOver && out.readableBytes() == length && trailerBlock == null;
      output.data(this, out, length, last);
      left(length);
      if (last) {
        return ended();
      }
      if (out.isReadable()) {
        return Sent.MORE;
      }
    }
    if (!answerOver) {
      return Sent.NOTHING;
    }
    ByteBuf block = trailerBlock;
    if (block != null) {
      output.headers(this, block, block.readableBytes(), true);
    } else {
      output.data(this, Unpooled.EMPTY_BUFFER, 0, true);
    }
    return ended();
  }

  private Sent ended() {
    connection.answered(this);
    return Sent.NOTHING;
  }

  /** So many bytes of {@link #pending} have left. */
  private void left(int length) {
    sent += length;
    connection.output().queued(-length);
    ByteBuf out = pending;
    if (out != null && !out.isReadable()) {
      if (out.capacity() > KEPT || out.refCnt() > 1) {
        out.release();
        pending = null;
      } else {
        out.clear();
      }
      progressNanos = worker.now();
      progressSent = sent;
    } else if (sent - progressSent >= PROGRESS) {
      progressNanos = worker.now();
      progressSent = sent;
    }
    if (full && writable()) {
      full = false;
      connection.resumeSoon(this);
    }
  }

  /** The exchange is told that there is room again, if it is to know. */
  void drained() {
    ProxyExchange current = exchange;
    if (current != null && !closed && !full) {
      current.downstreamWritable();
    }
  }

  private ByteBuf room(int bytes) {
    ByteBuf out = pending;
    if (out == null) {
      out = worker.allocator().buffer(Math.max(bytes, 512));
      pending = out;
    } else if (out.refCnt() > 1) { // a part of it is on its way: it must stay where it is
      ByteBuf fresh = worker.allocator().buffer(Math.max(out.readableBytes() + bytes, 512));
      fresh.writeBytes(out);
      out.release();
      pending = fresh;
      out = fresh;
    } else if (out.readerIndex() > KEPT) {
      out.discardReadBytes();
    }
    return out;
  }

  private boolean queuing() {
    return waitingBytes() > 0;
  }

  private int waitingBytes() {
    ByteBuf out = pending;
    return out == null ? 0 : out.readableBytes();
  }

  // ---- its end

  /** Looks after its time. */
  void check(long now, Timeouts timeouts) {
    ProxyExchange current = exchange;
    if (released && queuing() && takesTooLittle(now, timeouts.responseBody().toNanos())) {
      rejected(Rejection.RESPONSE_RATE);
      connection.reset(this, Http2Error.ENHANCE_YOUR_CALM);
    } else if (current == null) {
      return;
    } else if (tunnel) {
      if (requestOver && now - lastReadNanos >= HALF_CLOSED_NANOS) {
        current.clientGone();
      }
    } else if (paused || awaitsContinue) {
      bodyTimeBegins(now); // others are waited for
    } else if (!requestOver && !upgrading()) {
      long window = timeouts.requestBody().toNanos();
      long least = context.snapshot().config().limits().client().requestRate();
      if (now - lastReadNanos >= window) {
        tooSlow(current, Rejection.BODY_TIMEOUT);
      } else if (!headGiven && rate.tooSlow(now, read, least, window)) { // else they converse
        tooSlow(current, Rejection.BODY_RATE);
      }
    }
  }

  private boolean takesTooLittle(long now, long window) {
    long least = context.snapshot().config().limits().client().responseRate();
    return now - progressNanos >= window || taken.tooSlow(now, sent, least, window);
  }

  private void bodyTimeBegins(long now) {
    lastReadNanos = now;
    rate.start(now, read);
  }

  private void tooSlow(ProxyExchange current, Rejection why) {
    rejected(why);
    breakOff(
        current,
        new ErrorAnswer(408, "request body came too slowly", "http_request_error", "", 0, true));
  }

  /** There may be room again. */
  void retry() {
    if (full && writable()) {
      full = false;
      drained();
    }
  }

  private void rejected(Rejection why) {
    peer.meters().rejected(worker.index(), why);
  }

  /**
   * The stream is closed, for whatever reason: by an end on both sides, by a reset, with its
   * connection.
   */
  void close() {
    closed = true;
    drop();
    dropAhead();
    ProxyExchange current = exchange;
    if (current == null) {
      connection.recycle(this);
    } else if (deferred) {
      deferred = false;
      exchange = null;
      current.abandon();
      connection.recycle(this);
    } else if (!leaving) {
      current.clientGone();
    }
  }

  private void drop() {
    ByteBuf out = pending;
    if (out != null) {
      pending = null;
      connection.output().queued(-out.readableBytes());
      out.release();
    }
    ByteBuf block = trailerBlock;
    if (block != null) {
      trailerBlock = null;
      block.release();
    }
  }

  private void dropAhead() {
    ByteBuf held = ahead;
    if (held != null) {
      ahead = null;
      connection.input().hold(-held.readableBytes());
      held.release();
    }
  }

  private ProxyExchange exchange() {
    ProxyExchange current = exchange;
    if (current == null) {
      throw new IllegalStateException("no exchange");
    }
    return current;
  }

  private static ErrorAnswer tooLarge() {
    return new ErrorAnswer(413, "body too large", "http_request_error", "", 0, true);
  }

  private static ErrorAnswer answer(Fault fault) {
    return new ErrorAnswer(fault.status(), fault.reason(), "http_request_error", "", 0, true);
  }
}
