package io.meridian.proxy.loop;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.util.concurrent.Ticker;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Sockets on io_uring against plain ones of the JDK. */
class UringSocketTest {
  private static final int MUCH = 3_000_000;

  private @Nullable MultiThreadIoEventLoopGroup group;
  private @Nullable Worker worker;
  private @Nullable Channel listener;
  private final BlockingQueue<Reader> accepted = new LinkedBlockingQueue<>();
  private boolean shortcut = true;

  @BeforeEach
  void listen() throws Exception {
    assumeTrue(IoUring.isAvailable(), "no io_uring here");
    group = new MultiThreadIoEventLoopGroup(1, IoUringIoHandler.newFactory());
    EventLoop loop = (EventLoop) group.next();
    Worker made = new Worker(0, loop, Ticker.systemTicker(), 1);
    worker = made;
    listener =
        new ServerBootstrap()
            .group(loop, loop)
            .channelFactory(() -> new UringListener(made))
            .childOption(new IntegerUnixChannelOption("SO_SNDBUF", 1, 7), 20_000)
            .childOption(
                ChannelOption.WRITE_BUFFER_WATER_MARK,
                new WriteBufferWaterMark(1_000_000, 2_000_000))
            .childHandler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    Reader reader = new Reader(new Outbox(made, channel));
                    channel.pipeline().addLast(reader);
                    accepted.add(reader);
                  }
                })
            .bind(InetAddress.getLoopbackAddress(), 0)
            .sync()
            .channel();
  }

  @AfterEach
  void close() throws Exception {
    if (group != null) {
      listener().close().sync();
      group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
      worker().close();
    }
  }

  /** What a handler does that may be the only one, with all that it heard. */
  private final class Reader extends ChannelInboundHandlerAdapter {
    final Outbox outbox;
    final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    final List<Throwable> faults = new ArrayList<>();
    final BlockingQueue<String> heard = new LinkedBlockingQueue<>();
    private @Nullable ChannelHandlerContext context;

    Reader(Outbox outbox) {
      this.outbox = outbox;
    }

    UringSocket socket() {
      return (UringSocket) java.util.Objects.requireNonNull(context).channel();
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      context = ctx;
      if (shortcut) {
        outbox.shortcut(ctx);
      }
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) throws IOException {
      ByteBuf in = (ByteBuf) message;
      in.readBytes(bytes, in.readableBytes());
      in.release();
      heard.add("read");
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      boolean writable = ctx.channel().isWritable();
      heard.add(writable ? "writable" : "full");
      if (writable) {
        ctx.channel().flush(); // as whoever has more to say does
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      heard.add("gone");
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      faults.add(cause);
    }

    void hears(String what) throws InterruptedException {
      for (String next = ""; !next.equals(what); ) {
        next = String.valueOf(heard.poll(20, TimeUnit.SECONDS));
        assertFalse(next.equals("null"), () -> "never heard: " + what);
      }
    }

    byte[] has(int length) throws Exception {
      while (onLoop(bytes::size) < length) {
        hears("read");
      }
      return onLoop(bytes::toByteArray);
    }
  }

  @Test
  void a_handler_that_is_alone_is_told_past_the_pipeline() throws Exception {
    try (Socket client = connect()) {
      Reader reader = reader();
      client.getOutputStream().write("hello".getBytes(UTF_8));
      assertEquals("hello", new String(reader.has(5), UTF_8));
      assertTrue(onLoop(() -> reader.socket().direct()));
    }
  }

  @Test
  void with_another_handler_before_it_all_goes_by_the_pipeline() throws Exception {
    try (Socket client = connect()) {
      Reader reader = reader();
      onLoop(() ->
          reader
              .socket()
              .pipeline()
              .addFirst(
                  new ChannelInboundHandlerAdapter() {
                    @Override
                    public void channelRead(ChannelHandlerContext ctx, Object message) {
                      ctx.fireChannelRead(((ByteBuf) message).setByte(0, 'J'));
                    }
                  }));
      client.getOutputStream().write("hello".getBytes(UTF_8));
      assertEquals("Jello", new String(reader.has(5), UTF_8));
      assertFalse(onLoop(() -> reader.socket().direct()));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_comes_while_nobody_reads_waits(boolean direct) throws Exception {
    shortcut = direct;
    byte[] much = much();
    try (Socket client = connect()) {
      Reader reader = reader();
      Thread writer = Thread.ofVirtual().start(() -> write(client, much));
      for (int i = 1; i <= 20; i++) {
        reader.has(i * 10_000);
        onLoop(() -> reader.socket().config().setAutoRead(false));
        int before = onLoop(reader.bytes::size);
        onLoop(() -> null);
        assertEquals(before, onLoop(reader.bytes::size));
        onLoop(() -> reader.socket().config().setAutoRead(true));
      }
      assertArrayEquals(much, reader.has(MUCH));
      writer.join();
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_slow_receiver_gets_all_in_order(boolean direct) throws Exception {
    shortcut = direct;
    byte[] much = much();
    try (Socket client = connect()) {
      Reader reader = reader();
      onLoop(() -> {
        for (int at = 0; at < MUCH; at += 50_000) {
          reader.socket().write(Unpooled.EMPTY_BUFFER);
          reader.outbox.take(Unpooled.wrappedBuffer(much, at, 50_000), 50_000);
          reader.outbox.flush();
        }
        reader.outbox.whenSent(() -> reader.heard.add("sent"));
        return null;
      });
      reader.hears("full");
      assertTrue(onLoop(reader.outbox::pendingBytes) > 0);
      assertFalse(onLoop(() -> reader.socket().isWritable()));
      assertArrayEquals(much, client.getInputStream().readNBytes(MUCH));
      reader.hears("sent");
      assertEquals(0, onLoop(reader.outbox::pendingBytes));
      assertTrue(onLoop(() -> reader.socket().isWritable()));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void what_is_under_way_is_freed_after_a_close(boolean direct) throws Exception {
    shortcut = direct;
    try (Socket client = connect()) {
      Reader reader = reader();
      List<ByteBuf> buffers = new ArrayList<>();
      onLoop(() -> {
        for (int i = 0; i < 100; i++) {
          ByteBuf each = worker().allocator().directBuffer(60_000).writeZero(60_000);
          buffers.add(each);
          reader.outbox.take(each.retain(), 60_000);
          reader.outbox.flush();
          each.release();
        }
        return null;
      });
      reader.hears("full");
      onLoop(() -> reader.socket().close());
      reader.hears("gone");
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      while (onLoop(() -> buffers.stream().anyMatch(buffer -> buffer.refCnt() > 1))) {
        assertTrue(System.nanoTime() - deadline < 0, "a buffer is still held");
      }
      buffers.forEach(ByteBuf::release);
      assertEquals(-1, drained(client));
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void a_reset_is_told_as_a_fault_and_an_end_as_none(boolean direct) throws Exception {
    shortcut = direct;
    Reader reset;
    try (Socket client = connect()) {
      reset = reader();
      client.setSoLinger(true, 0);
    }
    reset.hears("gone");
    assertInstanceOf(IOException.class, onLoop(reset.faults::getFirst));
    Reader ended;
    try (Socket client = connect()) {
      ended = reader();
      client.setSoLinger(false, 0);
    }
    ended.hears("gone");
    assertTrue(onLoop(ended.faults::isEmpty));
  }

  @Test
  void a_connection_is_opened_and_one_that_nobody_accepts_is_refused() throws Exception {
    Bootstrap bootstrap =
        new Bootstrap()
            .group(worker().loop())
            .channelFactory(() -> new UringSocket(worker()))
            .handler(
                new ChannelInitializer<Channel>() {
                  @Override
                  protected void initChannel(Channel channel) {
                    channel.pipeline().addLast(new ChannelInboundHandlerAdapter());
                  }
                });
    InetSocketAddress address;
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      address = (InetSocketAddress) server.getLocalSocketAddress();
      Channel channel = bootstrap.connect(address).sync().channel();
      assertTrue(channel.isActive());
      assertEquals(address, channel.remoteAddress());
      try (Socket other = server.accept()) {
        assertEquals(other.getRemoteSocketAddress(), channel.localAddress());
        channel.writeAndFlush(Unpooled.copiedBuffer("hello".getBytes(UTF_8))).sync();
        assertEquals("hello", new String(other.getInputStream().readNBytes(5), UTF_8));
      }
      channel.closeFuture().sync();
    }
    assertInstanceOf(
        java.net.ConnectException.class, bootstrap.connect(address).awaitUninterruptibly().cause());
  }

  private Socket connect() throws IOException {
    InetSocketAddress address = (InetSocketAddress) listener().localAddress();
    Socket socket = new Socket();
    socket.setReceiveBufferSize(20_000);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), address.getPort()));
    socket.setSoTimeout(20_000);
    return socket;
  }

  private Reader reader() throws InterruptedException {
    return java.util.Objects.requireNonNull(accepted.poll(20, TimeUnit.SECONDS));
  }

  private <T extends @Nullable Object> T onLoop(Callable<T> what) throws Exception {
    return worker().loop().submit(what).get(20, TimeUnit.SECONDS);
  }

  private static void write(Socket to, byte[] bytes) {
    try {
      to.getOutputStream().write(bytes);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private static int drained(Socket client) throws IOException {
    byte[] some = new byte[100_000];
    try {
      while (client.getInputStream().read(some) >= 0) {
        // what was on its way
      }
    } catch (java.net.SocketException e) {
      // cut in the middle
    }
    return -1;
  }

  private static byte[] much() {
    byte[] all = new byte[MUCH];
    new Random(4711).nextBytes(all);
    return all;
  }

  private Worker worker() {
    return java.util.Objects.requireNonNull(worker);
  }

  private Channel listener() {
    return java.util.Objects.requireNonNull(listener);
  }
}
