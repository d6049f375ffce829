package io.meridian.proxy.loop;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.IoRegistration;
import io.netty.channel.unix.Errors;
import io.netty.channel.uring.IoUringIoOps;
import org.jspecify.annotations.Nullable;

/**
 * The receiving half of a socket on io_uring: one receive is always under way, into a buffer that
 * stays with the socket and holds what has come at once of late; while more is there than it holds,
 * large ones are lent, which are in the processor's cache as others have just used them. What comes
 * while nobody reads waits here: at most one buffer, as no further receive begins. Event loop only.
 */
final class UringReceiver {
  /** A head, or a short answer. */
  private static final int SMALL = LoopBuffers.SMALL;

  private static final int LARGE = 64 * 1024;

  /** Beyond this a second receive costs less than memory that is cold. */
  private static final int MOST_WAITING = 32 * 1024;

  private final UringSocket socket;
  private final ByteBufAllocator buffers;
  private @Nullable ByteBuf buffer;
  private @Nullable IoUringIoOps again; // into the buffer that stays
  private long id;
  private boolean underWay;
  private boolean wanted;
  private boolean held;
  private boolean delivering;
  private boolean ended;
  private boolean large;
  private boolean more;
  private boolean owesComplete;
  private int size = SMALL; // of the buffer that stays
  private int burst; // bytes since the last wait
  private boolean wasLess;

  UringReceiver(UringSocket socket, ByteBufAllocator buffers) {
    this.socket = socket;
    this.buffers = buffers;
  }

  /** What comes is wanted. */
  void start() {
    wanted = true;
    if (held) {
      socket.eventLoop().execute(this::deliverHeld); // not within whatever asks for it
    } else {
      receive();
    }
  }

  /** What comes is not wanted for now. */
  void stop() {
    wanted = false;
  }

  private void receive() {
    IoRegistration registration = socket.registration();
    if (underWay || held || delivering || ended || registration == null || !socket.isActive()) {
      return;
    }
    ByteBuf into = buffer;
    if (into == null) {
      into = buffers.directBuffer(large ? LARGE : size);
      buffer = into;
    }
    IoUringIoOps op = again;
    if (op == null || large || more) {
      op = UringOps.receive(socket.number(), into.memoryAddress(), into.capacity(), !more);
      again = large || more ? null : op;
    }
    id = registration.submit(op);
    underWay = id != 0; // 0: the loop ends
  }

  /** The receive is done. */
  void completed(int result, int flags) {
    underWay = false;
    if (!socket.isOpen()) {
      drop();
    } else if (result > 0) {
      received(result, (flags & UringOps.FLAG_NONEMPTY) != 0);
    } else if (result == UringOps.EAGAIN || result == UringOps.EINTR) {
      more = false;
      complete();
      receive();
    } else if (result != UringOps.ECANCELED) {
      ended = true;
      socket.ended(result == 0 ? null : Errors.newIOException("receive", result));
    }
  }

  private void received(int bytes, boolean moreIsThere) {
    ByteBuf in = buffer;
    if (in == null) {
      return;
    }
    in.writerIndex(bytes);
    more = moreIsThere;
    if (wanted || owesComplete) {
      deliver(in);
    } else {
      held = true;
    }
  }

  private void deliverHeld() {
    ByteBuf in = buffer;
    if (held && wanted && in != null && socket.isOpen()) {
      held = false;
      deliver(in);
    }
  }

  private void deliver(ByteBuf in) {
    boolean full = !in.isWritable();
    boolean wasLarge = large;
    burst += in.readableBytes();
    large = full;
    owesComplete = true;
    delivering = true;
    in.retain();
    if (!socket.direct()) {
      wanted = false; // until it is asked for again
    }
    boolean goesOn;
    try {
      socket.deliver(in);
      goesOn = full && more && !wasLarge && socket.isActive() && reads();
      if (!goesOn) {
        complete();
        resize();
      }
    } finally {
      delivering = false;
    }
    if (in.refCnt() == 1 && in.capacity() == size && !large && socket.isOpen()) {
      in.clear();
    } else {
      drop();
    }
    if (wanted || goesOn) {
      receive(); // what was there belongs together
    }
  }

  /**
   * The next wait is with a buffer for as much as came now; with a smaller one if twice less did.
   */
  private void resize() {
    int fits =
        burst > MOST_WAITING || burst <= SMALL
            ? SMALL
            : burst <= SMALL * 4 ? SMALL * 4 : MOST_WAITING;
    boolean less = fits < size;
    if (!less || wasLess) {
      size = fits;
      less = false;
    }
    wasLess = less;
    burst = 0;
  }

  private boolean reads() {
    return socket.direct() ? wanted : socket.config().isAutoRead();
  }

  private void complete() {
    if (owesComplete) {
      owesComplete = false;
      boolean within = delivering;
      delivering = true;
      socket.deliverComplete();
      delivering = within;
    }
  }

  /** The socket closes: what is under way is cancelled, and its buffer freed when it is done. */
  void close(IoRegistration registration) {
    held = false;
    if (underWay) {
      registration.submit(UringOps.cancel(id));
    } else if (!delivering) {
      drop();
    }
  }

  /** Frees the buffer. */
  void drop() {
    ByteBuf last = buffer;
    buffer = null;
    again = null;
    if (last != null) {
      last.release();
    }
  }
}
