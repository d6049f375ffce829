package io.meridian.proxy.loop;

import io.netty.channel.uring.IoUringIoOps;

/**
 * The io_uring operations that our sockets need, with the kernel's numbers.
 *
 * @see "Linux, include/uapi/linux/io_uring.h; io_uring_enter(2)"
 */
final class UringOps {
  static final byte WRITEV = 2;
  static final byte POLL_ADD = 6;
  static final byte ACCEPT = 13;
  static final byte ASYNC_CANCEL = 14;
  static final byte CLOSE = 19;
  static final byte SEND = 26;
  static final byte RECV = 27;

  /** More completions of the same operation follow (IORING_CQE_F_MORE). */
  static final int FLAG_MORE = 1 << 1;

  /** The socket has more to read (IORING_CQE_F_SOCK_NONEMPTY). */
  static final int FLAG_NONEMPTY = 1 << 2;

  static final int EINTR = -4;
  static final int EAGAIN = -11;
  static final int ECANCELED = -125;

  private static final short POLL_FIRST = 1; // IORING_RECVSEND_POLL_FIRST
  private static final short MULTISHOT = 1; // IORING_ACCEPT_MULTISHOT
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int SOCK_CLOEXEC = 0x80000;
  private static final int POLLOUT = 4;

  private UringOps() {}

  /**
   * Receives up to {@code length} bytes.
   *
   * @param pollFirst whether to wait before the first try, as there is nothing to read yet
   */
  static IoUringIoOps receive(int fd, long address, int length, boolean pollFirst) {
    return op(RECV, pollFirst ? POLL_FIRST : 0, fd, 0, address, length, 0);
  }

  static IoUringIoOps send(int fd, long address, int length) {
    return op(SEND, (short) 0, fd, 0, address, length, MSG_NOSIGNAL);
  }

  /** Writes {@code count} buffers that an array of struct iovec at {@code vector} names. */
  static IoUringIoOps write(int fd, long vector, int count) {
    return op(WRITEV, (short) 0, fd, 0, vector, count, 0);
  }

  /** Accepts until it is cancelled; the sockets are blocking, so that the ring waits for them. */
  static IoUringIoOps accept(int fd) {
    return op(ACCEPT, MULTISHOT, fd, 0, 0, 0, SOCK_CLOEXEC);
  }

  /** Tells once when a socket can be written to, is connected, or has failed. */
  static IoUringIoOps pollWritable(int fd) {
    return op(POLL_ADD, (short) 0, fd, 0, 0, 0, POLLOUT);
  }

  /**
   * Cancels an operation that is under way.
   *
   * @param id what its submission returned
   */
  static IoUringIoOps cancel(long id) {
    return op(ASYNC_CANCEL, (short) 0, -1, 0, id, 0, 0);
  }

  static IoUringIoOps close(int fd) {
    return op(CLOSE, (short) 0, fd, 0, 0, 0, 0);
  }

  private static IoUringIoOps op(
      byte opcode, short priority, int fd, long offset, long address, int length, int flags) {
    return new IoUringIoOps(
        opcode, (byte) 0, priority, fd, offset, address, length, flags, 0L, (short) 0, (short) 0, 0,
        0);
  }
}
