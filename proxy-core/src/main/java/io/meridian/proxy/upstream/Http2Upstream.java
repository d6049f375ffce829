package io.meridian.proxy.upstream;

import io.meridian.proxy.http2.RequestFields;
import io.meridian.proxy.loop.TimerWheel;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/2 connection to an endpoint, shared by requests of one event loop: its streams, its
 * limits, and whether it is still alive. What one stream says is {@link Http2Exchange}'s.
 *
 * @see "RFC 9113"
 */
final class Http2Upstream extends Http2ConnectionHandler {
  /** Streams at a time, whatever the endpoint allows: beyond them another connection is opened. */
  static final int MAX_STREAMS = 100;

  /** What an endpoint may send on a stream ahead of its client, bytes. */
  private static final int STREAM_WINDOW = 256 * 1024;

  /** The same for all streams together: more than enough that a stalled one holds up no other. */
  private static final int CONNECTION_WINDOW = 16 * 1024 * 1024;

  private static final int LAST_STREAM = Integer.MAX_VALUE - 2 * MAX_STREAMS;
  private static final int MAX_RESETS = 5_000; // by the endpoint, within the next
  private static final int RESET_SECONDS = 10;
  private static final int MAX_EMPTY_DATA = 100;
  private static final ByteBufAllocator OWN = new UnpooledByteBufAllocator(false, true);

  private final EndpointPool pool;
  private final Channel channel;
  private final Link link;
  private final Http2Connection.PropertyKey key;
  private final ArrayDeque<Http2Exchange> spare = new ArrayDeque<>();
  private final List<Http2Exchange> touched = new ArrayList<>();
  private final Pings pings = new Pings();
  private final ByteBuf scratch = OWN.heapBuffer(4096);
  private @Nullable ChannelHandlerContext context;
  private @Nullable Opening opening;

  // event loop only
  private int live; // streams lent, whether they have begun or not
  private int reserved; // of these: not begun
  private boolean settled;
  private boolean extendedConnect;
  private boolean goingAway;
  private boolean idleCounted;
  private boolean closed;
  private long idleSinceNanos;

  private Http2Upstream(
      Builder builder,
      Http2ConnectionDecoder decoder,
      Http2ConnectionEncoder encoder,
      Http2Settings settings) {
    super(decoder, encoder, settings);
    this.pool = builder.pool;
    this.channel = builder.channel;
    this.link = builder.link;
    this.opening = builder.opening;
    this.key = connection().newKey();
    connection().addListener(new Streams());
    encoder.flowController().listener(this::writabilityChanged);
    decoder.frameListener(new Frames());
  }

  static Http2Upstream create(EndpointPool pool, Channel channel, Link link, Opening opening) {
    return new Builder(pool, channel, link, opening).build();
  }

  // ---- lending streams

  /** Whether another request may go out on it. */
  boolean takes(boolean upgrade) {
    return settled
        && !goingAway
        && !closed
        && (pool.keeps(this) || (link.exclusive() && live == 0))
        && (!upgrade || extendedConnect)
        && live < MAX_STREAMS
        && connection().local().numActiveStreams() + reserved
            < connection().local().maxActiveStreams()
        && connection().local().lastStreamCreated() < LAST_STREAM;
  }

  /** A stream for one request; {@link #takes} must have said so. */
  Http2Exchange stream() {
    live++;
    reserved++;
    countIdle(false);
    Http2Exchange stream = spare.pollLast();
    return stream == null ? new Http2Exchange(this) : stream.lent();
  }

  /** The first streams have been lent, if anybody wanted one. */
  void settle() {
    if (live == 0) {
      unused();
    }
  }

  /** Its request is over, or never began. */
  void done(Http2Exchange stream, boolean begun) {
    live--;
    if (!begun) {
      reserved--;
    }
    if (spare.size() < 16) {
      spare.addLast(stream);
    }
    if (live == 0) {
      unused();
    }
  }

  /** Whether WebSocket can't go over it (RFC 8441, 3). */
  boolean refusesUpgrade() {
    return settled && !extendedConnect;
  }

  void begun() {
    reserved--;
  }

  private void unused() {
    idleSinceNanos = pool.worker().now();
    pool.worker().disarm(pings);
    if (goingAway || !pool.keeps(this)) {
      close();
    } else {
      countIdle(true);
    }
  }

  private void countIdle(boolean idle) {
    if (idle != idleCounted) {
      idleCounted = idle;
      pool.target().meters().idle(pool.worker().index(), idle ? 1 : -1);
    }
  }

  /** Closes it if it has had no request for too long, or is not wanted any more. */
  void sweep(long nowNanos, long idleNanos) {
    if (live == 0 && nowNanos - idleSinceNanos >= idleNanos) {
      close();
    }
  }

  void close() {
    goingAway = true;
    channel.close(); // GOAWAY first
  }

  // ---- what streams need

  EndpointPool pool() {
    return pool;
  }

  Link link() {
    return link;
  }

  Channel channel() {
    return channel;
  }

  ChannelHandlerContext context() {
    ChannelHandlerContext present = context;
    if (present == null) {
      throw new IllegalStateException("not added to a pipeline");
    }
    return present;
  }

  /** Text on its way from one form to the other: for use at once. */
  ByteBuf scratch(int bytes) {
    return scratch.clear().ensureWritable(bytes);
  }

  void own(Http2Stream stream, @Nullable Http2Exchange exchange) {
    if (exchange == null) {
      Object _ = stream.removeProperty(key);
    } else {
      Object _ = stream.setProperty(key, exchange);
    }
  }

  private @Nullable Http2Exchange of(@Nullable Http2Stream stream) {
    return stream == null ? null : stream.getProperty(key);
  }

  private @Nullable Http2Exchange of(int streamId) {
    return of(connection().stream(streamId));
  }

  /** A stream waits for something from now on. */
  void watch() {
    pings.watch();
  }

  void flushAll() {
    flush(context());
  }

  private void writabilityChanged(Http2Stream stream) {
    Http2Exchange exchange = of(stream);
    if (exchange != null && encoder().flowController().isWritable(stream)) {
      exchange.writableAgain();
    }
  }

  // ---- the channel

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) throws Exception {
    context = ctx;
    super.handlerAdded(ctx);
    Http2Stream whole = connection().connectionStream();
    var flow = decoder().flowController();
    flow.incrementWindowSize(whole, CONNECTION_WINDOW - flow.windowSize(whole));
    ctx.flush();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    pool.worker().tick();
    pings.heard();
    super.channelRead(ctx, message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) throws Exception {
    for (int i = 0; i < touched.size(); i++) {
      touched.get(i).readComplete();
    }
    touched.clear();
    super.channelReadComplete(ctx);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) throws Exception {
    pool.worker().tick();
    closed = true;
    countIdle(false);
    pool.worker().remove(pings);
    pool.closed(this);
    super.channelInactive(ctx); // closes the streams, each of which hears of it
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) throws Exception {
    if (cause instanceof IOException) {
      ctx.close();
    } else if (cause instanceof Http2Exception) {
      super.exceptionCaught(ctx, cause);
    } else {
      if (!(cause instanceof io.netty.handler.codec.DecoderException)) {
        pool.unexpected(cause);
      }
      ctx.close();
    }
  }

  @Override
  protected void onStreamError(
      ChannelHandlerContext ctx,
      boolean outbound,
      Throwable cause,
      Http2Exception.StreamException problem) {
    Http2Exchange exchange = of(problem.streamId());
    if (exchange != null) {
      exchange.fail(
          outbound && problem.error() == Http2Error.REFUSED_STREAM
              ? UpstreamFailure.STREAM_REFUSED
              : UpstreamFailure.BAD_RESPONSE);
    }
    super.onStreamError(ctx, outbound, cause, problem);
  }

  @Override
  protected void onConnectionError(
      ChannelHandlerContext ctx,
      boolean outbound,
      Throwable cause,
      @Nullable Http2Exception problem) {
    goingAway = true;
    if (problem == null && !outbound) {
      pool.unexpected(cause);
    }
    failAll(UpstreamFailure.BAD_RESPONSE);
    super.onConnectionError(ctx, outbound, cause, problem);
  }

  private void failAll(UpstreamFailure why) {
    List<Http2Exchange> all = new ArrayList<>();
    try {
      connection()
          .forEachActiveStream(stream -> {
            Http2Exchange exchange = of(stream);
            if (exchange != null) {
              all.add(exchange);
            }
            return true;
          });
    } catch (Http2Exception e) {
      throw new IllegalStateException(e); // the visitor throws none
    }
    all.forEach(exchange -> exchange.fail(why));
  }

  private void touch(Http2Exchange exchange) {
    if (touched.isEmpty() || touched.getLast() != exchange) {
      touched.add(exchange);
    }
  }

  // ---- frames in

  private final class Frames extends Http2EventAdapter {
    @Override
    public int onDataRead(
        ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean end) {
      Http2Exchange exchange = of(streamId);
      int all = data.readableBytes() + padding;
      if (exchange == null) {
        return all; // nobody wants to know any more
      }
      touch(exchange);
      return exchange.data(data, padding, end);
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext ctx,
        int streamId,
        Http2Headers headers,
        int dependency,
        short weight,
        boolean exclusive,
        int padding,
        boolean end) {
      onHeadersRead(ctx, streamId, headers, padding, end);
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext ctx, int streamId, Http2Headers headers, int padding, boolean end) {
      Http2Exchange exchange = of(streamId);
      if (exchange != null) {
        touch(exchange);
        exchange.headers(headers, end);
      }
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext ctx, int streamId, long code) {
      Http2Exchange exchange = of(streamId);
      if (exchange != null) {
        exchange.resetByPeer(code);
      }
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings) {
      Long connect = settings.get('\u0008'); // SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441, 3)
      extendedConnect |= connect != null && connect == 1;
      Opening waiting = opening;
      if (waiting != null) {
        opening = null;
        settled = true;
        waiting.settled(Http2Upstream.this);
      }
    }

    @Override
    public void onUnknownFrame(
        ChannelHandlerContext ctx, byte type, int streamId, Http2Flags flags, ByteBuf payload) {
      // to be ignored (RFC 9113, 5.5)
    }
  }

  // ---- streams that end

  private final class Streams extends Http2ConnectionAdapter {
    @Override
    public void onStreamClosed(Http2Stream stream) {
      Http2Exchange exchange = of(stream);
      if (exchange != null) {
        exchange.cut();
      }
    }

    @Override
    public void onGoAwayReceived(int lastStreamId, long code, ByteBuf debug) {
      goingAway = true;
      List<Http2Exchange> unprocessed = new ArrayList<>();
      try {
        connection()
            .forEachActiveStream(stream -> {
              Http2Exchange exchange = stream.id() > lastStreamId ? of(stream) : null;
              if (exchange != null) {
                unprocessed.add(exchange);
              }
              return true;
            });
      } catch (Http2Exception e) {
        throw new IllegalStateException(e); // the visitor throws none
      }
      unprocessed.forEach(exchange -> exchange.failSilently(UpstreamFailure.GOING_AWAY));
      if (live == 0) {
        channel.eventLoop().execute(Http2Upstream.this::close);
      }
    }
  }

  /**
   * Asks an endpoint that says nothing while requests wait whether it still lives. Rarely: gRPC
   * servers end connections that are asked a third time within five minutes of silence.
   *
   * @see "RFC 9113, 6.7; gRFC A8"
   */
  private final class Pings extends TimerWheel.Timer {
    private static final long FIRST_NANOS = 5_000_000_000L;
    private static final long SECOND_NANOS = 25_000_000_000L;
    private static final long LATER_NANOS = 310_000_000_000L;
    private int sent; // since anything but an acknowledgement came
    private boolean open; // one is unanswered
    private long heardNanos;
    private long sentNanos;

    /** From now on somebody waits. */
    void watch() {
      if (!armed()) {
        heardNanos = pool.worker().now();
        sent = 0;
        open = false;
        pool.worker().arm(this, heardNanos + FIRST_NANOS);
      }
    }

    void heard() {
      heardNanos = pool.worker().now();
      if (!open) { // else it may be no more than the acknowledgement
        sent = 0;
      }
      open = false;
    }

    @Override
    protected void fire(long now) {
      if (live == 0 || closed) {
        return;
      }
      if (open && now - sentNanos >= pool.pingTimeoutNanos()) {
        goingAway = true;
        failAll(UpstreamFailure.SILENT);
        context().close();
        return;
      }
      long due = Math.max(heardNanos, sentNanos) + pause();
      if (sent == 0) {
        due = heardNanos + FIRST_NANOS;
      }
      if (open) {
        due = sentNanos + pool.pingTimeoutNanos();
      } else if (now - due >= 0) {
        open = true;
        sent++;
        sentNanos = now;
        encoder().writePing(context(), false, now, context().newPromise());
        context().flush();
        due = now + pool.pingTimeoutNanos();
      }
      pool.worker().arm(this, due);
    }

    private long pause() {
      return sent <= 1 ? SECOND_NANOS : LATER_NANOS;
    }
  }

  private static final class Builder
      extends AbstractHttp2ConnectionHandlerBuilder<Http2Upstream, Builder> {
    private final EndpointPool pool;
    private final Channel channel;
    private final Link link;
    private final Opening opening;

    Builder(EndpointPool pool, Channel channel, Link link, Opening opening) {
      this.pool = pool;
      this.channel = channel;
      this.link = link;
      this.opening = opening;
      server(false);
      frameListener(new Http2EventAdapter()); // until it is there
      initialSettings(
          Http2Settings.defaultSettings()
              .pushEnabled(false)
              .initialWindowSize(STREAM_WINDOW)
              .maxHeaderListSize(pool.headLimits().head()));
      headerSensitivityDetector(RequestFields::secret);
      encoderIgnoreMaxHeaderListSize(true);
      decoderEnforceMaxConsecutiveEmptyDataFrames(MAX_EMPTY_DATA);
      decoderEnforceMaxRstFramesPerWindow(MAX_RESETS, RESET_SECONDS);
      gracefulShutdownTimeoutMillis(30_000);
    }

    @Override
    protected Http2Upstream build() {
      return super.build();
    }

    @Override
    protected Http2Upstream build(
        Http2ConnectionDecoder decoder, Http2ConnectionEncoder encoder, Http2Settings settings) {
      return new Http2Upstream(this, decoder, encoder, settings);
    }
  }

  static final ByteBuf NOTHING = Unpooled.EMPTY_BUFFER;
}
