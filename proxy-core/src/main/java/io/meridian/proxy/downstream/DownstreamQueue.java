package io.meridian.proxy.downstream;

import io.meridian.proxy.exchange.Backlog;
import io.meridian.proxy.exchange.OpenClients;
import io.meridian.proxy.loop.Outbox;

/**
 * One client connection as its loop sees it: what waits for the client, and whether it could make
 * room for others. Event loop only.
 */
abstract class DownstreamQueue extends Backlog.Member implements OpenClients.Client {
  private final Outbox outbox;
  private int place;

  DownstreamQueue(Outbox outbox) {
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
    return outbox.pendingBytes();
  }

  @Override
  protected final long taken() {
    return outbox.passedOnBytes() - outbox.pendingBytes();
  }
}
