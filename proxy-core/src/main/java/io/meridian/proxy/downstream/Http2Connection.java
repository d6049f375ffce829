package io.meridian.proxy.downstream;

import io.meridian.config.MeridianConfig;
import io.meridian.config.Timeouts;
import io.meridian.proxy.exchange.LoopContext;
import io.meridian.proxy.exchange.Peer;
import io.meridian.proxy.http.Fault;
import io.meridian.proxy.loop.Outbox;
import io.meridian.proxy.loop.TimerWheel;
import io.meridian.proxy.loop.Worker;
import io.meridian.proxy.telemetry.Http2Flood;
import io.meridian.proxy.telemetry.Http2Reset;
import io.meridian.proxy.telemetry.Rejection;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionDecoder;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionEncoder;
import io.netty.handler.codec.http2.DefaultHttp2FrameReader;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Connection.PropertyKey;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2PromisedRequestVerifier;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One HTTP/2 connection of a client (RFC 9113). Netty reads frames, knows the states of streams and
 * decodes HPACK; what a block says, the windows, the frames that are written, and what is too much
 * are looked after by the classes beside this one. Each request is an {@link Http2Downstream}. What
 * is to be sent leaves when the events of one turn of the loop are handled.
 */
final class Http2Connection extends Http2ConnectionHandler implements ClientConnection {
  private static final Logger log = LoggerFactory.getLogger(Http2Connection.class);

  /** Frames of a header block that may be smaller than they need be (CVE-2024-27316 and others). */
  private static final int MAX_SMALL_CONTINUATIONS = 16;

  /**
   * Answers to control frames that may wait for the client before no more of its frames are read.
   */
  private static final int MAX_CONTROL_BYTES = 16 * 1024;

  private static final long LINGER_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long WATCH_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final long DRAIN_PING = 0x6d657269_6469616eL;
  private static final int MAX_FREE = 32;

  private enum State {
    OPEN,
    /** GOAWAY said that it will end, and the client's word that it has read it is awaited. */
    WARNED,
    /** No further stream is taken. */
    LAST_STREAMS,
    /** Our side is closed; what still comes is dropped. */
    LINGER
  }

  private final LoopContext context;
  private final Worker worker;
  private final Channel channel;
  private final Peer peer;
  private final Outbox outbox;
  private final Parts parts;
  private final Watch watch = new Watch();
  private final Queue queue;
  private final ConnectionLife life;
  private final ArrayList<Http2Downstream> touched = new ArrayList<>();
  private final ArrayList<Http2Downstream> resumed = new ArrayList<>();
  private final ArrayDeque<Http2Downstream> free = new ArrayDeque<>();
  private final Runnable settleTask = this::settleTask;

  // event loop only
  private State state = State.OPEN;
  private boolean opened;
  private boolean reading;
  private boolean settling;
  private boolean settleAgain;
  private boolean scheduled;
  private boolean flooded;
  private long idleSinceNanos;
  private long partialSinceNanos;
  private boolean partial;
  private long warnedNanos;
  private long watchNanos;

  /** What the codec is made of; its parts know each other before the handler exists. */
  private static final class Parts {
    final io.netty.handler.codec.http2.Http2Connection streams;
    final PropertyKey key;
    final Http2Guard guard;
    final Http2Past past = new Http2Past();
    final Http2RequestFields fields = new Http2RequestFields();
    final Http2Frames frames;
    final Http2Input input;
    final Http2Output output;
    final DefaultHttp2ConnectionEncoder encoder;
    final DefaultHttp2ConnectionDecoder decoder;
    final Http2Settings settings;
    @Nullable Http2Flood flood;

    Parts(LoopContext context, Channel channel, Outbox outbox) {
      MeridianConfig config = context.snapshot().config();
      streams = new DefaultHttp2Connection(true, 0);
      key = streams.newKey();
      guard = new Http2Guard(context.worker().now());
      frames = new Http2Frames(outbox);
      input = new Http2Input(streams, key, frames);
      output = new Http2Output(streams, key, channel, outbox, frames, guard);
      streams.local().flowController(input);
      streams.remote().flowController(output);
      // At once, not only when the client has acknowledged it (CVE-2026-47244).
      streams.remote().maxActiveStreams(config.limits().streams());
      encoder = new DefaultHttp2ConnectionEncoder(streams, frames);
      Http2GuardedReader reader =
          new Http2GuardedReader(
              new DefaultHttp2FrameReader(
                  new FieldsDecoder(streams, fields, config.limits().head()),
                  MAX_SMALL_CONTINUATIONS),
              guard,
              streams,
              past,
              context.worker(),
              this::cutOff);
      decoder =
          new DefaultHttp2ConnectionDecoder(
              streams,
              encoder,
              reader,
              Http2PromisedRequestVerifier.ALWAYS_VERIFY,
              true,
              true,
              false);
      settings =
          new Http2Settings()
              .maxConcurrentStreams(config.limits().streams())
              .maxHeaderListSize(config.limits().head())
              .initialWindowSize(Http2Input.STREAM_WINDOW)
              .connectProtocolEnabled(true);
    }

    private void cutOff(Http2Flood kind) throws Http2Exception {
      flood = kind;
      throw Http2Exception.connectionError(Http2Error.ENHANCE_YOUR_CALM, "flood");
    }
  }

  /** Decodes a block into {@link Http2RequestFields}, which checks it on the way. */
  private static final class FieldsDecoder extends DefaultHttp2HeadersDecoder {
    private final io.netty.handler.codec.http2.Http2Connection streams;
    private final Http2RequestFields fields;

    FieldsDecoder(
        io.netty.handler.codec.http2.Http2Connection streams,
        Http2RequestFields fields,
        int maxHeaderListSize) {
      super(false, maxHeaderListSize);
      this.streams = streams;
      this.fields = fields;
    }

    @Override
    public Http2Headers decodeHeaders(int streamId, ByteBuf headerBlock) throws Http2Exception {
      Http2Stream stream = streams.stream(streamId);
      fields.begin(stream != null && stream.isHeadersReceived());
      return super.decodeHeaders(streamId, headerBlock);
    }

    @Override
    protected Http2Headers newHeaders() {
      return fields;
    }
  }

  Http2Connection(LoopContext context, Channel channel, Peer peer) {
    Outbox outbox = new Outbox(context.worker(), channel);
    this(context, channel, peer, outbox, new Parts(context, channel, outbox));
  }

  private Http2Connection(
      LoopContext context, Channel channel, Peer peer, Outbox outbox, Parts parts) {
    super(parts.decoder, parts.encoder, parts.settings, true, false);
    this.context = context;
    this.worker = context.worker();
    this.channel = channel;
    this.peer = peer;
    this.outbox = outbox;
    this.parts = parts;
    this.queue = new Queue();
    this.life = new ConnectionLife(worker.now(), worker.random());
    this.idleSinceNanos = worker.now();
    parts.decoder.frameListener(new Frames());
    parts.streams.addListener(
        new Http2ConnectionAdapter() {
          @Override
          public void onStreamClosed(Http2Stream stream) {
            streamClosed(stream);
          }
        });
  }

  // ---- its begin and its end

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
    super.handlerAdded(ctx);
    open();
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) throws Exception {
    worker.tick();
    super.channelActive(ctx);
    open();
  }

  private void open() {
    if (opened || !channel.isActive()) {
      return;
    }
    opened = true;
    idleSinceNanos = worker.now();
    peer.meters().http2Opened(worker.index());
    context.clients().add(queue);
    parts.input.open();
    outbox.flush();
    watch(timeouts().requestHead().toNanos());
    if (peer.departure().announced()) {
      drainConnection();
    }
  }

  /** The first bytes of the connection, which another handler has read; its read is not over. */
  void takeOver(ByteBuf from) {
    ChannelHandlerContext ctx = channel.pipeline().context(this);
    try {
      channelRead(ctx, from);
    } catch (Exception e) {
      exceptionCaught(ctx, e);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    worker.tick();
    worker.remove(watch);
    context.backlog().leave(queue);
    if (opened) {
      context.clients().remove(queue);
    }
    boolean orderly = state == State.LINGER;
    state = State.LINGER;
    if (!orderly) {
      closeStreams();
    }
    outbox.close();
    super.channelInactive(ctx);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!(cause instanceof IOException)) {
      log.error("client connection", cause);
    }
    channel.close();
  }

  @Override
  public boolean warns() {
    return true;
  }

  /** The listener leaves: no further streams; those that are open finish (RFC 9113, 6.8). */
  @Override
  public void drainConnection() {
    if (state != State.OPEN) {
      return;
    }
    state = State.WARNED;
    warnedNanos = worker.now();
    parts.frames.goAway(Integer.MAX_VALUE, Http2Error.NO_ERROR.code());
    parts.frames.ping(DRAIN_PING);
    watch(WATCH_NANOS);
    flushSoon();
  }

  /** A round trip later: what the client had under way when it heard of the end is here. */
  private void lastStreams() {
    if (state != State.OPEN && state != State.WARNED) {
      return;
    }
    state = State.LAST_STREAMS;
    int last = parts.streams.remote().lastStreamCreated();
    try {
      parts.streams.goAwaySent(last, Http2Error.NO_ERROR.code(), Unpooled.EMPTY_BUFFER);
    } catch (Http2Exception e) {
      throw new IllegalStateException(e); // only if the last stream were higher than said before
    }
    parts.frames.goAway(last, Http2Error.NO_ERROR.code());
    flushSoon();
    closeIfDone();
  }

  private void closeIfDone() {
    if (state == State.LAST_STREAMS && parts.streams.numActiveStreams() == 0) {
      linger();
    }
  }

  /** An error of the connection, or a flood: GOAWAY, and the end of all streams. */
  private void fail(Http2Error error) {
    if (state == State.LINGER) {
      return;
    }
    parts.frames.goAway(parts.streams.remote().lastStreamCreated(), error.code());
    linger();
  }

  /** Our side first, so that the client reads what was said last; then the connection. */
  private void linger() {
    state = State.LINGER;
    closeStreams();
    outbox.flush();
    if (!channel.config().isAutoRead()) {
      channel.config().setAutoRead(true);
    }
    watch(LINGER_NANOS);
    joinBacklog();
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> allSent());
  }

  private void allSent() {
    if (channel.isActive()
        && channel instanceof DuplexChannel duplex
        && channel.pipeline().get(SslHandler.class) == null) {
      duplex.shutdownOutput();
    } else {
      channel.close();
    }
  }

  private void closeStreams() {
    try {
      List<Http2Stream> open = new ArrayList<>();
      parts.streams.forEachActiveStream(open::add);
      open.forEach(Http2Stream::close);
    } catch (Http2Exception e) {
      throw new IllegalStateException(e);
    }
  }

  // ---- reading

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    worker.tick();
    if (state == State.LINGER) {
      ((ByteBuf) message).release();
      return;
    }
    reading = true;
    super.channelRead(ctx, message);
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
    if (state == State.LINGER) {
      in.skipBytes(in.readableBytes());
      return;
    }
    int before = in.readableBytes();
    super.decode(ctx, in, out);
    if (in.readableBytes() < before) {
      partialSinceNanos = worker.now(); // a frame, or the head of one
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    discardSomeReadBytes();
    reading = false;
    boolean begun = actualReadableBytes() > 0;
    if (begun && !partial) {
      partialSinceNanos = worker.now();
      watch(WATCH_NANOS);
    }
    partial = begun;
    settle();
    if (parts.frames.controlBytes() > MAX_CONTROL_BYTES && state != State.LINGER) {
      if (channel.isWritable()) {
        parts.frames.resetControlBytes();
      } else {
        channel.config().setAutoRead(false); // it does not listen: no more is answered
      }
    }
    ctx.fireChannelReadComplete();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    if (channel.isWritable()) {
      worker.tick();
      parts.frames.resetControlBytes();
      if (!channel.config().isAutoRead()) {
        channel.config().setAutoRead(true);
      }
      settle();
    } else {
      joinBacklog();
    }
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void flush(ChannelHandlerContext ctx) {
    ctx.flush(); // what is pending was put in order before
  }

  /** Handles what the events of this turn have left to do, and sends. */
  private void settle() {
    if (settling) {
      settleAgain = true;
      return;
    }
    settling = true;
    try {
      do {
        settleAgain = false;
        for (int i = 0; i < touched.size(); i++) {
          touched.get(i).readComplete();
        }
        touched.clear();
        for (int i = 0; i < resumed.size(); i++) {
          Http2Downstream stream = resumed.get(i);
          stream.resume();
          stream.drained();
        }
        resumed.clear();
        if (state != State.LINGER) {
          parts.output.pump();
        }
        outbox.flush();
      } while (settleAgain || !resumed.isEmpty());
    } finally {
      settling = false;
    }
  }

  private void settleTask() {
    scheduled = false;
    if (channel.isActive()) {
      settle();
    }
  }

  /** What was gathered leaves when the events of this turn are handled. */
  void flushSoon() {
    if (settling) {
      settleAgain = true;
    } else if (!reading && !scheduled) {
      scheduled = true;
      worker.loop().execute(settleTask);
    }
  }

  /** Bytes wait for the client: its loop looks after them, and whether it takes enough. */
  void joinBacklog() {
    context.backlog().join(queue, worker.now());
  }

  /** A stream had input in this turn. */
  void touched(Http2Downstream stream) {
    touched.add(stream);
  }

  /** A stream may pass on what it held, or has room for more of its answer. */
  void resumeSoon(Http2Downstream stream) {
    resumed.add(stream);
    flushSoon();
  }

  // ---- streams

  Http2Input input() {
    return parts.input;
  }

  Http2Output output() {
    return parts.output;
  }

  boolean writable() {
    return channel.isWritable();
  }

  /** Whether the socket has not taken all that it was given. */
  boolean pending() {
    return queue.pending() > 0;
  }

  private Http2Downstream open(Http2Stream stream) {
    Http2Downstream mine = free.pollLast();
    if (mine == null) {
      mine = new Http2Downstream(this, context, peer);
    }
    mine.begin(stream.id(), parts.input.initialWindowSize(), parts.output.initialWindowSize());
    stream.setProperty(parts.key, mine);
    peer.meters().http2StreamOpened(worker.index());
    watch(checkNanos());
    if (life.spend(worker.now(), context.snapshot().config().limits().client())) {
      drainConnection();
    }
    return mine;
  }

  void recycle(Http2Downstream mine) {
    if (free.size() < MAX_FREE && !mine.inLine) {
      free.addLast(mine);
    }
  }

  private void streamClosed(Http2Stream stream) {
    Http2Downstream mine = stream.removeProperty(parts.key);
    if (stream.isResetSent()) {
      parts.past.reset(stream.id());
    } else {
      parts.past.ended(stream.id());
    }
    if (mine != null) {
      peer.meters().http2StreamClosed(worker.index());
      mine.close();
    }
    if (parts.streams.numActiveStreams() == 0) {
      idleSinceNanos = worker.now();
      if (state == State.OPEN && peer.departure().announced()) {
        drainConnection();
      } else if (state == State.LAST_STREAMS) {
        worker.loop().execute(this::closeIfDone);
      }
    }
  }

  /** The last byte of an answer is written. */
  void answered(Http2Downstream mine) {
    parts.guard.answered();
    Http2Stream stream = parts.streams.stream(mine.id());
    if (stream == null) {
      return;
    }
    if (mine.requestOver()) {
      stream.close();
    } else {
      stream.closeLocalSide();
      reset(mine, Http2Error.NO_ERROR);
    }
  }

  /** Ends a stream early. */
  void reset(Http2Downstream mine, Http2Error error) {
    ChannelHandlerContext ctx = channel.pipeline().context(this);
    if (!mine.closed() && ctx != null) {
      resetStream(ctx, mine.id(), error.code(), ctx.newPromise());
      flushSoon();
    }
  }

  @Override
  public ChannelFuture resetStream(
      ChannelHandlerContext ctx, int streamId, long errorCode, ChannelPromise promise) {
    if (state == State.LINGER) {
      return promise.setSuccess();
    }
    Http2Reset reason = reason(errorCode);
    peer.meters().http2Reset(worker.index(), reason);
    if (reason == Http2Reset.MALFORMED || reason == Http2Reset.REFUSED) {
      Http2Flood flood = parts.guard.reset(1, Http2Flood.PROVOKED_RESET, worker.now());
      if (flood != null) {
        flooded(flood);
        return promise.setSuccess();
      }
    }
    if (reason == Http2Reset.REFUSED) {
      parts.past.reset(streamId); // there is no stream that could remember it
    }
    return super.resetStream(ctx, streamId, errorCode, promise);
  }

  private static Http2Reset reason(long errorCode) {
    Http2Error error = Http2Error.valueOf(errorCode);
    return error == null
        ? Http2Reset.MALFORMED
        : switch (error) {
          case NO_ERROR -> Http2Reset.EARLY_ANSWER;
          case INTERNAL_ERROR -> Http2Reset.CUT;
          case ENHANCE_YOUR_CALM -> Http2Reset.STALLED;
          case REFUSED_STREAM -> Http2Reset.REFUSED;
          default -> Http2Reset.MALFORMED;
        };
  }

  private void flooded(Http2Flood flood) {
    if (!flooded) {
      flooded = true;
      peer.meters().http2Flood(worker.index(), flood);
    }
    fail(Http2Error.ENHANCE_YOUR_CALM);
  }

  @Override
  public void onError(ChannelHandlerContext ctx, boolean outbound, Throwable cause) {
    super.onError(ctx, outbound, cause);
    flushSoon();
  }

  @Override
  protected void onConnectionError(
      ChannelHandlerContext ctx,
      boolean outbound,
      Throwable cause,
      @Nullable Http2Exception http2Ex) {
    if (http2Ex == null) {
      log.error("client connection", cause);
      fail(Http2Error.INTERNAL_ERROR);
    } else if (http2Ex.error() == Http2Error.ENHANCE_YOUR_CALM) {
      Http2Flood flood = parts.flood;
      flooded(flood == null ? Http2Flood.CONTINUATION : flood);
    } else {
      fail(http2Ex.error());
    }
  }

  @Override
  protected void onStreamError(
      ChannelHandlerContext ctx,
      boolean outbound,
      Throwable cause,
      Http2Exception.StreamException http2Ex) {
    if (http2Ex instanceof Http2Exception.HeaderListSizeException && headTooLarge(http2Ex)) {
      return;
    }
    super.onStreamError(ctx, outbound, cause, http2Ex);
  }

  /** Answers 431 to a block that is over the limit; false if there is no stream to do so on. */
  private boolean headTooLarge(Http2Exception.StreamException error) {
    Http2Flood flood =
        parts.guard.reset(Http2Guard.LARGE_HEAD, Http2Flood.LARGE_HEADS, worker.now());
    if (flood != null) {
      flooded(flood);
      return true;
    }
    Http2Stream stream = parts.streams.stream(error.streamId());
    if (stream != null) {
      Http2Downstream mine = stream.getProperty(parts.key);
      if (mine != null && stream.isHeadersReceived()) {
        mine.trailers("too large", Unpooled.EMPTY_BUFFER);
      }
      return false;
    }
    try {
      Http2Stream fresh = parts.streams.remote().createStream(error.streamId(), false);
      fresh.headersReceived(false);
      open(fresh).refuse(Fault.HEAD_TOO_LARGE, false);
      return true;
    } catch (Http2Exception e) {
      return false;
    }
  }

  /** What Netty has read, and found in order as far as frames and states of streams go. */
  private final class Frames extends Http2FrameAdapter {
    @Override
    public void onHeadersRead(
        ChannelHandlerContext ctx,
        int streamId,
        Http2Headers headers,
        int streamDependency,
        short weight,
        boolean exclusive,
        int padding,
        boolean endStream) {
      Http2Stream stream = parts.streams.stream(streamId);
      if (stream == null || state == State.LINGER) {
        return;
      }
      Http2RequestFields fields = parts.fields;
      String wrong = fields.finish(endStream);
      Http2Downstream mine = stream.getProperty(parts.key);
      if (mine != null) {
        mine.trailers(wrong, fields.head());
      } else if (wrong == null) {
        open(stream).request(fields, endStream);
      } else {
        open(stream).refuse(Fault.FIELD_VALUE, true);
      }
    }

    @Override
    public int onDataRead(
        ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean endOfStream) {
      Http2Stream stream = parts.streams.stream(streamId);
      Http2Downstream mine = stream == null ? null : stream.getProperty(parts.key);
      return mine == null ? data.readableBytes() + padding : mine.data(data, padding, endOfStream);
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext ctx, int streamId, long errorCode) {
      peer.meters().http2Reset(worker.index(), Http2Reset.CLIENT);
    }

    @Override
    public void onPingAckRead(ChannelHandlerContext ctx, long data) {
      if (data == DRAIN_PING && state == State.WARNED) {
        lastStreams();
      }
    }
  }

  // ---- time

  private Timeouts timeouts() {
    return context.snapshot().config().timeouts();
  }

  /** The streams that are open now; they may end while they are gone through. */
  private List<Http2Downstream> openStreams() {
    List<Http2Downstream> open = new ArrayList<>();
    try {
      parts.streams.forEachActiveStream(stream -> {
        Http2Downstream mine = stream.getProperty(parts.key);
        if (mine != null) {
          open.add(mine);
        }
        return true;
      });
    } catch (Http2Exception e) {
      throw new IllegalStateException(e);
    }
    return open;
  }

  /** How often streams are looked at: often enough for the shortest of their times. */
  private long checkNanos() {
    long shortest =
        Math.min(timeouts().requestBody().toNanos(), timeouts().responseBody().toNanos());
    return Math.clamp(shortest / 4, 1_000_000, WATCH_NANOS);
  }

  /** Looks at the latest in so many nanoseconds. */
  private void watch(long nanos) {
    long at = worker.now() + nanos;
    if (watchNanos == 0 || at - watchNanos < 0 || state == State.LINGER) {
      watchNanos = at;
      worker.arm(watch, at);
    }
  }

  /** Ends what makes no progress. */
  private final class Watch extends TimerWheel.Timer {
    @Override
    protected void fire(long now) {
      watchNanos = 0;
      if (state == State.LINGER) {
        channel.close();
        return;
      }
      if (state == State.WARNED && now - warnedNanos >= WATCH_NANOS) {
        lastStreams();
      }
      Timeouts timeouts = timeouts();
      if (partial && now - partialSinceNanos >= partialLimit(timeouts)) {
        fail(Http2Error.NO_ERROR);
        return;
      }
      if (parts.streams.numActiveStreams() > 0) {
        openStreams().forEach(stream -> stream.check(now, timeouts));
        watch(checkNanos());
        settle();
        return;
      }
      long limit =
          decoder().prefaceReceived()
              ? timeouts.idle().toNanos()
              : timeouts.requestHead().toNanos();
      if (now - idleSinceNanos >= limit) {
        fail(Http2Error.NO_ERROR);
      } else {
        long left = limit - (now - idleSinceNanos);
        watch(partial || state == State.WARNED ? Math.min(left, WATCH_NANOS) : left);
      }
    }

    /** How long a frame may take: a head's, unless it may be one of a body. */
    private long partialLimit(Timeouts timeouts) {
      return parts.streams.numActiveStreams() > 0
          ? timeouts.requestBody().toNanos()
          : timeouts.requestHead().toNanos();
    }
  }

  /** This connection as its loop sees it. */
  private final class Queue extends DownstreamQueue {
    Queue() {
      super(channel, outbox);
    }

    @Override
    public long idleNanos(long nowNanos) {
      boolean idle = parts.streams.numActiveStreams() == 0 && !partial && state == State.OPEN;
      return idle ? nowNanos - idleSinceNanos : -1;
    }

    @Override
    public void evict() {
      peer.meters().rejected(worker.index(), Rejection.IDLE_EVICTED);
      fail(Http2Error.NO_ERROR);
      channel.close();
    }

    @Override
    protected void resume() {
      if (channel.isWritable() && state != State.LINGER) {
        openStreams().forEach(Http2Downstream::retry);
        settle();
      }
    }

    @Override
    protected void cut(Rejection why) {
      peer.meters().rejected(worker.index(), why);
      fail(Http2Error.ENHANCE_YOUR_CALM);
      channel.close();
    }
  }
}
