package io.meridian.proxy.loop;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;

/**
 * A channel that its one handler may use past the pipeline, while nothing else is in it: what is
 * received goes straight to the handler, what is sent straight to the socket. Event loop only.
 */
interface DirectSocket {
  /** The handler that may be the only one; asked again and again whether it is. */
  void offer(ChannelHandlerContext handler);

  /** The handler leaves: all goes by the pipeline again. Nothing may have been sent. */
  void withdraw();

  /** Queues bytes for {@link #sendNow}; takes the buffer over. */
  void send(ByteBuf bytes);

  /** Sends what is queued, in order. */
  void sendNow();

  /** Runs an action when all that was given to it has been sent; not if it is closed before. */
  void whenSent(Runnable action);

  /** Bytes queued and not yet taken by the kernel. */
  long pendingBytes();
}
