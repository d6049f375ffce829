package io.meridian.proxy.downstream;

import io.meridian.proxy.loop.Outbox;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameSizePolicy;
import io.netty.handler.codec.http2.Http2FrameTypes;
import io.netty.handler.codec.http2.Http2FrameWriter;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Settings;

/**
 * Writes frames (RFC 9113, 6) where all that goes to the client is gathered, so that they keep
 * their order and leave together. HEADERS and DATA are written by {@link Http2Output}, never by
 * Netty.
 */
final class Http2Frames
    implements Http2FrameWriter,
        Http2FrameWriter.Configuration,
        Http2HeadersEncoder.Configuration,
        Http2FrameSizePolicy {
  /** The payload that every peer takes; larger ones are not made use of. */
  static final int MAX_PAYLOAD = 16 * 1024;

  static final int HEAD = 9;
  private static final int ACK = 1;

  private final Outbox outbox;
  private int controlBytes;
  private long tableSize = 4096;
  private long listSize = Long.MAX_VALUE;
  private int frameSize = MAX_PAYLOAD;

  Http2Frames(Outbox outbox) {
    this.outbox = outbox;
  }

  /** Writes the head of a frame, with room for its payload. */
  ByteBuf begin(int length, int type, int flags, int streamId) {
    ByteBuf out = outbox.room(HEAD + length);
    head(out, length, type, flags, streamId);
    return out;
  }

  static void head(ByteBuf out, int length, int type, int flags, int streamId) {
    out.writeMedium(length).writeByte(type).writeByte(flags).writeInt(streamId);
  }

  private ByteBuf control(int length, int type, int flags, int streamId) {
    controlBytes += HEAD + length;
    return begin(length, type, flags, streamId);
  }

  /** Bytes of control frames since {@link #resetControlBytes}. */
  int controlBytes() {
    return controlBytes;
  }

  void resetControlBytes() {
    controlBytes = 0;
  }

  void goAway(int lastStreamId, long errorCode) {
    control(8, Http2FrameTypes.GO_AWAY, 0, 0).writeInt(lastStreamId).writeInt((int) errorCode);
  }

  void ping(long data) {
    control(8, Http2FrameTypes.PING, 0, 0).writeLong(data);
  }

  void windowUpdate(int streamId, int increment) {
    control(4, Http2FrameTypes.WINDOW_UPDATE, 0, streamId).writeInt(increment);
  }

  @Override
  public ChannelFuture writeRstStream(
      ChannelHandlerContext ctx, int streamId, long errorCode, ChannelPromise promise) {
    control(4, Http2FrameTypes.RST_STREAM, 0, streamId).writeInt((int) errorCode);
    return promise.setSuccess();
  }

  @Override
  public ChannelFuture writeSettings(
      ChannelHandlerContext ctx, Http2Settings settings, ChannelPromise promise) {
    ByteBuf out = control(6 * settings.size(), Http2FrameTypes.SETTINGS, 0, 0);
    settings
        .entries()
        .forEach(entry -> out.writeShort(entry.key()).writeInt((int) entry.value().longValue()));
    return promise.setSuccess();
  }

  @Override
  public ChannelFuture writeSettingsAck(ChannelHandlerContext ctx, ChannelPromise promise) {
    control(0, Http2FrameTypes.SETTINGS, ACK, 0);
    return promise.setSuccess();
  }

  @Override
  public ChannelFuture writePing(
      ChannelHandlerContext ctx, boolean ack, long data, ChannelPromise promise) {
    control(8, Http2FrameTypes.PING, ack ? ACK : 0, 0).writeLong(data);
    return promise.setSuccess();
  }

  @Override
  public ChannelFuture writeGoAway(
      ChannelHandlerContext ctx,
      int lastStreamId,
      long errorCode,
      ByteBuf debugData,
      ChannelPromise promise) {
    debugData.release();
    goAway(lastStreamId, errorCode);
    return promise.setSuccess();
  }

  @Override
  public ChannelFuture writeWindowUpdate(
      ChannelHandlerContext ctx, int streamId, int windowSizeIncrement, ChannelPromise promise) {
    windowUpdate(streamId, windowSizeIncrement);
    return promise.setSuccess();
  }

  @Override
  public ChannelFuture writeData(
      ChannelHandlerContext ctx,
      int streamId,
      ByteBuf data,
      int padding,
      boolean endStream,
      ChannelPromise promise) {
    data.release();
    throw new UnsupportedOperationException();
  }

  @Override
  public ChannelFuture writeHeaders(
      ChannelHandlerContext ctx,
      int streamId,
      Http2Headers headers,
      int padding,
      boolean endStream,
      ChannelPromise promise) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ChannelFuture writeHeaders(
      ChannelHandlerContext ctx,
      int streamId,
      Http2Headers headers,
      int streamDependency,
      short weight,
      boolean exclusive,
      int padding,
      boolean endStream,
      ChannelPromise promise) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ChannelFuture writePriority(
      ChannelHandlerContext ctx,
      int streamId,
      int streamDependency,
      short weight,
      boolean exclusive,
      ChannelPromise promise) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ChannelFuture writePushPromise(
      ChannelHandlerContext ctx,
      int streamId,
      int promisedStreamId,
      Http2Headers headers,
      int padding,
      ChannelPromise promise) {
    throw new UnsupportedOperationException();
  }

  @Override
  public ChannelFuture writeFrame(
      ChannelHandlerContext ctx,
      byte frameType,
      int streamId,
      Http2Flags flags,
      ByteBuf payload,
      ChannelPromise promise) {
    payload.release();
    throw new UnsupportedOperationException();
  }

  // ---- what the client's SETTINGS say; none of it changes what is written here

  @Override
  public Http2FrameWriter.Configuration configuration() {
    return this;
  }

  @Override
  public Http2HeadersEncoder.Configuration headersConfiguration() {
    return this;
  }

  @Override
  public Http2FrameSizePolicy frameSizePolicy() {
    return this;
  }

  @Override
  public void maxHeaderTableSize(long max) {
    tableSize = max;
  }

  @Override
  public long maxHeaderTableSize() {
    return tableSize;
  }

  @Override
  public void maxHeaderListSize(long max) {
    listSize = max;
  }

  @Override
  public long maxHeaderListSize() {
    return listSize;
  }

  @Override
  public void maxFrameSize(int max) {
    frameSize = max;
  }

  @Override
  public int maxFrameSize() {
    return frameSize;
  }

  @Override
  public void close() {
    // the outbox is its owner's
  }
}
