package io.meridian.proxy.upstream;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.ArrayList;
import java.util.List;

/**
 * What an endpoint says on an HTTP/2 connection, told to those whom it concerns. Event loop only.
 */
final class Http2UpstreamEvents extends Http2EventAdapter {
  private final Http2Upstream connection;
  private final List<Http2Exchange> touched = new ArrayList<>();

  Http2UpstreamEvents(Http2Upstream connection) {
    this.connection = connection;
  }

  /** What was read is handled. */
  void readComplete() {
    for (int i = 0; i < touched.size(); i++) {
      touched.get(i).readComplete();
    }
    touched.clear();
  }

  private void touch(Http2Exchange exchange) {
    if (touched.isEmpty() || touched.getLast() != exchange) {
      touched.add(exchange);
    }
  }

  @Override
  public int onDataRead(
      ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean end) {
    Http2Exchange exchange = connection.of(streamId);
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
    Http2Exchange exchange = connection.of(streamId);
    if (exchange != null) {
      touch(exchange);
      exchange.headers(headers, end);
    }
  }

  @Override
  public void onRstStreamRead(ChannelHandlerContext ctx, int streamId, long code) {
    Http2Exchange exchange = connection.of(streamId);
    if (exchange != null) {
      exchange.resetByPeer(code);
    }
  }

  @Override
  public void onSettingsRead(ChannelHandlerContext ctx, Http2Settings settings) {
    Long connect = settings.get('\u0008'); // SETTINGS_ENABLE_CONNECT_PROTOCOL (RFC 8441, 3)
    connection.settings(connect != null && connect == 1);
  }

  @Override
  public void onUnknownFrame(
      ChannelHandlerContext ctx, byte type, int streamId, Http2Flags flags, ByteBuf payload) {
    // to be ignored (RFC 9113, 5.5)
  }

  @Override
  public void onStreamClosed(Http2Stream stream) {
    Http2Exchange exchange = connection.of(stream);
    if (exchange != null) {
      exchange.cut();
    }
  }

  @Override
  public void onGoAwayReceived(int lastStreamId, long code, ByteBuf debug) {
    connection.goesAway(lastStreamId);
  }
}
