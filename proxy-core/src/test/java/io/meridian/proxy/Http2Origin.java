package io.meridian.proxy;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http2.DefaultHttp2DataFrame;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersFrame;
import io.netty.handler.codec.http2.DefaultHttp2ResetFrame;
import io.netty.handler.codec.http2.DefaultHttp2WindowUpdateFrame;
import io.netty.handler.codec.http2.Http2DataFrame;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Frame;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2FrameStream;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2SettingsFrame;
import io.netty.handler.ssl.SslContext;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** An origin that speaks HTTP/2 and does what a script says with each request. */
final class Http2Origin implements AutoCloseable {
  /** What happens when a request is whole, or, as said, when its head is there. */
  interface Script {
    void answer(Call call);
  }

  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final List<Call> calls = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final Channel server;
  private final Script script;
  private final boolean atHead;
  private volatile boolean consuming = true;
  private volatile boolean answersPings = true;

  private Http2Origin(
      @Nullable SslContext tls, Http2Settings settings, boolean atHead, Script script) {
    this.script = script;
    this.atHead = atHead;
    this.server =
        new ServerBootstrap()
            .group(group)
            .channel(NioServerSocketChannel.class)
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    if (tls != null) {
                      channel.pipeline().addLast(tls.newHandler(channel.alloc()));
                    }
                    channel
                        .pipeline()
                        .addLast(
                            Http2FrameCodecBuilder.forServer()
                                .validateHeaders(false)
                                .autoAckPingFrame(answersPings)
                                .initialSettings(settings)
                                .build(),
                            new Connection());
                  }
                })
            .bind(InetAddress.getLoopbackAddress(), 0)
            .syncUninterruptibly()
            .channel();
  }

  /** Answers whole requests. */
  static Http2Origin answering(Script script) {
    return new Http2Origin(null, Http2Settings.defaultSettings(), false, script);
  }

  /** Hears of a request when its head is there. */
  static Http2Origin atHead(Script script) {
    return new Http2Origin(null, Http2Settings.defaultSettings(), true, script);
  }

  static Http2Origin with(Http2Settings settings, Script script) {
    return new Http2Origin(null, settings, true, script);
  }

  static Http2Origin secure(SslContext tls, Script script) {
    return new Http2Origin(tls, Http2Settings.defaultSettings(), false, script);
  }

  /** Gives no credit back for what comes. */
  Http2Origin consumingNothing() {
    consuming = false;
    return this;
  }

  /** From the next connection on no PING is answered. */
  Http2Origin ignoringPings() {
    answersPings = false;
    return this;
  }

  int port() {
    return ((java.net.InetSocketAddress) server.localAddress()).getPort();
  }

  List<Call> calls() {
    return calls;
  }

  /** Connections that HTTP/2 was spoken on. */
  int connections() {
    return connections.get();
  }

  @Override
  public void close() {
    server.close().syncUninterruptibly();
    group.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS).syncUninterruptibly();
  }

  /** One request, and how to answer it. Its methods may be called by any thread. */
  static final class Call {
    final Http2Headers headers;

    @SuppressWarnings("JdkObsolete") // of several threads
    final StringBuffer body = new StringBuffer();

    final Channel channel;
    private final ChannelHandlerContext ctx;
    private final Http2FrameStream stream;
    volatile @Nullable Http2Headers trailers;
    volatile boolean whole;
    volatile long reset = -1;
    volatile @Nullable Consumer<String> onData;

    Call(ChannelHandlerContext ctx, Http2HeadersFrame frame) {
      this.ctx = ctx;
      this.channel = ctx.channel();
      this.headers = frame.headers();
      this.stream = frame.stream();
    }

    int id() {
      return stream.id();
    }

    String header(String name) {
      CharSequence value = headers.get(name);
      return value == null ? "" : value.toString();
    }

    static Http2Headers fields(String... namesAndValues) {
      Http2Headers fields = new DefaultHttp2Headers(false);
      for (int i = 0; i < namesAndValues.length; i += 2) {
        fields.add(namesAndValues[i], namesAndValues[i + 1]);
      }
      return fields;
    }

    void head(boolean end, String... namesAndValues) {
      ctx.writeAndFlush(new DefaultHttp2HeadersFrame(fields(namesAndValues), end).stream(stream));
    }

    void data(String text, boolean end) {
      ByteBuf bytes = Unpooled.copiedBuffer(text, StandardCharsets.ISO_8859_1);
      ctx.writeAndFlush(new DefaultHttp2DataFrame(bytes, end).stream(stream));
    }

    io.netty.channel.ChannelFuture write(ByteBuf bytes, boolean end) {
      return ctx.writeAndFlush(new DefaultHttp2DataFrame(bytes, end).stream(stream));
    }

    /** Bytes as they are, past the codec. */
    void raw(ByteBuf bytes) {
      channel.pipeline().firstContext().writeAndFlush(bytes);
    }

    void reset(Http2Error code) {
      ctx.writeAndFlush(new DefaultHttp2ResetFrame(code).stream(stream));
    }

    void ok(String text) {
      head(false, ":status", "200", "content-length", Integer.toString(text.length()));
      data(text, true);
    }
  }

  private final class Connection extends ChannelDuplexHandler {
    private final Map<Integer, Call> open = new ConcurrentHashMap<>();

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      try {
        if (message instanceof Http2Frame frame) {
          frame(ctx, frame);
        }
      } finally {
        ReferenceCountUtil.release(message);
      }
    }

    private void frame(ChannelHandlerContext ctx, Http2Frame frame) {
      switch (frame) {
        case Http2HeadersFrame headers -> {
          Call call = open.get(headers.stream().id());
          if (call != null) {
            call.trailers = headers.headers();
          } else {
            call = new Call(ctx, headers);
            open.put(headers.stream().id(), call);
            calls.add(call);
            if (atHead) {
              script.answer(call);
            }
          }
          end(call, headers.isEndStream());
        }
        case Http2DataFrame data -> {
          Call call = open.get(data.stream().id());
          if (call != null) {
            String text = data.content().toString(StandardCharsets.ISO_8859_1);
            call.body.append(text);
            Consumer<String> listener = call.onData;
            if (listener != null && !text.isEmpty()) {
              listener.accept(text);
            }
            if (consuming) {
              ctx.write(
                  new DefaultHttp2WindowUpdateFrame(data.initialFlowControlledBytes())
                      .stream(data.stream()));
              ctx.flush();
            }
            end(call, data.isEndStream());
          }
        }
        case Http2ResetFrame reset -> {
          Call call = open.get(reset.stream().id());
          if (call != null) {
            call.reset = reset.errorCode();
          }
        }
        case Http2SettingsFrame _ -> connections.incrementAndGet();
        default -> {
          // not looked at
        }
      }
    }

    private void end(Call call, boolean end) {
      if (end) {
        call.whole = true;
        if (!atHead) {
          script.answer(call);
        }
      }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }
}
