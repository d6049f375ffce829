package io.meridian.proxy.downstream;

import io.meridian.proxy.exchange.LoopContext;
import io.meridian.proxy.exchange.Peer;
import io.meridian.proxy.http.Fault;
import io.meridian.proxy.loop.Worker;
import io.meridian.proxy.telemetry.Http2Reset;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameAdapter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/**
 * The streams of a client's connection: a {@link Http2Downstream} for each that is open, and some
 * for those that come. Frames that Netty has read, and found in order as far as frames and states
 * of streams go, are passed on to them. Event loop only.
 */
final class Http2Streams extends Http2FrameAdapter {
  private static final int MAX_FREE = 32;

  private final Http2Connection connection;
  private final Http2Codec codec;
  private final LoopContext context;
  private final Worker worker;
  private final Peer peer;
  private final ConnectionLife life;
  private final ArrayDeque<Http2Downstream> free = new ArrayDeque<>();

  Http2Streams(Http2Connection connection, Http2Codec codec, LoopContext context, Peer peer) {
    this.connection = connection;
    this.codec = codec;
    this.context = context;
    this.worker = context.worker();
    this.peer = peer;
    this.life = new ConnectionLife(worker.now(), worker.random());
    codec.decoder.frameListener(this);
    codec.streams.addListener(
        new Http2ConnectionAdapter() {
          @Override
          public void onStreamClosed(Http2Stream stream) {
            closed(stream);
          }
        });
  }

  /** How many are open. */
  int count() {
    return codec.streams.numActiveStreams();
  }

  /** A stream that the client has opened. */
  Http2Downstream open(Http2Stream stream) {
    Http2Downstream mine = free.pollLast();
    if (mine == null) {
      mine = new Http2Downstream(connection, context, peer);
    }
    mine.begin(stream.id(), codec.input.initialWindowSize(), codec.output.initialWindowSize());
    stream.setProperty(codec.key, mine);
    peer.meters().http2StreamOpened(worker.index());
    connection.watch().streams();
    if (life.spend(worker.now(), context.snapshot().config().limits().client())) {
      connection.drainConnection();
    }
    return mine;
  }

  /** Nobody uses it any more. */
  void recycle(Http2Downstream mine) {
    if (free.size() < MAX_FREE && !mine.inLine) {
      free.addLast(mine);
    }
  }

  private void closed(Http2Stream stream) {
    Http2Downstream mine = stream.removeProperty(codec.key);
    if (stream.isResetSent()) {
      codec.past.reset(stream.id());
    } else {
      codec.past.ended(stream.id());
    }
    if (mine != null) {
      peer.meters().http2StreamClosed(worker.index());
      mine.close();
    }
    if (count() == 0) {
      connection.watch().idle();
      connection.farewell().idle();
    }
  }

  /** The last byte of an answer is written. */
  void answered(Http2Downstream mine) {
    codec.guard.answered();
    Http2Stream stream = codec.streams.stream(mine.id());
    if (stream == null) {
      return;
    }
    if (mine.request().over()) {
      stream.close();
    } else {
      stream.closeLocalSide();
      connection.reset(mine, Http2Error.NO_ERROR);
    }
  }

  /** Those that are open now; they may end while they are gone through. */
  List<Http2Downstream> all() {
    List<Http2Downstream> open = new ArrayList<>();
    try {
      codec.streams.forEachActiveStream(stream -> {
        Http2Downstream mine = stream.getProperty(codec.key);
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

  /** Ends all of them. */
  void close() {
    try {
      List<Http2Stream> open = new ArrayList<>();
      codec.streams.forEachActiveStream(open::add);
      open.forEach(Http2Stream::close);
    } catch (Http2Exception e) {
      throw new IllegalStateException(e);
    }
  }

  // ---- what the client sends

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
    Http2Stream stream = codec.streams.stream(streamId);
    if (stream == null || connection.lingers()) {
      return;
    }
    Http2RequestFields fields = codec.fields;
    String wrong = fields.finish(endStream);
    Http2Downstream mine = stream.getProperty(codec.key);
    if (mine != null) {
      mine.request().trailers(wrong, fields.head());
    } else if (wrong == null) {
      open(stream).request().arrived(fields, endStream);
    } else {
      open(stream).request().refuse(Fault.FIELD_VALUE, true);
    }
  }

  @Override
  public int onDataRead(
      ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean endOfStream) {
    Http2Stream stream = codec.streams.stream(streamId);
    Http2Downstream mine = stream == null ? null : stream.getProperty(codec.key);
    return mine == null
        ? data.readableBytes() + padding
        : mine.request().data(data, padding, endOfStream);
  }

  @Override
  public void onRstStreamRead(ChannelHandlerContext ctx, int streamId, long errorCode) {
    peer.meters().http2Reset(worker.index(), Http2Reset.CLIENT);
  }

  @Override
  public void onPingAckRead(ChannelHandlerContext ctx, long data) {
    connection.farewell().pinged(data);
  }
}
