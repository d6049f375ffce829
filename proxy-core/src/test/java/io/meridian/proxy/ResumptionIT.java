package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.OpenSslServerContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.pkitesting.X509Bundle;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(NoLeaks.class)
class ResumptionIT {
  @TempDir Path directory;

  /** Answers whatever comes, and closes. */
  private static final class Once extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ReferenceCountUtil.release(message);
      byte[] answer =
          "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
              .getBytes(StandardCharsets.US_ASCII);
      ctx.writeAndFlush(Unpooled.wrappedBuffer(answer)).addListener(_ -> ctx.close());
    }
  }

  @Test
  void a_session_is_taken_up_again_by_the_next_connection() throws Exception {
    Pki pki = new Pki("ours");
    X509Bundle leaf = pki.leaf(null);
    var server =
        (OpenSslServerContext)
            SslContextBuilder.forServer(leaf.toKeyManagerFactory())
                .sslProvider(SslProvider.OPENSSL)
                .build();
    byte[] part = new byte[OpenSslSessionTicketKey.NAME_SIZE];
    server.sessionContext().setTicketKeys(new OpenSslSessionTicketKey(part, part, part));
    try (var group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory())) {
      Channel listening =
          new ServerBootstrap()
              .group(group)
              .channel(NioServerSocketChannel.class)
              .childHandler(
                  new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                      channel.pipeline().addLast(server.newHandler(channel.alloc()), new Once());
                    }
                  })
              .bind(InetAddress.getLoopbackAddress(), 0)
              .sync()
              .channel();
      int port = ((InetSocketAddress) listening.localAddress()).getPort();
      try (Proxy proxy =
          Proxy.on("nio")
              .with("workers", "1")
              .region(
                  "one",
                  "https://127.0.0.1:" + port,
                  port,
                  "tls: { ca: \"" + pki.ca(directory) + "\" }")
              .start()) {
        for (int i = 0; i < 4; i++) {
          assertEquals("ok", proxy.get("/").body());
        }
        long resumed = server.sessionContext().stats().ticketKeyResume();
        assertTrue(resumed > 0, "resumed: " + resumed);
      } finally {
        listening.close().sync();
      }
    }
  }
}
