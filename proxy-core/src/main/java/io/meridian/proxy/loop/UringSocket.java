package io.meridian.proxy.loop;

import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandler;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.socket.DuplexChannel;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import io.netty.channel.uring.IoUringIoEvent;
import io.netty.channel.uring.IoUringIoHandle;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ConnectionPendingException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A TCP connection on io_uring: as a Netty channel complete, with pipeline and queue, and for the
 * one handler of HTTP/1.1 in the clear a {@link DirectSocket}, whose requests touch little else but
 * the two halves. A request costs one receive and one send on each side, and nothing more.
 */
final class UringSocket extends AbstractChannel
    implements DuplexChannel, UnixChannel, DirectSocket {
  private static final ChannelMetadata METADATA = new ChannelMetadata(false);

  private final UringDescriptor socket;
  private final int number;
  private final UringOptions options;
  private final UringReceiver receiver;
  private final UringSender sender;
  private @Nullable IoRegistration registration;
  private @Nullable ChannelHandlerContext offered;
  private @Nullable ChannelHandlerContext handler; // in use past the pipeline
  private @Nullable ChannelInboundHandler reader; // the same
  private @Nullable ChannelPromise connecting;
  private @Nullable Future<?> connectTimeout;
  private long connectId; // 0: not waited for
  private volatile boolean active;

  /** One that is to connect. */
  UringSocket(Worker worker) {
    this(null, new UringDescriptor(Socket.newSocketStream().intValue()), worker, false);
  }

  /** One that was accepted. */
  UringSocket(Channel parent, int number, Worker worker) {
    this(parent, new UringDescriptor(number), worker, true);
  }

  private UringSocket(
      @Nullable Channel parent, UringDescriptor socket, Worker worker, boolean active) {
    super(parent);
    this.socket = socket;
    this.number = socket.intValue();
    this.active = active;
    receiver = new UringReceiver(this, worker.buffers());
    sender = new UringSender(this, worker.buffers());
    options = new UringOptions(this, socket, receiver::stop);
  }

  // ---- what its halves ask of it

  int number() {
    return number;
  }

  @Nullable IoRegistration registration() {
    return registration;
  }

  /** Bytes have come. */
  void deliver(ByteBuf in) {
    ChannelInboundHandler straight = reader;
    if (straight == null && direct()) {
      straight = reader;
    }
    if (straight == null) {
      pipeline().fireChannelRead(in);
      return;
    }
    try {
      straight.channelRead(handler, in);
    } catch (Exception | Error e) {
      pipeline().fireExceptionCaught(e);
    }
  }

  /** All that came together was delivered. */
  void deliverComplete() {
    ChannelInboundHandler straight = reader;
    if (straight == null) {
      pipeline().fireChannelReadComplete();
      return;
    }
    try {
      straight.channelReadComplete(handler);
    } catch (Exception | Error e) {
      pipeline().fireExceptionCaught(e);
    }
  }

  /** The peer sends no more, or the connection broke. */
  void ended(@Nullable IOException cause) {
    if (cause != null) {
      pipeline().fireExceptionCaught(cause);
    }
    unsafe().close(voidPromise());
  }

  /** Bytes can't be sent. */
  void failed(IOException cause) {
    pipeline().fireExceptionCaught(cause);
    ((Io) unsafe()).failed(cause);
  }

  /** Of Netty's queue so many bytes are sent. */
  void written(int bytes) {
    ChannelOutboundBuffer queue = unsafe().outboundBuffer();
    if (queue != null) {
      queue.removeBytes(bytes);
    }
  }

  /** Sends what Netty's queue has. */
  void flushMore() {
    ((Io) unsafe()).more();
  }

  void writabilityChanged() {
    pipeline().fireChannelWritabilityChanged();
  }

  // ---- past the pipeline

  @Override
  public void offer(ChannelHandlerContext alone) {
    offered = alone;
  }

  @Override
  public void withdraw() {
    offered = null;
    handler = null;
    reader = null;
  }

  /** Whether all goes past the pipeline: from the moment on when its handler is the only one. */
  boolean direct() {
    if (handler != null) {
      return true;
    }
    ChannelHandlerContext alone = offered;
    if (alone == null) {
      return false;
    }
    ChannelOutboundBuffer queue = unsafe().outboundBuffer();
    if (!alone.equals(pipeline().firstContext()) || (queue != null && !queue.isEmpty())) {
      return false;
    }
    handler = alone;
    reader = (ChannelInboundHandler) alone.handler();
    return true;
  }

  @Override
  public void send(ByteBuf bytes) {
    if (direct()) {
      sender.add(bytes);
    } else {
      write(bytes, voidPromise());
    }
  }

  @Override
  public void sendNow() {
    if (handler != null) {
      sender.sendNow();
    } else {
      flush();
    }
  }

  @Override
  public void whenSent(Runnable action) {
    if (direct()) {
      sender.whenSent(action);
    } else {
      writeAndFlush(io.netty.buffer.Unpooled.EMPTY_BUFFER).addListener(_ -> action.run());
    }
  }

  @Override
  public long pendingBytes() {
    ChannelOutboundBuffer queue = handler == null ? unsafe().outboundBuffer() : null;
    return queue == null
        ? sender.pending()
        : queue.totalPendingWriteBytes() - queue.currentProgress();
  }

  @Override
  public boolean isWritable() {
    return handler == null ? super.isWritable() : active && !sender.full();
  }

  // ---- as a channel

  @Override
  protected AbstractUnsafe newUnsafe() {
    return new Io();
  }

  @Override
  protected boolean isCompatible(EventLoop loop) {
    return loop instanceof IoEventLoop io && io.isCompatible(Completions.class);
  }

  @Override
  protected void doRegister(ChannelPromise promise) {
    ((IoEventLoop) eventLoop())
        .register(new Completions())
        .addListener(done -> {
          if (done.isSuccess()) {
            registration = (IoRegistration) done.getNow();
            promise.setSuccess();
          } else {
            promise.setFailure(done.cause());
          }
        });
  }

  @Override
  protected void doDeregister() {
    IoRegistration last = registration;
    if (last != null) {
      last.cancel(); // after what is under way
    }
  }

  @Override
  protected void doBind(SocketAddress local) throws IOException {
    socket.bind(local);
  }

  @Override
  protected void doDisconnect() throws Exception {
    doClose();
  }

  @Override
  protected void doBeginRead() {
    receiver.start();
  }

  @Override
  protected void doWrite(ChannelOutboundBuffer queue) throws Exception {
    if (handler == null) {
      sender.send(queue);
      return;
    }
    for (Object next = queue.current(); next != null; next = queue.current()) {
      sender.add(((ByteBuf) next).retain());
      queue.remove();
    }
    sender.sendNow();
  }

  @Override
  protected Object filterOutboundMessage(Object message) {
    ByteBuf bytes = (ByteBuf) message;
    if (bytes.hasMemoryAddress()) {
      return bytes;
    }
    ByteBuf copy = alloc().directBuffer(bytes.readableBytes()).writeBytes(bytes);
    bytes.release();
    return copy;
  }

  @Override
  protected void doClose() throws Exception {
    active = false;
    ChannelPromise promise = connecting;
    if (promise != null) {
      connecting = null;
      promise.tryFailure(new ClosedChannelException());
    }
    Future<?> timeout = connectTimeout;
    if (timeout != null) {
      connectTimeout = null;
      timeout.cancel(false);
    }
    IoRegistration last = registration;
    if (last == null || !last.isValid()) {
      socket.close();
      receiver.drop();
      sender.drop();
    } else if (socket.leave()) {
      if (connectId != 0) {
        last.submit(UringOps.cancel(connectId));
      }
      receiver.close(last);
      sender.close(last);
      last.submit(UringOps.close(number));
    }
  }

  @Override
  protected @Nullable SocketAddress localAddress0() {
    if (!socket.isOpen()) {
      return null;
    }
    // One that was accepted at an address has that address.
    return parent() != null
            && parent().localAddress() instanceof InetSocketAddress at
            && !at.getAddress().isAnyLocalAddress()
        ? at
        : socket.localAddress();
  }

  @Override
  protected @Nullable SocketAddress remoteAddress0() {
    return socket.isOpen() ? socket.remoteAddress() : null;
  }

  @Override
  public ChannelConfig config() {
    return options;
  }

  @Override
  public ChannelMetadata metadata() {
    return METADATA;
  }

  @Override
  public boolean isOpen() {
    return socket.isOpen();
  }

  @Override
  public boolean isActive() {
    return active;
  }

  @Override
  public FileDescriptor fd() {
    return socket;
  }

  // ---- half of it

  @Override
  protected void doShutdownOutput() throws IOException {
    socket.shutdown(false, true);
  }

  @Override
  public boolean isOutputShutdown() {
    return socket.isOutputShutdown();
  }

  @Override
  public ChannelFuture shutdownOutput() {
    return shutdownOutput(newPromise());
  }

  @Override
  public ChannelFuture shutdownOutput(ChannelPromise promise) {
    eventLoop().execute(() -> ((AbstractUnsafe) unsafe()).shutdownOutput(promise));
    return promise;
  }

  @Override
  public boolean isInputShutdown() {
    return socket.isInputShutdown();
  }

  @Override
  public ChannelFuture shutdownInput() {
    return shutdownInput(newPromise());
  }

  @Override
  public ChannelFuture shutdownInput(ChannelPromise promise) {
    try {
      socket.shutdown(true, false);
      return promise.setSuccess();
    } catch (IOException e) {
      return promise.setFailure(e);
    }
  }

  @Override
  public boolean isShutdown() {
    return socket.isShutdown();
  }

  @Override
  public ChannelFuture shutdown() {
    return shutdown(newPromise());
  }

  @Override
  public ChannelFuture shutdown(ChannelPromise promise) {
    return shutdownOutput(promise).addListener(_ -> shutdownInput());
  }

  // ---- connecting

  private final class Io extends AbstractUnsafe {
    @Override
    public void connect(SocketAddress remote, SocketAddress local, ChannelPromise promise) {
      if (!promise.setUncancellable() || !ensureOpen(promise)) {
        return;
      }
      try {
        if (connecting != null) {
          throw new ConnectionPendingException();
        }
        if (local != null) {
          socket.bind(local);
        }
        connecting = promise;
        if (socket.connect(remote)) {
          connected();
        } else {
          timeOut(remote);
          awaitConnection();
        }
      } catch (Exception e) {
        connectFailed(annotateConnectException(e, remote));
      }
    }

    private void timeOut(SocketAddress remote) {
      int millis = options.getConnectTimeoutMillis();
      if (millis > 0) {
        connectTimeout =
            eventLoop()
                .schedule(
                    () ->
                        connectFailed(
                            new ConnectTimeoutException(
                                "no connection to " + remote + " in " + millis + " ms")),
                    millis,
                    TimeUnit.MILLISECONDS);
      }
    }

    private void awaitConnection() {
      IoRegistration present = registration;
      if (present != null) {
        connectId = present.submit(UringOps.pollWritable(number));
      }
    }

    /** The socket is connected, or has failed to. */
    void polled() {
      connectId = 0;
      if (connecting == null) {
        return;
      }
      try {
        if (socket.finishConnect()) {
          connected();
        } else {
          awaitConnection();
        }
      } catch (IOException e) {
        connectFailed(e);
      }
    }

    private void connected() {
      active = true;
      ChannelPromise promise = connecting;
      connecting = null;
      Future<?> timeout = connectTimeout;
      if (timeout != null) {
        connectTimeout = null;
        timeout.cancel(false);
      }
      boolean told = promise != null && promise.trySuccess();
      if (isActive()) {
        pipeline().fireChannelActive();
      }
      if (!told) {
        close(voidPromise());
      }
    }

    private void connectFailed(Throwable cause) {
      ChannelPromise promise = connecting;
      if (promise != null) {
        connecting = null;
        promise.tryFailure(cause);
        close(voidPromise());
      }
    }

    void failed(IOException cause) {
      handleWriteError(cause);
    }

    void more() {
      flush0();
    }
  }

  /** Where the ring tells what is done. */
  private final class Completions implements IoUringIoHandle {
    @Override
    public void handle(IoRegistration from, IoEvent event) {
      IoUringIoEvent done = (IoUringIoEvent) event;
      int result = done.res();
      switch (done.opcode()) {
        case UringOps.RECV -> receiver.completed(result, done.flags());
        case UringOps.SEND, UringOps.WRITEV -> sender.completed(result);
        case UringOps.POLL_ADD -> {
          if (active || !isOpen()) {
            sender.completed(result);
          } else {
            ((Io) unsafe()).polled();
          }
        }
        default -> {
          // cancelled, or closed: nothing waits for that
        }
      }
    }

    @Override
    public void close() {
      unsafe().close(voidPromise());
    }
  }
}
