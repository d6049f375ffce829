package io.meridian.proxy;

import io.meridian.proxy.loop.Transport;
import java.util.stream.Stream;

/** The socket interfaces that this machine has. */
final class Transports {
  private Transports() {}

  static Stream<String> available() {
    return Transport.available().stream();
  }
}
