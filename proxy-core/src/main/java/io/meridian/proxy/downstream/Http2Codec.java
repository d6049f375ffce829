package io.meridian.proxy.downstream;

import io.meridian.config.MeridianConfig;
import io.meridian.proxy.exchange.LoopContext;
import io.meridian.proxy.loop.Outbox;
import io.meridian.proxy.telemetry.Http2Flood;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionDecoder;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionEncoder;
import io.netty.handler.codec.http2.DefaultHttp2FrameReader;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Connection.PropertyKey;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2PromisedRequestVerifier;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import org.jspecify.annotations.Nullable;

/**
 * What the codec of a client's connection is made of: Netty's reading side, our own windows,
 * answers and limits. The parts know each other before the handler exists.
 */
final class Http2Codec {
  /** Frames of a header block that may be smaller than they need be (CVE-2024-27316 and others). */
  private static final int MAX_SMALL_CONTINUATIONS = 16;

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

  /** What cut the client off; null as long as nothing has. */
  @Nullable Http2Flood flood;

  Http2Codec(LoopContext context, Channel channel, Outbox outbox) {
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
}
