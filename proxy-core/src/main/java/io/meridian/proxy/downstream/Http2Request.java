package io.meridian.proxy.downstream;

import io.meridian.config.Timeouts;
import io.meridian.proxy.exchange.ErrorAnswer;
import io.meridian.proxy.exchange.LoopContext;
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
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The request on one stream, as far as the client has sent it: passed on at once, or held while the
 * exchange does not read. Reused; event loop only.
 */
final class Http2Request implements Body {
  /** How long a WebSocket lives on when its client has said all. */
  private static final long HALF_CLOSED_NANOS = TimeUnit.SECONDS.toNanos(10);

  private final Http2Downstream stream;
  private final Http2Connection connection;
  private final LoopContext context;
  private final Worker worker;
  private final RateWatch rate = new RateWatch();

  private long contentLength;
  private long read;
  private boolean over; // END_STREAM came
  private boolean told; // the exchange knows of the end
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

  Http2Request(Http2Downstream stream, Http2Connection connection, LoopContext context) {
    this.stream = stream;
    this.connection = connection;
    this.context = context;
    this.worker = context.worker();
  }

  void begin() {
    contentLength = -1;
    read = 0;
    over = false;
    told = false;
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
    if (trailers != null) {
      trailers.clear();
    }
  }

  /** Whether the client sends no more. */
  boolean over() {
    return over;
  }

  /** Whether it breaks the protocol: then a reset is its answer. */
  boolean malformed() {
    return malformed;
  }

  /** Whether its answer has no body. */
  boolean head() {
    return headRequest;
  }

  boolean accepts(ResponseHead head) {
    String key = webSocketKey;
    return key != null && WebSocketAccept.matches(key, head);
  }

  /** The client hears that it may send. */
  void awaited() {
    if (awaitsContinue) {
      awaitsContinue = false;
      bodyTimeBegins(worker.now());
    }
  }

  /** Whether the exchange reads; true if what was held can be passed on. */
  boolean reading(boolean wanted) {
    paused = !wanted;
    bodyTimeBegins(worker.now());
    return wanted && (ahead != null || over);
  }

  /** From here on both sides speak another protocol; true if what was held can be passed on. */
  boolean tunnel() {
    tunnel = true;
    return ahead != null || over;
  }

  /** Whether it was held back until it is known whether content follows; the exchange must go. */
  boolean undefer() {
    boolean was = deferred;
    deferred = false;
    return was;
  }

  /** A whole and well-formed head. */
  void arrived(Http2RequestFields fields, boolean endStream) {
    ProxyExchange current = stream.acquire();
    over = endStream;
    contentLength = fields.contentLength();
    webSocketKey = fields.webSocketKey();
    RequestHead head = current.head();
    ByteBuf in = fields.head();
    Parse parsed = head.feed(in);
    if (parsed == Parse.BAD) {
      stream.rejected(Rejections.of(head.fault()));
      current.refuse(answer(head.fault()));
      return;
    }
    if (parsed == Parse.MORE || in.isReadable()) {
      malformed = true; // two heads, or the half of one: never to be passed on
      stream.rejected(Rejections.of(Fault.FIELD_VALUE));
      current.refuse(answer(Fault.FIELD_VALUE));
      return;
    }
    headRequest = head.method() == Method.HEAD;
    awaitsContinue = head.expectContinue();
    if (overLimit(contentLength)) {
      stream.rejected(Rejection.BODY_SIZE);
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
    told = complete;
    current.requestReading(true);
    current.arrived(worker.now(), this, complete);
    connection.turn().touched(stream);
  }

  /** A head that must not be looked at. */
  void refuse(Fault fault, boolean broken) {
    malformed = broken;
    headRequest = true; // nobody knows what was asked: the status says all
    stream.rejected(Rejections.of(fault));
    ProxyExchange current = stream.acquire();
    current.refuse(answer(fault));
  }

  /** The next bytes of the body; how many of them, with the padding, were passed on. */
  int data(ByteBuf data, int padding, boolean endStream) {
    int length = data.readableBytes();
    lastReadNanos = worker.now();
    awaitsContinue = false;
    read += length;
    over = endStream;
    ProxyExchange current = stream.exchange();
    if (current == null) {
      return length + padding; // answered already
    }
    if (wrongLength(endStream)) {
      broken(answer(Fault.CONTENT_LENGTH));
      return length + padding;
    }
    if (overLimit(read) && !upgrading()) {
      stream.rejected(Rejection.BODY_SIZE);
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
    connection.turn().touched(stream);
    return length + padding;
  }

  /** The trailer section, with which the request ends. */
  void trailers(@Nullable String wrong, ByteBuf lines) {
    lastReadNanos = worker.now();
    over = true;
    ProxyExchange current = stream.exchange();
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
    connection.turn().touched(stream);
  }

  /** The body breaks the protocol: nothing that was sent may look whole. */
  void broken(ErrorAnswer answer) {
    ProxyExchange current = stream.exchange();
    malformed = true;
    if (current != null) {
      stream.rejected(Rejection.MALFORMED);
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
    ProxyExchange current = stream.exchange();
    ByteBuf held = ahead;
    boolean done = held == null && (told || !over);
    if (current == null || stream.closed() || paused || done || (upgrading() && !tunnel)) {
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
      connection.input().credit(stream, length);
    }
    if (stream.serves(current) && over) {
      end();
    }
    stream.readComplete();
  }

  private void end() {
    ProxyExchange current = stream.exchange();
    if (current != null && !told) {
      told = true;
      current.requestEnd();
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

  // ---- its end

  /** Looks after its time; {@code answering}: the answer has begun. */
  void check(ProxyExchange current, long now, Timeouts timeouts, boolean answering) {
    if (tunnel) {
      if (over && now - lastReadNanos >= HALF_CLOSED_NANOS) {
        current.clientGone();
      }
    } else if (paused || awaitsContinue) {
      bodyTimeBegins(now); // others are waited for
    } else if (!over && !upgrading()) {
      long window = timeouts.requestBody().toNanos();
      long least = context.snapshot().config().limits().client().requestRate();
      if (now - lastReadNanos >= window) {
        tooSlow(current, Rejection.BODY_TIMEOUT);
      } else if (!answering && rate.tooSlow(now, read, least, window)) { // else they converse
        tooSlow(current, Rejection.BODY_RATE);
      }
    }
  }

  private void bodyTimeBegins(long now) {
    lastReadNanos = now;
    rate.start(now, read);
  }

  private void tooSlow(ProxyExchange current, Rejection why) {
    stream.rejected(why);
    breakOff(
        current,
        new ErrorAnswer(408, "request body came too slowly", "http_request_error", "", 0, true));
  }

  /** Nothing that was held is wanted any more. */
  void drop() {
    ByteBuf held = ahead;
    if (held != null) {
      ahead = null;
      connection.input().hold(-held.readableBytes());
      held.release();
    }
  }

  private static ErrorAnswer tooLarge() {
    return new ErrorAnswer(413, "body too large", "http_request_error", "", 0, true);
  }

  private static ErrorAnswer answer(Fault fault) {
    return new ErrorAnswer(fault.status(), fault.reason(), "http_request_error", "", 0, true);
  }
}
