package io.meridian.proxy.downstream;

import io.meridian.proxy.loop.Outbox;
import io.meridian.proxy.loop.TimerWheel;
import io.meridian.proxy.loop.Worker;
import io.netty.channel.Channel;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import java.util.concurrent.TimeUnit;

/**
 * Closes a connection so that the last answer arrives: when all of it is sent our side first, then,
 * for a while, what still comes is read and dropped; a close with unread bytes would be a reset,
 * which can overtake the answer (RFC 9112, 9.6). A client that takes nothing of what is left is the
 * backlog's affair. Event loop only.
 */
final class LingeringClose extends TimerWheel.Timer {
  /** How long a client may take to notice that its connection is being closed. */
  static final long NANOS = TimeUnit.SECONDS.toNanos(2);

  private final Worker worker;
  private final Channel channel;
  private final Outbox outbox;

  LingeringClose(Worker worker, Channel channel, Outbox outbox) {
    this.worker = worker;
    this.channel = channel;
    this.outbox = outbox;
  }

  /** Everything that is to be sent was flushed. */
  void start() {
    outbox.whenSent(this::allSent);
  }

  /**
   * As {@link #start}, with a client that said that it sends no more, and of which nothing is left
   * unread: there is nothing to wait for.
   */
  void startAtRest() {
    outbox.whenSent(channel::close);
  }

  /** The channel is closed. */
  void over() {
    worker.remove(this);
  }

  private void allSent() {
    if (channel instanceof DuplexChannel duplex && channel.isActive()) {
      SslHandler tls = channel.pipeline().get(SslHandler.class);
      if (tls == null) {
        duplex.shutdownOutput();
      } else { // its close_notify says that this was all
        tls.closeOutbound().addListener(_ -> duplex.shutdownOutput());
      }
      worker.arm(this, worker.tick() + NANOS);
    } else {
      channel.close();
    }
  }

  @Override
  protected void fire(long now) {
    channel.close();
  }
}
