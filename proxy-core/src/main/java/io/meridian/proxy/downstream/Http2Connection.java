package io.meridian.proxy.downstream;

import io.meridian.proxy.exchange.LoopContext;
import io.meridian.proxy.exchange.Peer;
import io.meridian.proxy.http.Fault;
import io.meridian.proxy.loop.Outbox;
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
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Stream;
import java.io.IOException;
import java.util.List;
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

  /**
   * Answers to control frames that may wait for the client before no more of its frames are read.
   */
  private static final int MAX_CONTROL_BYTES = 16 * 1024;

  private final LoopContext context;
  private final Worker worker;
  private final Channel channel;
  private final Peer peer;
  private final Outbox outbox;
  private final Http2Codec codec;
  private final Http2Streams streams;
  private final Http2Watch watch;
  private final Http2Turn turn;
  private final Http2Farewell farewell;
  private final Queue queue;

  // event loop only
  private boolean opened;
  private boolean flooded;

  Http2Connection(LoopContext context, Channel channel, Peer peer) {
    Outbox outbox = new Outbox(context.worker(), channel);
    this(context, channel, peer, outbox, new Http2Codec(context, channel, outbox));
  }

  private Http2Connection(
      LoopContext context, Channel channel, Peer peer, Outbox outbox, Http2Codec codec) {
    super(codec.decoder, codec.encoder, codec.settings, true, false);
    this.context = context;
    this.worker = context.worker();
    this.channel = channel;
    this.peer = peer;
    this.outbox = outbox;
    this.codec = codec;
    this.turn = new Http2Turn(context.worker(), channel, outbox, codec.output);
    this.queue = new Queue();
    this.streams = new Http2Streams(this, codec, context, peer);
    this.watch = new Http2Watch(this, streams, context);
    this.farewell = new Http2Farewell(this, channel, codec, outbox, peer, worker);
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
    peer.meters().http2Opened(worker.index());
    context.clients().add(queue);
    codec.input.open();
    outbox.flush();
    watch.opened();
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
    farewell.gone();
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

  @Override
  public void drainConnection() {
    farewell.drain();
  }

  boolean lingers() {
    return farewell.lingers();
  }

  // ---- reading

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) throws Exception {
    worker.tick();
    if (lingers()) {
      ((ByteBuf) message).release();
      return;
    }
    turn.reading(true);
    super.channelRead(ctx, message);
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) throws Exception {
    if (lingers()) {
      in.skipBytes(in.readableBytes());
      return;
    }
    int before = in.readableBytes();
    super.decode(ctx, in, out);
    if (in.readableBytes() < before) {
      watch.frame();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    discardSomeReadBytes();
    turn.reading(false);
    watch.read(actualReadableBytes() > 0);
    turn.settle();
    if (codec.frames.controlBytes() > MAX_CONTROL_BYTES && !lingers()) {
      if (channel.isWritable()) {
        codec.frames.resetControlBytes();
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
      codec.frames.resetControlBytes();
      if (!channel.config().isAutoRead()) {
        channel.config().setAutoRead(true);
      }
      turn.settle();
    } else {
      joinBacklog();
    }
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void flush(ChannelHandlerContext ctx) {
    ctx.flush(); // what is pending was put in order before
  }

  /** Bytes wait for the client: its loop looks after them, and whether it takes enough. */
  void joinBacklog() {
    context.backlog().join(queue, worker.now());
  }

  // ---- streams

  Http2Streams streams() {
    return streams;
  }

  Http2Watch watch() {
    return watch;
  }

  Http2Turn turn() {
    return turn;
  }

  Http2Farewell farewell() {
    return farewell;
  }

  Http2Input input() {
    return codec.input;
  }

  Http2Output output() {
    return codec.output;
  }

  boolean writable() {
    return channel.isWritable();
  }

  /** Whether the socket has not taken all that it was given. */
  boolean pending() {
    return queue.pending() > 0;
  }

  /** Ends a stream early. */
  void reset(Http2Downstream mine, Http2Error error) {
    ChannelHandlerContext ctx = channel.pipeline().context(this);
    if (!mine.closed() && ctx != null) {
      resetStream(ctx, mine.id(), error.code(), ctx.newPromise());
      turn.flushSoon();
    }
  }

  @Override
  public ChannelFuture resetStream(
      ChannelHandlerContext ctx, int streamId, long errorCode, ChannelPromise promise) {
    if (lingers()) {
      return promise.setSuccess();
    }
    Http2Reset reason = reason(errorCode);
    peer.meters().http2Reset(worker.index(), reason);
    if (reason == Http2Reset.MALFORMED || reason == Http2Reset.REFUSED) {
      Http2Flood flood = codec.guard.reset(1, Http2Flood.PROVOKED_RESET, worker.now());
      if (flood != null) {
        flooded(flood);
        return promise.setSuccess();
      }
    }
    if (reason == Http2Reset.REFUSED) {
      codec.past.reset(streamId); // there is no stream that could remember it
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
    farewell.fail(Http2Error.ENHANCE_YOUR_CALM);
  }

  @Override
  public void onError(ChannelHandlerContext ctx, boolean outbound, Throwable cause) {
    super.onError(ctx, outbound, cause);
    turn.flushSoon();
  }

  @Override
  protected void onConnectionError(
      ChannelHandlerContext ctx,
      boolean outbound,
      Throwable cause,
      @Nullable Http2Exception http2Ex) {
    if (http2Ex == null) {
      log.error("client connection", cause);
      farewell.fail(Http2Error.INTERNAL_ERROR);
    } else if (http2Ex.error() == Http2Error.ENHANCE_YOUR_CALM) {
      Http2Flood flood = codec.flood;
      flooded(flood == null ? Http2Flood.CONTINUATION : flood);
    } else {
      farewell.fail(http2Ex.error());
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
        codec.guard.reset(Http2Guard.LARGE_HEAD, Http2Flood.LARGE_HEADS, worker.now());
    if (flood != null) {
      flooded(flood);
      return true;
    }
    Http2Stream stream = codec.streams.stream(error.streamId());
    if (stream != null) {
      Http2Downstream mine = stream.getProperty(codec.key);
      if (mine != null && stream.isHeadersReceived()) {
        mine.request().trailers("too large", Unpooled.EMPTY_BUFFER);
      }
      return false;
    }
    try {
      Http2Stream fresh = codec.streams.remote().createStream(error.streamId(), false);
      fresh.headersReceived(false);
      streams.open(fresh).request().refuse(Fault.HEAD_TOO_LARGE, false);
      return true;
    } catch (Http2Exception e) {
      return false;
    }
  }

  /** This connection as its loop sees it. */
  private final class Queue extends DownstreamQueue {
    Queue() {
      super(outbox);
    }

    @Override
    public long idleNanos(long nowNanos) {
      return farewell.begun() ? -1 : watch.idleNanos(nowNanos);
    }

    @Override
    public void evict() {
      peer.meters().rejected(worker.index(), Rejection.IDLE_EVICTED);
      farewell.fail(Http2Error.NO_ERROR);
      channel.close();
    }

    @Override
    protected void resume() {
      if (channel.isWritable() && !lingers()) {
        streams.all().forEach(Http2Downstream::retry);
        turn.settle();
      }
    }

    @Override
    protected void cut(Rejection why) {
      peer.meters().rejected(worker.index(), why);
      farewell.fail(Http2Error.ENHANCE_YOUR_CALM);
      channel.close();
    }
  }
}
