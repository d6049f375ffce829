package io.meridian.proxy.downstream;

import io.meridian.proxy.exchange.Backlog;
import io.meridian.proxy.loop.Outbox;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;

/** The bytes of one client connection that wait for the client. Event loop only. */
abstract class DownstreamQueue extends Backlog.Member {
  private final Channel channel;
  private final Outbox outbox;

  DownstreamQueue(Channel channel, Outbox outbox) {
    this.channel = channel;
    this.outbox = outbox;
  }

  @Override
  protected final long pending() {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes();
  }

  @Override
  protected final long taken() {
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    return buffer == null
        ? outbox.passedOnBytes()
        : outbox.passedOnBytes() - buffer.totalPendingWriteBytes() + buffer.currentProgress();
  }
}
