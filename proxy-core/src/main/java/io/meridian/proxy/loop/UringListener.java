package io.meridian.proxy.loop;

import io.netty.channel.AbstractServerChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.IoEvent;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoRegistration;
import io.netty.channel.unix.Errors;
import io.netty.channel.unix.FileDescriptor;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannel;
import io.netty.channel.uring.IoUringIoEvent;
import io.netty.channel.uring.IoUringIoHandle;
import java.io.IOException;
import java.net.SocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A listening socket on io_uring: one operation accepts all connections, for the loop that it
 * belongs to. They inherit TCP_NODELAY, so that it need not be set on each (tcp(7)).
 */
final class UringListener extends AbstractServerChannel implements UnixChannel {
  private final UringDescriptor socket;
  private final UringOptions options;
  private final Worker worker;
  private @Nullable IoRegistration registration;
  private long id;
  private boolean accepting;
  private boolean wanted;
  private volatile boolean active;

  UringListener(Worker worker) {
    this.worker = worker;
    socket = new UringDescriptor(Socket.newSocketStream().intValue());
    options = new UringOptions(this, socket, this::stop);
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
      last.cancel();
    }
  }

  @Override
  protected void doBind(SocketAddress local) throws IOException {
    socket.setTcpNoDelay(true);
    socket.bind(local);
    socket.listen(options.backlog());
    active = true;
  }

  @Override
  protected void doBeginRead() {
    wanted = true;
    accept();
  }

  private void accept() {
    IoRegistration present = registration;
    if (!accepting && active && present != null) {
      id = present.submit(UringOps.accept(socket.intValue()));
      accepting = true;
    }
  }

  private void stop() {
    if (!isRegistered()) {
      return;
    }
    if (eventLoop().inEventLoop()) {
      wanted = false;
      IoRegistration present = registration;
      if (accepting && present != null) {
        present.submit(UringOps.cancel(id));
      }
    } else {
      eventLoop().execute(this::stop);
    }
  }

  private void accepted(int result, boolean more) {
    accepting = more;
    if (result >= 0) {
      pipeline().fireChannelRead(new UringSocket(this, result, worker));
      pipeline().fireChannelReadComplete();
    } else if (active && result != UringOps.ECANCELED) {
      pipeline().fireExceptionCaught(Errors.newIOException("accept", result));
    }
    if (wanted) {
      accept();
    }
  }

  @Override
  protected void doClose() throws IOException {
    active = false;
    wanted = false;
    IoRegistration last = registration;
    if (last == null || !last.isValid()) {
      socket.close();
    } else if (socket.leave()) {
      if (accepting) {
        last.submit(UringOps.cancel(id));
      }
      last.submit(UringOps.close(socket.intValue()));
    }
  }

  @Override
  protected @Nullable SocketAddress localAddress0() {
    return socket.isOpen() ? socket.localAddress() : null;
  }

  @Override
  public ChannelConfig config() {
    return options;
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

  private final class Completions implements IoUringIoHandle {
    @Override
    public void handle(IoRegistration from, IoEvent event) {
      IoUringIoEvent done = (IoUringIoEvent) event;
      if (done.opcode() == UringOps.ACCEPT) {
        accepted(done.res(), (done.flags() & UringOps.FLAG_MORE) != 0);
      }
    }

    @Override
    public void close() {
      unsafe().close(voidPromise());
    }
  }
}
