package io.meridian.proxy.simulation;

import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoop;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The proxy's end of a connection through the virtual network. */
public final class VirtualChannel extends AbstractChannel implements SocketChannel {
  /** The other end, and what is between. */
  interface Wire {
    /** Bytes that it takes now. */
    int room();

    void written(byte[] bytes);

    void outputShut();

    void closed();
  }

  private static final ChannelMetadata METADATA = new ChannelMetadata(false, 1);

  private final VirtualConfig config = new VirtualConfig(this);
  private final Network network;
  private final ArrayDeque<byte[]> inbound = new ArrayDeque<>();
  private @Nullable Wire wire;
  private @Nullable IOException error;
  private @Nullable ChannelPromise connecting;
  private InetSocketAddress local = new InetSocketAddress("10.0.0.1", 1);
  private @Nullable InetSocketAddress remote;
  private boolean open = true;
  private boolean active;
  private boolean eof;
  private boolean readPending;
  private boolean pumping;
  private boolean blocked;
  private boolean outputShut;

  /** An outgoing connection of the network under way. */
  public VirtualChannel() {
    super(null);
    network = Network.current();
    config.setAllocator(network.allocator);
    network.opened(this);
  }

  /** An incoming one. */
  VirtualChannel(Network network, InetSocketAddress local, InetSocketAddress remote, Wire wire) {
    super(null);
    this.network = network;
    this.local = local;
    this.remote = remote;
    this.wire = wire;
    active = true;
    config.setAllocator(network.allocator);
    network.opened(this);
  }

  // ---- what the network does to it

  void connected(Wire end) {
    ChannelPromise promise = connecting;
    if (promise == null || !open) {
      end.closed();
      return;
    }
    connecting = null;
    wire = end;
    active = true;
    promise.trySuccess();
    if (active) {
      pipeline().fireChannelActive();
    }
  }

  void connectFailed(IOException why) {
    ChannelPromise promise = connecting;
    if (promise != null) {
      connecting = null;
      promise.tryFailure(why);
      close();
    }
  }

  void deliver(byte[] bytes) {
    if (open && !eof && error == null && bytes.length > 0) {
      inbound.add(bytes);
      pump();
    }
  }

  void deliverEnd() {
    eof = true;
    pump();
  }

  void deliverReset(String why) {
    if (error == null) {
      error = new IOException(why);
      inbound.clear();
      blocked = false;
      pump();
    }
  }

  /** The other end takes bytes again. */
  void unblock() {
    if (blocked && open) {
      blocked = false;
      unsafe().flush();
    }
  }

  private boolean hasInput() {
    return !inbound.isEmpty() || eof || error != null;
  }

  private void pump() {
    if (pumping || !active) {
      return;
    }
    pumping = true;
    try {
      while (open && hasInput() && (readPending || error != null)) {
        readPending = false;
        read(inbound.poll());
      }
    } finally {
      pumping = false;
    }
  }

  @SuppressWarnings("deprecation") // what a channel's own read loop uses
  private void read(byte @Nullable [] bytes) {
    if (bytes != null) {
      RecvByteBufAllocator.Handle handle = unsafe().recvBufAllocHandle();
      handle.reset(config);
      ByteBuf buffer = handle.allocate(alloc());
      int taken = Math.min(bytes.length, buffer.writableBytes());
      buffer.writeBytes(bytes, 0, taken);
      if (taken < bytes.length) {
        inbound.addFirst(java.util.Arrays.copyOfRange(bytes, taken, bytes.length));
      }
      pipeline().fireChannelRead(buffer);
      pipeline().fireChannelReadComplete();
    } else if (error != null) {
      pipeline().fireExceptionCaught(error);
      unsafe().close(voidPromise());
    } else {
      unsafe().close(voidPromise());
    }
  }

  // ---- what the proxy does with it

  @Override
  protected AbstractUnsafe newUnsafe() {
    return new Unsafe();
  }

  private final class Unsafe extends AbstractUnsafe {
    @Override
    public void connect(SocketAddress to, SocketAddress from, ChannelPromise promise) {
      connecting = promise;
      remote = (InetSocketAddress) to;
      int timeout = config.getConnectTimeoutMillis();
      if (timeout > 0) {
        var _ =
            eventLoop()
                .schedule(
                    () -> connectFailed(new ConnectTimeoutException("timed out")),
                    timeout,
                    TimeUnit.MILLISECONDS);
      }
      network.connect(VirtualChannel.this, (InetSocketAddress) to);
    }
  }

  @Override
  protected boolean isCompatible(EventLoop loop) {
    return loop instanceof VirtualLoop;
  }

  @Override
  protected SocketAddress localAddress0() {
    return local;
  }

  @Override
  protected @Nullable SocketAddress remoteAddress0() {
    return remote;
  }

  @Override
  protected void doBind(SocketAddress address) {
    throw new UnsupportedOperationException();
  }

  @Override
  protected void doDisconnect() {
    doClose();
  }

  @Override
  protected void doClose() {
    open = false;
    active = false;
    inbound.clear();
    ChannelPromise promise = connecting;
    if (promise != null) {
      connecting = null;
      promise.tryFailure(new ClosedChannelException());
    }
    Wire end = wire;
    if (end != null) {
      wire = null;
      end.closed();
    }
    network.gone(this);
  }

  @Override
  protected void doBeginRead() {
    readPending = true;
    if (hasInput() && !pumping) {
      eventLoop().execute(this::pump);
    }
  }

  void autoReadCleared() {
    readPending = false;
  }

  @Override
  protected void doWrite(ChannelOutboundBuffer in) throws IOException {
    if (error != null) {
      throw error;
    }
    for (ByteBuf buffer = (ByteBuf) in.current(); buffer != null; buffer = (ByteBuf) in.current()) {
      Wire end = wire;
      int room = end == null ? 0 : end.room();
      int length = Math.min(room, buffer.readableBytes());
      if (length == 0 && buffer.isReadable()) {
        blocked = true;
        return;
      }
      byte[] bytes = new byte[length];
      buffer.readBytes(bytes);
      in.progress(length);
      if (!buffer.isReadable()) {
        in.remove();
      }
      if (length > 0 && end != null) {
        end.written(bytes);
      }
    }
  }

  @Override
  public ChannelFuture shutdownOutput(ChannelPromise promise) {
    outputShut = true;
    Wire end = wire;
    if (end != null) {
      end.outputShut();
    }
    return promise.setSuccess();
  }

  @Override
  public ChannelFuture shutdownOutput() {
    return shutdownOutput(newPromise());
  }

  @Override
  public boolean isOutputShutdown() {
    return outputShut;
  }

  @Override
  public boolean isInputShutdown() {
    return !active;
  }

  @Override
  public ChannelFuture shutdownInput() {
    return shutdownInput(newPromise());
  }

  @Override
  public ChannelFuture shutdownInput(ChannelPromise promise) {
    return promise.setSuccess();
  }

  @Override
  public boolean isShutdown() {
    return !active;
  }

  @Override
  public ChannelFuture shutdown() {
    return close();
  }

  @Override
  public ChannelFuture shutdown(ChannelPromise promise) {
    return close(promise);
  }

  @Override
  public VirtualConfig config() {
    return config;
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public boolean isActive() {
    return active;
  }

  @Override
  public ChannelMetadata metadata() {
    return METADATA;
  }

  @Override
  public @Nullable ServerSocketChannel parent() {
    return null;
  }

  @Override
  public InetSocketAddress localAddress() {
    return local;
  }

  @Override
  public @Nullable InetSocketAddress remoteAddress() {
    return remote;
  }
}
