package io.meridian.proxy.downstream;

import io.meridian.proxy.exchange.Secured;
import io.meridian.proxy.loop.TimerWheel;
import io.meridian.proxy.loop.Worker;
import io.meridian.proxy.telemetry.TlsMeters.Failure;
import io.meridian.proxy.tls.Handshake;
import io.meridian.proxy.tls.ProtocolRefused;
import io.meridian.proxy.tls.ServerTls;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.net.InetSocketAddress;
import java.nio.channels.ClosedChannelException;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Waits for a TLS handshake, for so long, and then gives way to the protocol that it chose, when
 * the bytes that ended it have been read. Session tickets leave with the first answer if the client
 * has asked by then, else at once. Event loop only.
 */
final class TlsHandshake extends ChannelInboundHandlerAdapter implements ClientConnection {
  private static final Logger log = LoggerFactory.getLogger(TlsHandshake.class);

  private final ClientPipeline connection;
  private final ServerTls tls;
  private final SslHandler handler;
  private final InetSocketAddress client;
  private final InetSocketAddress target;
  private @Nullable Failure failure;
  private boolean done;
  private boolean asked;

  private final TimerWheel.Timer deadline =
      new TimerWheel.Timer() {
        @Override
        protected void fire(long nowNanos) {
          failure = Failure.TIMEOUT;
          cut();
        }
      };

  private TlsHandshake(
      ClientPipeline connection,
      ServerTls tls,
      SslHandler handler,
      InetSocketAddress client,
      InetSocketAddress target) {
    this.connection = connection;
    this.tls = tls;
    this.handler = handler;
    this.client = client;
    this.target = target;
  }

  /** Adds TLS to a connection; the rest follows by itself. */
  static void start(
      ClientPipeline connection,
      ServerTls tls,
      InetSocketAddress client,
      InetSocketAddress target) {
    ChannelPipeline pipeline = connection.channel().pipeline();
    SslHandler handler = tls.addTo(pipeline);
    pipeline.addLast(new TlsHandshake(connection, tls, handler, client, target));
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    Worker worker = worker();
    var timeouts = connection.context().snapshot().config().timeouts();
    worker.arm(deadline, worker.tick() + timeouts.tlsHandshake().toNanos());
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    worker().remove(deadline);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (done) {
      ctx.fireUserEventTriggered(event);
    } else if (event instanceof ProtocolRefused) {
      failure = Failure.PROTOCOL;
    } else if (event instanceof SslHandshakeCompletionEvent completion) {
      if (completion.isSuccess()) {
        proceed(ctx);
      } else {
        fail(completion.cause());
      }
    }
  }

  private void proceed(ChannelHandlerContext ctx) {
    worker().tick();
    worker().remove(deadline);
    done = true;
    Handshake handshake = tls.completed(handler);
    Secured secured =
        new Secured(
            handshake.version(),
            handshake.cipher(),
            handshake.clientSubject(),
            handshake.serverName(),
            tls.choosy() ? tls::serves : null);
    try {
      ByteBuf tickets = ServerTls.tickets(handler, handshake, ctx.alloc());
      ctx.pipeline().context(handler).write(tickets);
    } catch (SSLException e) {
      log.debug("TLS tickets", e);
      cut();
      return;
    }
    connection.speak(handshake.protocol(), connection.peer(client, target, secured));
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    asked = true;
    ctx.fireChannelRead(message);
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (done) {
      if (!asked) {
        ctx.flush();
      }
      ctx.pipeline().remove(this);
    }
    ctx.fireChannelReadComplete();
  }

  private void fail(@Nullable Throwable cause) {
    Failure why = failure;
    if (why == null) {
      why = cause instanceof ClosedChannelException ? Failure.CLOSED : Failure.FAILED;
    }
    tls.meters().failed(why);
    log.debug("TLS handshake: {}", why, cause);
  }

  /** What went wrong has been told by the event; TLS has sent its alert and closes. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (done) {
      ctx.fireExceptionCaught(cause);
    } else {
      cut();
    }
  }

  @Override
  public void drainConnection() {
    cut();
  }

  private void cut() {
    connection.channel().close();
  }

  private Worker worker() {
    return connection.context().worker();
  }
}
