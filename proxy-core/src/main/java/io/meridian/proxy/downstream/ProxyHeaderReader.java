package io.meridian.proxy.downstream;

import io.meridian.config.Cidr;
import io.meridian.config.ProxyProtocol;
import io.meridian.proxy.loop.TimerWheel;
import io.meridian.proxy.loop.Worker;
import io.meridian.proxy.telemetry.ListenerMeters.ProxyHeaderFault;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.InetSocketAddress;
import java.util.Arrays;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads the PROXY header that a connection must start with, within its time, and gives way to what
 * comes next. Whoever may not send one is closed before a byte is read. Event loop only.
 */
final class ProxyHeaderReader extends ChannelInboundHandlerAdapter implements ClientConnection {
  private static final Logger log = LoggerFactory.getLogger(ProxyHeaderReader.class);

  private final ClientPipeline connection;
  private byte[] bytes = new byte[256];
  private int count;
  private boolean done;

  private final TimerWheel.Timer deadline =
      new TimerWheel.Timer() {
        @Override
        protected void fire(long nowNanos) {
          refuse(ProxyHeaderFault.INCOMPLETE);
        }
      };

  ProxyHeaderReader(ClientPipeline connection) {
    this.connection = connection;
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    if (!mayBeSentBy(connection.remote())) {
      refuse(ProxyHeaderFault.UNTRUSTED);
      return;
    }
    var timeouts = connection.context().snapshot().config().timeouts();
    Worker worker = worker();
    worker.arm(deadline, worker.tick() + timeouts.proxyProtocol().toNanos());
  }

  private boolean mayBeSentBy(InetSocketAddress sender) {
    ProxyProtocol rule = connection.settings().listener().proxyProtocol();
    byte[] address = sender.getAddress().getAddress();
    if (rule != null) {
      for (Cidr prefix : rule.from()) {
        if (prefix.contains(address)) {
          return true;
        }
      }
    }
    return false;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf in = (ByteBuf) message;
    if (done) {
      in.release();
      return;
    }
    worker().tick();
    try {
      int length = take(in);
      if (length == 0) {
        in.release();
        return;
      }
      ProxyHeader header = ProxyHeader.parse(bytes, length);
      proceed(ctx, header, in);
    } catch (ProxyHeader.Malformed e) {
      in.release();
      log.debug("PROXY header: {}", e.getMessage());
      refuse(ProxyHeaderFault.MALFORMED);
    }
  }

  /** Copies no more than the header; its length, or 0 if it is not all there. */
  private int take(ByteBuf in) throws ProxyHeader.Malformed {
    int known = 0;
    while (in.isReadable()) {
      if (count == bytes.length) {
        bytes = Arrays.copyOf(bytes, ProxyHeader.MAX_V2);
      }
      // Of version 1 and of the fixed part only the next byte tells whether there is more.
      int step = known == 0 ? 1 : Math.min(known - count, in.readableBytes());
      if (count + step > bytes.length) {
        bytes = Arrays.copyOf(bytes, ProxyHeader.MAX_V2);
      }
      in.readBytes(bytes, count, step);
      count += step;
      known = ProxyHeader.length(bytes, count);
      if (known == count) {
        return known;
      }
    }
    return 0;
  }

  private void proceed(ChannelHandlerContext ctx, ProxyHeader header, ByteBuf rest) {
    done = true;
    InetSocketAddress client = header.client();
    InetSocketAddress target = header.target();
    if (client != null && target != null) {
      connection.addressed(client, target);
    } else {
      connection.addressed(connection.remote(), connection.local());
    }
    ctx.pipeline().remove(this);
    if (rest.isReadable()) {
      ctx.fireChannelRead(rest);
    } else {
      rest.release();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    refuse(ProxyHeaderFault.INCOMPLETE);
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    worker().remove(deadline);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    refuse(ProxyHeaderFault.INCOMPLETE);
  }

  @Override
  public void drainConnection() {
    done = true;
    connection.channel().close();
  }

  private void refuse(ProxyHeaderFault why) {
    if (!done) {
      done = true;
      connection.door().meters().proxyHeaderRefused(worker().index(), why);
    }
    connection.channel().close();
  }

  private Worker worker() {
    return connection.context().worker();
  }
}
