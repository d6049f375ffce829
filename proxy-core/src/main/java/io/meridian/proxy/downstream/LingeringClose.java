package io.meridian.proxy.downstream;

import io.meridian.proxy.exchange.LoopContext;
import io.meridian.proxy.exchange.RateWatch;
import io.meridian.proxy.loop.TimerWheel;
import io.meridian.proxy.loop.Worker;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.socket.DuplexChannel;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection so that the last answer arrives: when all of it is sent our side first, then,
 * for a while, what still comes is read and dropped; a close with unread bytes would be a reset,
 * which can overtake the answer (RFC 9112, 9.6). Event loop only.
 */
final class LingeringClose extends TimerWheel.Timer {
  /** How long a client may take to notice that its connection is being closed. */
  static final long NANOS = TimeUnit.SECONDS.toNanos(2);

  private final LoopContext context;
  private final Worker worker;
  private final Channel channel;
  private final DownstreamQueue queue;
  private final RateWatch rate = new RateWatch();
  private boolean sent;

  LingeringClose(LoopContext context, Channel channel, DownstreamQueue queue) {
    this.context = context;
    this.worker = context.worker();
    this.channel = channel;
    this.queue = queue;
  }

  /** Everything that is to be sent was flushed. */
  void start() {
    rate.start(worker.now(), queue.taken());
    worker.arm(this, worker.now() + windowNanos());
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> allSent());
  }

  /** The channel is closed. */
  void over() {
    worker.remove(this);
  }

  private void allSent() {
    if (channel instanceof DuplexChannel duplex && channel.isActive()) {
      sent = true;
      duplex.shutdownOutput();
      worker.arm(this, worker.tick() + NANOS);
    } else {
      channel.close();
    }
  }

  /** Goes on waiting for the last bytes to leave, as long as they do. */
  @Override
  protected void fire(long now) {
    long perSecond = context.snapshot().config().limits().client().responseRate();
    if (sent || rate.tooSlow(now, queue.taken(), perSecond, windowNanos())) {
      channel.close();
    } else {
      worker.arm(this, rate.dueNanos(windowNanos()));
    }
  }

  private long windowNanos() {
    return context.snapshot().config().timeouts().responseBody().toNanos();
  }
}
