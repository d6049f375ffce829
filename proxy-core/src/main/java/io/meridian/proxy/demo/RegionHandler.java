package io.meridian.proxy.demo;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** Says who answers and what the proxy told of the client, after the region's delay. */
final class RegionHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
  static final String PROBE_PATH = "/healthz";

  private final RegionServer server;
  private long dueNanos = System.nanoTime(); // event loop only: answers keep their order

  RegionHandler(RegionServer server) {
    this.server = server;
  }

  @Override
  protected void channelRead0(ChannelHandlerContext ctx, FullHttpRequest request) {
    boolean probe = request.uri().equals(PROBE_PATH);
    FullHttpResponse response = answer(request, probe ? "ok\n" : text(request));
    long now = System.nanoTime();
    long due = now + server.delayNanos();
    dueNanos = due - dueNanos > 0 ? due : dueNanos;
    ctx.executor()
        .schedule(
            () -> {
              if (!probe && ctx.channel().isActive()) {
                server.countAnswer();
              }
              ctx.writeAndFlush(response);
            },
            dueNanos - now,
            TimeUnit.NANOSECONDS);
  }

  private FullHttpResponse answer(FullHttpRequest request, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    boolean head = request.method().equals(HttpMethod.HEAD);
    FullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.OK,
            head ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(bytes));
    response
        .headers()
        .set(HttpHeaderNames.CONTENT_TYPE, "text/plain; charset=utf-8")
        .set(HttpHeaderNames.CONTENT_LENGTH, bytes.length)
        .set("X-Region", server.region().name());
    return response;
  }

  private String text(FullHttpRequest request) {
    HttpHeaders fields = request.headers();
    return String.format(
        "%s (%s): %s %s, client in %s, request %s, attempt %s%n",
        server.region().name(),
        server.region().place(),
        request.method(),
        request.uri(),
        fields.get("X-Geo-Country", "an unknown place"),
        fields.get("X-Request-Id", "without id"),
        fields.get("X-Meridian-Attempt", "1"));
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    ctx.close(); // whoever was there is gone, or spoke no HTTP
  }
}
