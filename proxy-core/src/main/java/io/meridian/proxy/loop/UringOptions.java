package io.meridian.proxy.loop;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.channel.unix.Socket;
import io.netty.channel.unix.UnixChannelOption;
import java.io.IOException;

/** The options of a socket on io_uring: those that are used here, and any by its number. */
final class UringOptions extends DefaultChannelConfig {
  private final Socket socket;
  private final Runnable stopReading;
  private int backlog = 1024;

  /**
   * @param stopReading what is done when it shall not be read any more for now
   */
  UringOptions(Channel channel, Socket socket, Runnable stopReading) {
    super(channel);
    this.socket = socket;
    this.stopReading = stopReading;
  }

  /** How many connections may wait to be accepted. */
  int backlog() {
    return backlog;
  }

  @Override
  protected void autoReadCleared() {
    stopReading.run();
  }

  @Override
  public <T> boolean setOption(ChannelOption<T> option, T value) {
    validate(option, value);
    try {
      return set(option, value) || super.setOption(option, value);
    } catch (IOException e) {
      throw new ChannelException(e);
    }
  }

  private boolean set(ChannelOption<?> option, Object value) throws IOException {
    if (option.equals(ChannelOption.TCP_NODELAY)) {
      socket.setTcpNoDelay((Boolean) value);
    } else if (option.equals(ChannelOption.SO_KEEPALIVE)) {
      socket.setKeepAlive((Boolean) value);
    } else if (option.equals(ChannelOption.SO_LINGER)) {
      socket.setSoLinger((Integer) value);
    } else if (option.equals(ChannelOption.SO_REUSEADDR)) {
      socket.setReuseAddress((Boolean) value);
    } else if (option.equals(UnixChannelOption.SO_REUSEPORT)) {
      socket.setReusePort((Boolean) value);
    } else if (option.equals(ChannelOption.SO_BACKLOG)) {
      backlog = (Integer) value;
    } else if (option instanceof IntegerUnixChannelOption number) {
      socket.setIntOpt(number.level(), number.optname(), (Integer) value);
    } else if (option instanceof RawUnixChannelOption raw) {
      socket.setRawOpt(raw.level(), raw.optname(), (java.nio.ByteBuffer) value);
    } else {
      return false;
    }
    return true;
  }
}
