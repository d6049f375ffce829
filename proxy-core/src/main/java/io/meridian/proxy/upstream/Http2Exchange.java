package io.meridian.proxy.upstream;

import io.meridian.proxy.http.Body;
import io.meridian.proxy.http.BodyKind;
import io.meridian.proxy.http.Method;
import io.meridian.proxy.http.Parse;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.http.ResponseHead;
import io.meridian.proxy.http2.RequestFields;
import io.meridian.proxy.http2.ResponseFields;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import org.jspecify.annotations.Nullable;

/**
 * One stream of an HTTP/2 connection: a request and its answer. Heads pass through the text of
 * HTTP/1.1, so that one parser judges every answer. Reused; that loop's thread only.
 */
final class Http2Exchange implements UpstreamConnection {
  private static final int COPY_LIMIT = 8 * 1024;

  private final Http2Upstream connection;
  private final ResponseHead head;
  private final StreamBody body = new StreamBody();

  // event loop only
  private @Nullable UpstreamListener listener;
  private @Nullable Http2Stream stream;
  private @Nullable Http2Headers unsent;
  private @Nullable ByteBuf writing;
  private @Nullable CharSequence accept; // of a WebSocket
  private boolean lent = true;
  private boolean begun; // HEADERS have gone out
  private boolean headRequest;
  private boolean trailers;
  private boolean headRead;
  private boolean requestEnded;
  private boolean paused;
  private int unconsumed;
  private int uses; // tells one request from the next

  Http2Exchange(Http2Upstream connection) {
    this.connection = connection;
    this.head = new ResponseHead(connection.pool().headLimits());
  }

  Http2Exchange lent() {
    lent = true;
    return this;
  }

  // ---- the request

  @Override
  public boolean reused() {
    return false;
  }

  @Override
  public void begin(UpstreamListener attempt, RequestHead request) {
    listener = attempt;
    uses++;
    headRequest = request.method() == Method.HEAD;
    trailers = RequestWishes.trailers(request);
    accept = request.upgrade() ? RequestWishes.webSocketAccept(request) : null;
    headRead = false;
    requestEnded = false;
    paused = false;
    unconsumed = 0;
    head.clear();
    head.expectFor(request.method());
  }

  @Override
  public ByteBuf headRoom(int bytes) {
    ByteBuf room = connection.scratch(bytes);
    writing = room;
    return room;
  }

  @Override
  public void headWritten() {
    ByteBuf text = writing;
    if (text != null) {
      unsent = RequestFields.of(text, connection.link().scheme(), trailers, accept != null);
      writing = null;
    }
  }

  @Override
  public void sendData(ByteBuf in, int length) {
    sendHead(false);
    Http2Stream open = stream;
    if (open == null) {
      in.skipBytes(length);
      return;
    }
    ChannelHandlerContext ctx = connection.context();
    ByteBuf data =
        length <= COPY_LIMIT
            ? ctx.alloc().directBuffer(length).writeBytes(in, length)
            : in.readRetainedSlice(length);
    connection.encoder().writeData(ctx, open.id(), data, 0, false, ctx.newPromise());
  }

  @Override
  public void sendEnd(Body request) {
    boolean hasTrailers = request.hasTrailers();
    if (accept != null) {
      flushHead(); // the other direction of the tunnel stays open
      return;
    }
    requestEnded = true;
    if (unsent != null && !hasTrailers) {
      sendHead(true);
      return;
    }
    sendHead(false);
    Http2Stream open = stream;
    if (open == null) {
      return;
    }
    ChannelHandlerContext ctx = connection.context();
    if (hasTrailers) {
      ByteBuf section = connection.scratch(Body.MAX_TRAILERS);
      request.copyTrailers(section);
      if (section.isReadable()) {
        connection
            .encoder()
            .writeHeaders(
                ctx, open.id(), RequestFields.trailers(section), 0, true, ctx.newPromise());
        return;
      }
    }
    connection
        .encoder()
        .writeData(ctx, open.id(), Http2Upstream.NOTHING, 0, true, ctx.newPromise());
  }

  private void flushHead() {
    sendHead(false);
  }

  private void sendHead(boolean end) {
    Http2Headers fields = unsent;
    if (fields == null) {
      return;
    }
    unsent = null;
    begun = true;
    connection.begun();
    ChannelHandlerContext ctx = connection.context();
    int id = connection.connection().local().incrementAndGetNextStreamId();
    connection.encoder().writeHeaders(ctx, id, fields, 0, end, ctx.newPromise());
    Http2Stream made = connection.connection().stream(id);
    if (made == null) { // the connection ended, or takes no more streams after all
      ctx.executor().execute(() -> fail(UpstreamFailure.STREAM_REFUSED));
      return;
    }
    stream = made;
    connection.own(made, this);
    connection.watch();
  }

  @Override
  public void flush() {
    flushHead();
    connection.flushAll();
  }

  @Override
  public boolean writable() {
    Http2Stream open = stream;
    return open == null
        ? connection.channel().isWritable()
        : connection.encoder().flowController().isWritable(open);
  }

  /** The stream's window, or the socket, has room again. */
  void writableAgain() {
    UpstreamListener attempt = listener;
    if (attempt != null) {
      attempt.writable();
    }
  }

  // ---- the answer

  void headers(Http2Headers fields, boolean end) {
    UpstreamListener attempt = listener;
    if (attempt == null) {
      return;
    }
    if (headRead) {
      trailerSection(attempt, fields, end);
      return;
    }
    int status = ResponseFields.status(fields);
    boolean upgraded = accept != null && status >= 200 && status < 300 && !end;
    ByteBuf text = connection.scratch(ResponseFields.size(fields));
    CharSequence proof = accept;
    boolean sound =
        (upgraded && proof != null)
            ? ResponseFields.writeUpgraded(fields, proof, text)
            : ResponseFields.write(fields, end, headRequest, text);
    if (!sound || head.feed(text) != Parse.DONE || text.isReadable()) {
      fail(UpstreamFailure.BAD_RESPONSE);
      return;
    }
    if (head.informational()) {
      attempt.informational(head);
      head.clear();
      return;
    }
    headRead = true;
    body.start(head.body(), head.contentLength());
    int use = uses;
    attempt.head(head);
    if (end && use == uses) {
      end();
    }
  }

  @SuppressWarnings("ReferenceEquality") // whether it is still the same attempt
  private void trailerSection(UpstreamListener attempt, Http2Headers fields, boolean end) {
    ByteBuf text = connection.scratch(ResponseFields.size(fields));
    if (attempt != listener
        || !end
        || !ResponseFields.writeTrailers(fields, text)
        || !body.trailers(text)) {
      fail(UpstreamFailure.BAD_RESPONSE);
      return;
    }
    end();
  }

  /** Returns how many bytes of credit the endpoint gets back at once. */
  int data(ByteBuf data, int padding, boolean end) {
    int length = data.readableBytes();
    UpstreamListener attempt = listener;
    if (attempt == null || !headRead || !body.add(length)) {
      fail(UpstreamFailure.BAD_RESPONSE);
      return length + padding;
    }
    int use = uses;
    if (length > 0) {
      attempt.data(data, length);
    }
    int credit = length + padding;
    if (listener == null || use != uses) {
      return credit;
    }
    if (paused) {
      unconsumed += credit;
      credit = 0;
    }
    if (end) {
      end();
    }
    return credit;
  }

  private void end() {
    UpstreamListener attempt = listener;
    if (attempt == null) {
      return;
    }
    if (!body.complete()) {
      fail(UpstreamFailure.BAD_RESPONSE);
      return;
    }
    if (!requestEnded) {
      reset(Http2Error.CANCEL); // answered early: the rest of the request is not wanted
    }
    Body answer = body;
    forget();
    attempt.end(answer);
    release();
  }

  void readComplete() {
    UpstreamListener attempt = listener;
    if (attempt != null) {
      attempt.readComplete();
    }
  }

  @Override
  public void setReading(boolean reading) {
    paused = !reading;
    Http2Stream open = stream;
    if (reading && unconsumed > 0 && open != null) {
      int credit = unconsumed;
      unconsumed = 0;
      try {
        if (connection.decoder().flowController().consumeBytes(open, credit)) {
          connection.context().flush();
        }
      } catch (Http2Exception e) {
        fail(UpstreamFailure.BAD_RESPONSE);
      }
    }
  }

  @Override
  public void tunnel() {
    body.start(BodyKind.UNTIL_CLOSE, 0); // DATA is the other protocol's bytes from here on
  }

  // ---- when it ends otherwise

  void resetByPeer(long code) {
    if (code == Http2Error.REFUSED_STREAM.code()) {
      failSilently(UpstreamFailure.STREAM_REFUSED);
    } else if (accept != null && headRead) {
      UpstreamListener attempt = listener;
      forget();
      if (attempt != null) {
        attempt.end(body);
      }
      release();
    } else {
      failSilently(headRead ? UpstreamFailure.TRUNCATED : UpstreamFailure.CLOSED);
    }
  }

  /** The stream is gone, with its connection as a rule. */
  void cut() {
    failSilently(headRead ? UpstreamFailure.TRUNCATED : UpstreamFailure.CLOSED);
  }

  void fail(UpstreamFailure why) {
    if (listener != null) {
      reset(why == UpstreamFailure.BAD_RESPONSE ? Http2Error.PROTOCOL_ERROR : Http2Error.CANCEL);
      failSilently(why);
    }
  }

  /** Fails without a word to the endpoint, which knows. */
  void failSilently(UpstreamFailure why) {
    UpstreamListener attempt = listener;
    if (attempt != null) {
      forget();
      attempt.failed(why);
      release();
    }
  }

  @Override
  public void abandon() {
    if (listener == null) {
      return;
    }
    listener = null;
    reset(Http2Error.CANCEL);
    forget();
    connection.flushAll();
    release();
  }

  @Override
  public void giveBack() {
    forget();
    release();
  }

  /** Tells the endpoint, if there is a stream that it knows and that is not over. */
  private void reset(Http2Error code) {
    Http2Stream open = stream;
    if (open != null) {
      connection.own(open, null);
      stream = null;
      if (open.state() != Http2Stream.State.CLOSED) {
        ChannelHandlerContext ctx = connection.context();
        connection.resetStream(ctx, open.id(), code.code(), ctx.newPromise());
      }
    }
  }

  private void forget() {
    Http2Stream open = stream;
    if (open != null) {
      connection.own(open, null);
      stream = null;
    }
    listener = null;
    unsent = null;
    writing = null;
    accept = null;
  }

  private void release() {
    if (lent) {
      lent = false;
      boolean was = begun;
      begun = false;
      connection.done(this, was);
    }
  }
}
