package io.meridian.proxy.downstream;

import static io.netty.handler.codec.http2.Http2Exception.connectionError;
import static io.netty.handler.codec.http2.Http2Exception.streamError;

import io.meridian.proxy.loop.Outbox;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Connection.PropertyKey;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * Sends the answers of a connection's streams, a frame of each in turn, as far as the windows that
 * the client has opened (RFC 9113, 5.2) and its socket allow. Priorities are not looked at. Event
 * loop only.
 */
final class Http2Output implements Http2RemoteFlowController {
  /** Bytes that may wait in all streams together before their endpoints are no longer read from. */
  static final int MAX_QUEUED = 2 * 1024 * 1024;

  private static final int END_STREAM = 1;
  private static final int END_HEADERS = 4;

  /** Table size 0 (RFC 7541, 6.3), once: there is none, whatever the client would keep. */
  private static final int NO_TABLE = 0x20;

  private final io.netty.handler.codec.http2.Http2Connection connection;
  private final PropertyKey key;
  private final Channel channel;
  private final Outbox outbox;
  private final Http2Frames frames;
  private final Http2Guard guard;
  private final ArrayDeque<Http2Downstream> ready = new ArrayDeque<>();
  private final ArrayDeque<Http2Downstream> starved = new ArrayDeque<>();
  private int initialWindow = Http2CodecUtil.DEFAULT_WINDOW_SIZE;
  private int connectionWindow = Http2CodecUtil.DEFAULT_WINDOW_SIZE;
  private int queued;
  private boolean tableSaid;

  Http2Output(
      io.netty.handler.codec.http2.Http2Connection connection,
      PropertyKey key,
      Channel channel,
      Outbox outbox,
      Http2Frames frames,
      Http2Guard guard) {
    this.connection = connection;
    this.key = key;
    this.channel = channel;
    this.outbox = outbox;
    this.frames = frames;
    this.guard = guard;
  }

  /** A stream may have something to send. */
  void offer(Http2Downstream stream) {
    if (!stream.inLine) {
      stream.inLine = true;
      ready.addLast(stream);
    }
  }

  /** Bytes more, or less, wait in some stream. */
  void queued(int bytes) {
    queued += bytes;
  }

  /** Whether so much waits that no endpoint should send more. */
  boolean congested() {
    return queued >= MAX_QUEUED;
  }

  /** Sends what can be sent now. */
  void pump() {
    while (channel.isWritable()) {
      Http2Downstream stream = ready.pollFirst();
      if (stream == null) {
        return;
      }
      stream.inLine = false;
      switch (stream.send()) {
        case MORE -> offer(stream);
        case STARVED -> {
          stream.inLine = true;
          starved.addLast(stream);
        }
        case NOTHING -> {
          // it comes again when it has, or may
        }
      }
    }
  }

  /** What may be sent of a stream's DATA in one frame now. */
  int allowance(Http2Downstream stream) {
    return Math.min(Math.min(stream.window, connectionWindow), Http2Frames.MAX_PAYLOAD);
  }

  boolean exhausted() {
    return connectionWindow <= 0;
  }

  /** A whole header block, in as many frames as it needs. */
  void headers(Http2Downstream stream, ByteBuf block, int length, boolean endStream) {
    int prefix = tableSaid ? 0 : 1;
    int first = Math.min(length, Http2Frames.MAX_PAYLOAD - prefix);
    int flags = (endStream ? END_STREAM : 0) | (first == length ? END_HEADERS : 0);
    ByteBuf out = frames.begin(first + prefix, Http2FrameTypes.HEADERS, flags, stream.id());
    if (!tableSaid) {
      tableSaid = true;
      out.writeByte(NO_TABLE);
    }
    out.writeBytes(block, first);
    int left = length - first;
    while (left > 0) {
      int next = Math.min(left, Http2Frames.MAX_PAYLOAD);
      left -= next;
      frames
          .begin(next, Http2FrameTypes.CONTINUATION, left == 0 ? END_HEADERS : 0, stream.id())
          .writeBytes(block, next);
    }
  }

  /** One DATA frame within {@link #allowance}. */
  void data(Http2Downstream stream, ByteBuf in, int length, boolean endStream) {
    ByteBuf head = outbox.room(Http2Frames.HEAD);
    Http2Frames.head(head, length, Http2FrameTypes.DATA, endStream ? END_STREAM : 0, stream.id());
    outbox.take(in, length);
    stream.window -= length;
    connectionWindow -= length;
    guard.useful();
  }

  @Override
  public void incrementWindowSize(Http2Stream stream, int delta) throws Http2Exception {
    if (stream.id() == Http2CodecUtil.CONNECTION_STREAM_ID) {
      if (connectionWindow > 0 && delta > Integer.MAX_VALUE - connectionWindow) {
        throw connectionError(Http2Error.FLOW_CONTROL_ERROR, "connection window overflow");
      }
      connectionWindow += delta;
      for (Http2Downstream next = starved.pollFirst(); next != null; next = starved.pollFirst()) {
        ready.addLast(next);
      }
      return;
    }
    Http2Downstream mine = stream.getProperty(key);
    if (mine == null) {
      return;
    }
    if (mine.window > 0 && delta > Integer.MAX_VALUE - mine.window) {
      throw streamError(stream.id(), Http2Error.FLOW_CONTROL_ERROR, "stream window overflow");
    }
    mine.window += delta;
    offer(mine);
  }

  @Override
  public void initialWindowSize(int newWindowSize) throws Http2Exception {
    int delta = newWindowSize - initialWindow;
    initialWindow = newWindowSize;
    connection.forEachActiveStream(stream -> {
      Http2Downstream mine = stream.getProperty(key);
      if (mine != null) {
        if (delta > 0 && mine.window > Integer.MAX_VALUE - delta) {
          throw connectionError(Http2Error.FLOW_CONTROL_ERROR, "stream window overflow");
        }
        mine.window += delta;
        offer(mine);
      }
      return true;
    });
  }

  @Override
  public int initialWindowSize() {
    return initialWindow;
  }

  @Override
  public int windowSize(Http2Stream stream) {
    Http2Downstream mine = stream.getProperty(key);
    return mine == null ? connectionWindow : mine.window;
  }

  @Override
  public void updateDependencyTree(
      int childStreamId, int parentStreamId, short weight, boolean exclusive) {
    // priorities of this kind are no more (RFC 9113, 5.3)
  }

  @Override
  public boolean hasFlowControlled(Http2Stream stream) {
    return false;
  }

  @Override
  public boolean isWritable(Http2Stream stream) {
    return channel.isWritable();
  }

  @Override
  public void addFlowControlled(Http2Stream stream, FlowControlled frame) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void writePendingBytes() {
    pump();
  }

  @Override
  public void channelWritabilityChanged() {
    // the connection calls pump
  }

  @Override
  public void listener(Listener listener) {
    // nobody listens
  }

  @Override
  public void channelHandlerContext(ChannelHandlerContext ctx) {
    // writes go through the outbox
  }

  @Override
  public @Nullable ChannelHandlerContext channelHandlerContext() {
    return null;
  }
}
