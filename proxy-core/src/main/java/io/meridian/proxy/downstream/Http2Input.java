package io.meridian.proxy.downstream;

import static io.netty.handler.codec.http2.Http2Exception.connectionError;
import static io.netty.handler.codec.http2.Http2Exception.streamError;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2CodecUtil;
import io.netty.handler.codec.http2.Http2Connection.PropertyKey;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameWriter;
import io.netty.handler.codec.http2.Http2LocalFlowController;
import io.netty.handler.codec.http2.Http2Stream;

/**
 * What clients may send (RFC 9113, 5.2). A stream's window opens again as its bytes are passed on;
 * the connection's at once, so that a stream that waits holds up no other, until {@link #MAX_HELD}
 * wait in all. Event loop only.
 */
final class Http2Input implements Http2LocalFlowController {
  /** A stream's window, once the client knows of it. */
  static final int STREAM_WINDOW = 256 * 1024;

  static final int CONNECTION_WINDOW = 1024 * 1024;

  /** Bytes that may wait in all streams together before the connection's window closes. */
  static final int MAX_HELD = 1024 * 1024;

  private final io.netty.handler.codec.http2.Http2Connection connection;
  private final PropertyKey key;
  private final Http2Frames frames;
  private int initialWindow = Http2CodecUtil.DEFAULT_WINDOW_SIZE;
  private int connectionWindow = Http2CodecUtil.DEFAULT_WINDOW_SIZE;
  private int held;
  private int owed; // to the connection's window

  Http2Input(
      io.netty.handler.codec.http2.Http2Connection connection,
      PropertyKey key,
      Http2Frames frames) {
    this.connection = connection;
    this.key = key;
    this.frames = frames;
  }

  /** Opens the connection's window, which SETTINGS can't. */
  void open() {
    frames.windowUpdate(0, CONNECTION_WINDOW - connectionWindow);
    connectionWindow = CONNECTION_WINDOW;
  }

  @Override
  public void receiveFlowControlledFrame(
      Http2Stream stream, ByteBuf data, int padding, boolean endOfStream) throws Http2Exception {
    int length = data.readableBytes() + padding;
    connectionWindow -= length;
    if (connectionWindow < 0) {
      throw connectionError(Http2Error.FLOW_CONTROL_ERROR, "connection window exceeded");
    }
    owed += length;
    repay();
    Http2Downstream mine = stream == null ? null : stream.getProperty(key);
    if (mine != null) {
      mine.inWindow -= length;
      if (mine.inWindow < 0) {
        throw streamError(stream.id(), Http2Error.FLOW_CONTROL_ERROR, "stream window exceeded");
      }
    }
  }

  /** So many bytes wait in a stream; negative: no longer. */
  void hold(int bytes) {
    held += bytes;
    repay();
  }

  private void repay() {
    int due = owed - Math.max(0, held - MAX_HELD);
    if (due >= CONNECTION_WINDOW / 2) {
      owed -= due;
      connectionWindow += due;
      frames.windowUpdate(0, due);
    }
  }

  @Override
  public boolean consumeBytes(Http2Stream stream, int numBytes) {
    Http2Downstream mine = stream == null ? null : stream.getProperty(key);
    return mine != null && credit(mine, numBytes);
  }

  /** Bytes of a stream were passed on; whether the client was told. */
  boolean credit(Http2Downstream mine, int bytes) {
    mine.inOwed += bytes;
    if (mine.request().over() || mine.inOwed < initialWindow / 2) {
      return false;
    }
    frames.windowUpdate(mine.id(), mine.inOwed);
    mine.inWindow += mine.inOwed;
    mine.inOwed = 0;
    return true;
  }

  /** The window that a new stream has. */
  @Override
  public int initialWindowSize() {
    return initialWindow;
  }

  /** The client has acknowledged our SETTINGS: streams that are open have the new window too. */
  @Override
  public void initialWindowSize(int newWindowSize) throws Http2Exception {
    int delta = newWindowSize - initialWindow;
    initialWindow = newWindowSize;
    connection.forEachActiveStream(stream -> {
      Http2Downstream mine = stream.getProperty(key);
      if (mine != null) {
        mine.inWindow += delta;
      }
      return true;
    });
  }

  @Override
  public int unconsumedBytes(Http2Stream stream) {
    return 0;
  }

  @Override
  public int initialWindowSize(Http2Stream stream) {
    return initialWindow;
  }

  @Override
  public int windowSize(Http2Stream stream) {
    Http2Downstream mine = stream.getProperty(key);
    return mine == null ? connectionWindow : mine.inWindow;
  }

  @Override
  public void incrementWindowSize(Http2Stream stream, int delta) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Http2LocalFlowController frameWriter(Http2FrameWriter frameWriter) {
    return this;
  }

  @Override
  public void channelHandlerContext(ChannelHandlerContext ctx) {
    // writes go through the outbox
  }
}
