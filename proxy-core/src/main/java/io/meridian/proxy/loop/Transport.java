package io.meridian.proxy.loop;

import io.meridian.config.MeridianConfig;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelOption;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.ReflectiveChannelFactory;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.UnixChannelOption;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The socket interface that the event loops use, with the classes that belong to it.
 *
 * @param userTimeout TCP_USER_TIMEOUT in milliseconds; null where the interface has none
 * @param inheritedKeepAlive SO_KEEPALIVE of a listening socket, which those that it accepts get
 *     with it, without a call for each; null where it must be set on each
 * @param sharesReceiveBuffer whether a read gets its buffer only when there is something to read,
 *     so that the sockets of a loop can share one
 * @param ownSockets whether the loops that carry traffic use sockets of ours
 * @param reusePort SO_REUSEPORT, by which every loop accepts on its own; null where there is none
 */
public record Transport(
    String name,
    IoHandlerFactory ioHandlers,
    Class<? extends ServerChannel> serverChannel,
    Class<? extends SocketChannel> socketChannel,
    Class<? extends DatagramChannel> datagramChannel,
    @Nullable ChannelOption<Integer> userTimeout,
    @Nullable ChannelOption<Boolean> reusePort,
    @Nullable ChannelOption<Integer> inheritedKeepAlive,
    boolean sharesReceiveBuffer,
    boolean ownSockets) {

  static {
    // With a poll that stays armed, a reset that comes while bytes are unread is never told: the
    // poll has fired, and Netty 4.2.18 reads no further. One poll for each read costs no more.
    String multishot = "io.netty.iouring.pollAddMultishotEnabled";
    if (System.getProperty(multishot) == null) {
      System.setProperty(multishot, "false");
    }
  }

  /** SOL_SOCKET and SO_KEEPALIVE as Linux numbers them. */
  private static final ChannelOption<Integer> LINUX_KEEP_ALIVE =
      new IntegerUnixChannelOption("SO_KEEPALIVE", 1, 9);

  /** IPPROTO_TCP and TCP_USER_TIMEOUT as Linux numbers them. */
  private static final ChannelOption<Integer> LINUX_USER_TIMEOUT =
      new IntegerUnixChannelOption("TCP_USER_TIMEOUT", 6, 18);

  /** Submissions that one turn of a loop may hold: more than the connections busy at one time. */
  private static final int RING_SIZE = 4096;

  /**
   * The transport asked for, or the best that this kernel offers.
   *
   * @throws IllegalArgumentException if the one asked for is not to be had here
   */
  public static Transport choose(MeridianConfig.Transport wanted) {
    return switch (wanted) {
      case AUTO -> IoUring.isAvailable() ? ioUring() : Epoll.isAvailable() ? epoll() : nio();
      case IO_URING -> {
        require(IoUring.isAvailable(), "io_uring", IoUring.unavailabilityCause());
        yield ioUring();
      }
      case EPOLL -> {
        require(Epoll.isAvailable(), "epoll", Epoll.unavailabilityCause());
        yield epoll();
      }
      case NIO -> nio();
    };
  }

  /** Makes the sockets of a loop that connect. */
  public ChannelFactory<? extends Channel> connections(Worker worker) {
    return ownSockets
        ? () -> new UringSocket(worker)
        : new ReflectiveChannelFactory<>(socketChannel);
  }

  /**
   * Makes the sockets that listen.
   *
   * @param worker whose loop it accepts for; null: for all
   */
  public ChannelFactory<? extends ServerChannel> listeners(@Nullable Worker worker) {
    return ownSockets && worker != null
        ? () -> new UringListener(worker)
        : new ReflectiveChannelFactory<>(serverChannel);
  }

  /** For control work and probes: epoll where there is one. */
  public static Transport forControl() {
    return Epoll.isAvailable() ? epoll() : nio();
  }

  /** Names of those that this kernel offers, the plainest first. */
  public static List<String> available() {
    List<String> names = new ArrayList<>(List.of("nio"));
    if (Epoll.isAvailable()) {
      names.add("epoll");
    }
    if (IoUring.isAvailable()) {
      names.add("io_uring");
    }
    return names;
  }

  private static void require(boolean available, String name, @Nullable Throwable cause) {
    if (!available) {
      Throwable root = cause;
      while (root != null && root.getCause() != null) {
        root = root.getCause();
      }
      throw new IllegalArgumentException(
          "transport: "
              + name
              + " is not available here"
              + (root == null ? "" : ": " + root)
              + " (expected: auto, or one of "
              + String.join(", ", available())
              + ")");
    }
  }

  private static Transport ioUring() {
    return new Transport(
        "io_uring",
        IoUringIoHandler.newFactory(new IoUringIoHandlerConfig().setRingSize(RING_SIZE)),
        IoUringServerSocketChannel.class,
        IoUringSocketChannel.class,
        IoUringDatagramChannel.class,
        LINUX_USER_TIMEOUT,
        UnixChannelOption.SO_REUSEPORT,
        LINUX_KEEP_ALIVE,
        false,
        true);
  }

  private static Transport epoll() {
    return new Transport(
        "epoll",
        EpollIoHandler.newFactory(),
        EpollServerSocketChannel.class,
        EpollSocketChannel.class,
        EpollDatagramChannel.class,
        EpollChannelOption.TCP_USER_TIMEOUT,
        EpollChannelOption.SO_REUSEPORT,
        LINUX_KEEP_ALIVE,
        true,
        false);
  }

  private static Transport nio() {
    return new Transport(
        "nio",
        NioIoHandler.newFactory(),
        NioServerSocketChannel.class,
        NioSocketChannel.class,
        NioDatagramChannel.class,
        null,
        null,
        null,
        true,
        false);
  }
}
