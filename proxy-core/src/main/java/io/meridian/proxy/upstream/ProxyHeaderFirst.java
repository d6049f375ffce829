package io.meridian.proxy.upstream;

import io.meridian.config.Region;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import org.jspecify.annotations.Nullable;

/** Sends the PROXY header before anything else, and leaves. */
public final class ProxyHeaderFirst extends ChannelInboundHandlerAdapter {
  private final Region.ProxyHeader version;
  private final @Nullable ClientEnds client;

  /**
   * @param client null: a connection of the proxy's own
   */
  public ProxyHeaderFirst(Region.ProxyHeader version, @Nullable ClientEnds client) {
    this.version = version;
    this.client = client;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    send(ctx);
    ctx.fireChannelActive();
  }

  /** Sends it now and leaves: those who wait for the connect hear of it before handlers do. */
  void send(ChannelHandlerContext ctx) {
    ByteBuf out = ctx.alloc().directBuffer(ProxyHeader.MAX);
    switch (version) {
      case OFF -> {
        // it is not asked for
      }
      case V1 -> ProxyHeader.writeV1(out, client);
      case V2 -> ProxyHeader.writeV2(out, client);
    }
    ctx.writeAndFlush(out, ctx.voidPromise());
    ctx.pipeline().remove(this);
  }
}
