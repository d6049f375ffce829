package io.meridian.proxy.downstream;

import static io.netty.handler.codec.http2.Http2Exception.connectionError;
import static io.netty.handler.codec.http2.Http2Exception.streamError;

import io.meridian.proxy.loop.Worker;
import io.meridian.proxy.telemetry.Http2Flood;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2FrameReader;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2LocalFlowController;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads frames and shows each to the {@link Http2Guard} before anything is done about it, also
 * those of streams that are gone. HEADERS of such are told apart here (RFC 9113, 5.1 and 5.1.1).
 */
final class Http2GuardedReader implements Http2FrameReader {
  private final Http2FrameReader reader;
  private final Http2Guard guard;
  private final io.netty.handler.codec.http2.Http2Connection streams;
  private final Http2Past past;
  private final Worker worker;
  private final FloodListener onFlood;
  private @Nullable Http2FrameListener target;
  private @Nullable Http2FrameListener guarded;

  /** Hears of a flood; throws what ends the connection. */
  interface FloodListener {
    void flood(Http2Flood flood) throws Http2Exception;
  }

  Http2GuardedReader(
      Http2FrameReader reader,
      Http2Guard guard,
      io.netty.handler.codec.http2.Http2Connection streams,
      Http2Past past,
      Worker worker,
      FloodListener onFlood) {
    this.reader = reader;
    this.guard = guard;
    this.streams = streams;
    this.past = past;
    this.worker = worker;
    this.onFlood = onFlood;
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // the decoder swaps its listener once, for another object
  public void readFrame(ChannelHandlerContext ctx, ByteBuf in, Http2FrameListener listener)
      throws Http2Exception {
    Http2FrameListener to = guarded;
    if (to == null || target != listener) {
      target = listener;
      to = new Guarded(listener);
      guarded = to;
    }
    reader.readFrame(ctx, in, to);
  }

  @Override
  public Configuration configuration() {
    return reader.configuration();
  }

  @Override
  public void close() {
    reader.close();
  }

  private void charge(int cost, Http2Flood kind) throws Http2Exception {
    Http2Flood flood = guard.frame(cost, kind, worker.now());
    if (flood != null) {
      onFlood.flood(flood);
    }
  }

  /** Whether a frame is late for a stream that was reset, or refused before there was one. */
  private boolean late(int streamId) {
    return streamId != 0 && streams.stream(streamId) == null && past.wasReset(streamId);
  }

  /** A head must open a stream, or end one that is open. */
  private void headers(int streamId) throws Http2Exception {
    Http2Stream stream = streams.stream(streamId);
    if (stream != null) {
      if (stream.state() == Http2Stream.State.HALF_CLOSED_REMOTE) {
        throw streamError(streamId, Http2Error.STREAM_CLOSED, "HEADERS behind the end");
      }
    } else if (streams.streamMayHaveExisted(streamId)) {
      throw connectionError(
          past.hasEnded(streamId) ? Http2Error.STREAM_CLOSED : Http2Error.PROTOCOL_ERROR,
          "HEADERS of an old stream");
    }
  }

  private final class Guarded extends Http2FrameListenerDecorator {
    Guarded(Http2FrameListener listener) {
      super(listener);
    }

    @Override
    public int onDataRead(
        ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean endOfStream)
        throws Http2Exception {
      if (data.isReadable()) {
        guard.useful();
      } else if (!endOfStream) {
        charge(Http2Guard.EMPTY_DATA, Http2Flood.EMPTY_DATA);
      }
      if (late(streamId)) {
        Http2LocalFlowController windows = streams.local().flowController();
        windows.receiveFlowControlledFrame(null, data, padding, endOfStream);
        return data.readableBytes() + padding;
      }
      return super.onDataRead(ctx, streamId, data, padding, endOfStream);
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext ctx,
        int streamId,
        Http2Headers headers,
        int padding,
        boolean endStream)
        throws Http2Exception {
      guard.useful();
      if (late(streamId)) {
        return;
      }
      headers(streamId);
      super.onHeadersRead(ctx, streamId, headers, padding, endStream);
    }

    @Override
    public void onHeadersRead(
        ChannelHandlerContext ctx,
        int streamId,
        Http2Headers headers,
        int streamDependency,
        short weight,
        boolean exclusive,
        int padding,
        boolean endStream)
        throws Http2Exception {
      guard.useful();
      if (late(streamId)) {
        return;
      }
      headers(streamId);
      super.onHeadersRead(
          ctx, streamId, headers, streamDependency, weight, exclusive, padding, endStream);
    }

    @Override
    public void onPriorityRead(
        ChannelHandlerContext ctx,
        int streamId,
        int streamDependency,
        short weight,
        boolean exclusive)
        throws Http2Exception {
      charge(Http2Guard.PRIORITY, Http2Flood.PRIORITY);
      super.onPriorityRead(ctx, streamId, streamDependency, weight, exclusive);
    }

    @Override
    public void onRstStreamRead(ChannelHandlerContext ctx, int streamId, long errorCode)
        throws Http2Exception {
      Http2Flood flood = guard.reset(1, Http2Flood.RAPID_RESET, worker.now());
      if (flood != null) {
        onFlood.flood(flood);
      }
      if (!late(streamId)) {
        super.onRstStreamRead(ctx, streamId, errorCode);
      }
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings)
        throws Http2Exception {
      charge(Http2Guard.SETTINGS, Http2Flood.SETTINGS);
      super.onSettingsRead(ctx, settings);
    }

    @Override
    public void onSettingsAckRead(ChannelHandlerContext ctx) throws Http2Exception {
      charge(Http2Guard.SETTINGS, Http2Flood.SETTINGS);
      super.onSettingsAckRead(ctx);
    }

    @Override
    public void onPingRead(ChannelHandlerContext ctx, long data) throws Http2Exception {
      charge(1, Http2Flood.PING);
      super.onPingRead(ctx, data);
    }

    @Override
    public void onPingAckRead(ChannelHandlerContext ctx, long data) throws Http2Exception {
      charge(1, Http2Flood.PING);
      super.onPingAckRead(ctx, data);
    }

    @Override
    public void onWindowUpdateRead(ChannelHandlerContext ctx, int streamId, int increment)
        throws Http2Exception {
      charge(1, Http2Flood.WINDOW_UPDATE);
      if (!late(streamId)) {
        super.onWindowUpdateRead(ctx, streamId, increment);
      }
    }

    @Override
    public void onUnknownFrame(
        ChannelHandlerContext ctx, byte frameType, int streamId, Http2Flags flags, ByteBuf payload)
        throws Http2Exception {
      charge(1, Http2Flood.UNKNOWN_FRAME);
      super.onUnknownFrame(ctx, frameType, streamId, flags, payload);
    }
  }
}
