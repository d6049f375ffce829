package io.meridian.health;

import io.meridian.config.Health;
import io.meridian.config.Region;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import java.nio.charset.StandardCharsets;

/** Sends one request and judges the answer by its status and, if asked for, its body's start. */
final class HttpProbeHandler extends SimpleChannelInboundHandler<HttpObject> {
  private static final int MAX_BODY = 64 * 1024;
  private static final HttpDecoderConfig LIMITS =
      new HttpDecoderConfig()
          .setMaxInitialLineLength(4096)
          .setMaxHeaderSize(16 * 1024)
          .setMaxChunkSize(8192);

  private final Region.Endpoint endpoint;
  private final Health.Http check;
  private final Prober.Probe probe;
  private final ByteBuf expected;
  private final ByteBuf body; // on heap, so nobody need release it; event loop only
  private boolean judged; // the status was right

  private HttpProbeHandler(Region.Endpoint endpoint, Health.Http check, Prober.Probe probe) {
    this.endpoint = endpoint;
    this.check = check;
    this.probe = probe;
    String text = check.bodyContains();
    this.body = text == null ? Unpooled.EMPTY_BUFFER : Unpooled.buffer(1024, MAX_BODY);
    this.expected =
        text == null
            ? Unpooled.EMPTY_BUFFER
            : Unpooled.wrappedBuffer(text.getBytes(StandardCharsets.UTF_8));
  }

  static void install(
      ChannelPipeline pipeline, Region.Endpoint endpoint, Health.Http check, Prober.Probe probe) {
    pipeline.addLast(new Arrival(probe));
    pipeline.addLast(new HttpClientCodec(LIMITS, false, true));
    pipeline.addLast(new HttpProbeHandler(endpoint, check, probe));
  }

  /** Notes when bytes come, before time goes into reading them. */
  private static final class Arrival extends ChannelInboundHandlerAdapter {
    private final Prober.Probe probe;

    Arrival(Prober.Probe probe) {
      this.probe = probe;
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      probe.read();
      ctx.fireChannelRead(message);
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    if (ctx.pipeline().get(SslHandler.class) == null) {
      ask(ctx);
    }
  }

  /** HTTPS asks when the handshake is done, so that its time does not count as the answer's. */
  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake) {
      if (handshake.isSuccess()) {
        ask(ctx);
      } else {
        probe.failed(false, ProbeCause.of(handshake.cause()));
      }
    }
  }

  private void ask(ChannelHandlerContext ctx) {
    var request =
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1, HttpMethod.valueOf(check.method()), check.path());
    String host = check.host();
    request
        .headers()
        .set(HttpHeaderNames.HOST, host == null ? endpoint.name() : host)
        .set(HttpHeaderNames.USER_AGENT, "meridian-health/1")
        .set(HttpHeaderNames.ACCEPT, "*/*")
        .set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
    probe.asks();
    ctx.writeAndFlush(request)
        .addListener(f -> {
          if (!f.isSuccess()) {
            probe.failed(true, ProbeCause.of(f.cause()));
          }
        });
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, HttpObject message) {
    if (message.decoderResult().isFailure()) {
      probe.failed(false, "bad response");
    } else if (message instanceof HttpResponse response) {
      head(response);
    } else if (judged && message instanceof HttpContent content) {
      body(content);
    }
  }

  private void head(HttpResponse response) {
    int status = response.status().code();
    if (response.status().codeClass() == HttpStatusClass.INFORMATIONAL && status != 101) {
      return;
    }
    for (Health.StatusRange range : check.statuses()) {
      if (status >= range.first() && status <= range.last()) {
        judged = true;
        probe.answered();
        probe.says(name -> response.headers().get(name));
        if (!expected.isReadable()) {
          probe.ok();
        }
        return;
      }
    }
    probe.failed(false, "status " + status);
  }

  private void body(HttpContent content) {
    ByteBuf part = content.content();
    body.writeBytes(part, Math.min(part.readableBytes(), body.maxWritableBytes()));
    if (ByteBufUtil.indexOf(expected, body) >= 0) {
      probe.ok();
    } else if (content instanceof LastHttpContent || body.maxWritableBytes() == 0) {
      probe.failed(false, "body without the expected text");
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    probe.failed(true, "closed without an answer");
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    probe.failed(true, ProbeCause.of(cause));
  }
}
