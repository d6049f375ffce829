package io.meridian.proxy;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.uring.IoUring;
import java.util.stream.Stream;

/** The socket interfaces that this machine has. */
final class Transports {
  private Transports() {}

  static Stream<String> available() {
    Stream.Builder<String> names = Stream.builder();
    names.add("nio");
    if (Epoll.isAvailable()) {
      names.add("epoll");
    }
    if (IoUring.isAvailable()) {
      names.add("io_uring");
    }
    return names.build();
  }
}
