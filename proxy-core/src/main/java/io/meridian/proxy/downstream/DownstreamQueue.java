package io.meridian.proxy.downstream;

import io.meridian.proxy.exchange.Backlog;
import io.meridian.proxy.exchange.OpenClients;
import io.meridian.proxy.loop.Outbox;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;

/**
 * One client connection as its loop sees it: what waits for the client, and whether it could make
 * room for others. Event loop only.
 */
abstract class DownstreamQueue extends Backlog.Member implements OpenClients.Client {
  private final Channel channel;
  private final Outbox outbox;
  private int place;

  DownstreamQueue(Channel channel, Outbox outbox) {
    this.channel = channel;
    this.outbox = outbox;
  }

  @Override
  public final int place() {
    return place;
  }

  @Override
  public final void place(int index) {
    place = index;
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
