package io.meridian.proxy.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
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

  /** What an endpoint may send ahead on all streams: enough that a stalled one stops no other. */
  private static final int CONNECTION_WINDOW = 16 * 1024 * 1024;

  private static final int LAST_STREAM = Integer.MAX_VALUE - 2 * MAX_STREAMS;
  private static final ByteBufAllocator OWN = new UnpooledByteBufAllocator(false, true);

  private final EndpointPool pool;
  private final Channel channel;
  private final Link link;
  private final Http2Connection.PropertyKey key;
  private final ArrayDeque<Http2Exchange> spare = new ArrayDeque<>();
  private final Http2UpstreamEvents events = new Http2UpstreamEvents(this);
  private final Http2Pings pings;
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

  Http2Upstream(
      Http2ConnectionDecoder decoder,
      Http2ConnectionEncoder encoder,
      Http2Settings settings,
      EndpointPool pool,
      Channel channel,
      Link link,
      Opening opening) {
    super(decoder, encoder, settings);
    this.pool = pool;
    this.channel = channel;
    this.link = link;
    this.opening = opening;
    this.pings = new Http2Pings(this);
    this.key = connection().newKey();
    connection().addListener(events);
    encoder.flowController().listener(this::writabilityChanged);
    decoder.frameListener(events);
  }

  static Http2Upstream create(EndpointPool pool, Channel channel, Link link, Opening opening) {
    return new Http2UpstreamBuilder(pool, channel, link, opening).build();
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

  @Nullable Http2Exchange of(@Nullable Http2Stream stream) {
    return stream == null ? null : stream.getProperty(key);
  }

  @Nullable Http2Exchange of(int streamId) {
    return of(connection().stream(streamId));
  }

  /** A stream waits for something from now on. */
  void watch() {
    pings.watch();
  }

  /** Whether anybody waits for it. */
  boolean busy() {
    return live > 0 && !closed;
  }

  void ping(long data) {
    encoder().writePing(context(), false, data, context().newPromise());
    context().flush();
  }

  /** It answers no PING: it is dead. */
  void silent() {
    goingAway = true;
    failAll(UpstreamFailure.SILENT);
    context().close();
  }

  /** The endpoint's SETTINGS: those who wait for them can have streams. */
  void settings(boolean connects) {
    extendedConnect |= connects;
    Opening waiting = opening;
    if (waiting != null) {
      opening = null;
      settled = true;
      waiting.settled(this);
    }
  }

  /** The endpoint leaves, and will do nothing about streams behind this one. */
  void goesAway(int lastStreamId) {
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
      channel.eventLoop().execute(this::close);
    }
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
    events.readComplete();
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

  static final ByteBuf NOTHING = Unpooled.EMPTY_BUFFER;
}
