package io.meridian.proxy.upstream;

import io.meridian.proxy.http2.RequestFields;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.AbstractHttp2ConnectionHandlerBuilder;
import io.netty.handler.codec.http2.Http2ConnectionDecoder;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Settings;

/** Puts an {@link Http2Upstream} together: what it tells the endpoint, and what it bears with. */
final class Http2UpstreamBuilder
    extends AbstractHttp2ConnectionHandlerBuilder<Http2Upstream, Http2UpstreamBuilder> {
  /** What an endpoint may send on a stream ahead of its client, bytes. */
  private static final int STREAM_WINDOW = 256 * 1024;

  private static final int MAX_RESETS = 5_000; // by the endpoint, within the next
  private static final int RESET_SECONDS = 10;
  private static final int MAX_EMPTY_DATA = 100;

  private final EndpointPool pool;
  private final Channel channel;
  private final Link link;
  private final Opening opening;

  Http2UpstreamBuilder(EndpointPool pool, Channel channel, Link link, Opening opening) {
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
    return new Http2Upstream(decoder, encoder, settings, pool, channel, link, opening);
  }
}
