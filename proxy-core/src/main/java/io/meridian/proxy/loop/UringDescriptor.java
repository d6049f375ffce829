package io.meridian.proxy.loop;

import io.netty.channel.unix.Socket;

/** A socket's number, that the ring closes and not a call. */
final class UringDescriptor extends Socket {
  UringDescriptor(int number) {
    super(number);
  }

  /** It counts as closed from now on; false if it did already. Whoever calls has it closed. */
  boolean leave() {
    return markClosed();
  }
}
