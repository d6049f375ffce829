package io.meridian.proxy.loop;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.IoRegistration;
import io.netty.channel.unix.Errors;
import io.netty.channel.uring.IoUringIoOps;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The sending half of a socket on io_uring: one send at a time, of all that waits then. Buffers are
 * kept until the kernel is done with them, even if the socket closes before. Event loop only.
 */
final class UringSender {
  /** Buffers that one operation takes. */
  private static final int MOST = 16;

  private static final int IOVEC_BYTES = 16;

  private final UringSocket socket;
  private final ByteBufAllocator buffers;
  private @Nullable ByteBuf first;
  private @Nullable ArrayDeque<ByteBuf> others;
  private @Nullable ByteBuf vector; // of struct iovec: address, length
  private @Nullable Runnable afterAll;
  private long id;
  private long pending;
  private boolean underWay;
  private boolean polling; // for room in the kernel's buffer
  private boolean borrowed; // the buffers belong to Netty's queue
  private boolean full;

  UringSender(UringSocket socket, ByteBufAllocator buffers) {
    this.socket = socket;
    this.buffers = buffers;
  }

  /** Bytes that wait, or are under way. */
  long pending() {
    return pending;
  }

  boolean full() {
    return full;
  }

  /** Nothing waits, and nothing is under way. */
  boolean idle() {
    return first == null && !underWay;
  }

  /** Queues a buffer, which it takes over. */
  void add(ByteBuf bytes) {
    int length = bytes.readableBytes();
    if (!socket.isActive() || socket.isOutputShutdown() || length == 0) {
      bytes.release();
      return;
    }
    append(bytes.hasMemoryAddress() ? bytes : copy(bytes));
    pending += length;
    if (!full && pending > socket.config().getWriteBufferHighWaterMark()) {
      full = true;
      socket.writabilityChanged();
    }
  }

  private ByteBuf copy(ByteBuf bytes) {
    try {
      return buffers.directBuffer(bytes.readableBytes()).writeBytes(bytes);
    } finally {
      bytes.release();
    }
  }

  private void append(ByteBuf bytes) {
    if (first == null) {
      first = bytes;
      return;
    }
    ArrayDeque<ByteBuf> queue = others;
    if (queue == null) {
      queue = new ArrayDeque<>(4);
      others = queue;
    }
    queue.addLast(bytes);
  }

  /** Runs an action when nothing waits any more. */
  void whenSent(Runnable action) {
    if (idle()) {
      action.run();
    } else {
      afterAll = action;
    }
  }

  /** Sends what Netty's queue has: its buffers are borrowed, as the queue ends with the channel. */
  void send(ChannelOutboundBuffer queue) throws Exception {
    if (underWay || first != null) {
      return;
    }
    for (Object next = queue.current(); next != null; next = queue.current()) {
      if (((ByteBuf) next).isReadable()) {
        break;
      }
      queue.remove();
    }
    queue.forEachFlushedMessage(message -> {
      ByteBuf bytes = (ByteBuf) message;
      if (bytes.isReadable()) {
        append(bytes.retain());
      }
      return others == null || others.size() < MOST - 1;
    });
    borrowed = first != null;
    sendNow();
  }

  /** Sends what waits. */
  void sendNow() {
    IoRegistration registration = socket.registration();
    ByteBuf head = first;
    if (head == null || underWay || registration == null) {
      return;
    }
    ArrayDeque<ByteBuf> queue = others;
    IoUringIoOps op =
        queue == null || queue.isEmpty()
            ? UringOps.send(
                socket.number(), head.memoryAddress() + head.readerIndex(), head.readableBytes())
            : gather(head, queue);
    id = registration.submit(op);
    underWay = id != 0; // 0: the loop ends
  }

  private IoUringIoOps gather(ByteBuf head, ArrayDeque<ByteBuf> queue) {
    ByteBuf list = vector;
    if (list == null) {
      list = buffers.directBuffer(MOST * IOVEC_BYTES);
      vector = list;
    }
    name(list, 0, head);
    int count = 1;
    for (ByteBuf each : queue) {
      if (count == MOST) {
        break;
      }
      name(list, count++, each);
    }
    return UringOps.write(socket.number(), list.memoryAddress(), count);
  }

  /** Little-endian, as all machines are that this runs on. */
  private static void name(ByteBuf list, int index, ByteBuf bytes) {
    list.setLongLE(index * IOVEC_BYTES, bytes.memoryAddress() + bytes.readerIndex());
    list.setLongLE(index * IOVEC_BYTES + 8, bytes.readableBytes());
  }

  /** The send, or the wait for room, is done. */
  void completed(int result) {
    underWay = false;
    boolean polled = polling;
    polling = false;
    if (!socket.isOpen()) {
      drop();
    } else if (result == UringOps.EAGAIN || result == UringOps.EINTR) {
      awaitRoom();
    } else if (result < 0) {
      socket.failed(Errors.newIOException("send", result));
    } else if (polled) {
      sendNow();
    } else if (borrowed) {
      borrowed = false;
      release();
      underWay = true; // whoever hears of it meanwhile must not send what is just being removed
      socket.written(result);
      underWay = false;
      if (socket.isOpen()) {
        socket.flushMore();
      } else {
        drop();
      }
    } else {
      advance(result);
    }
  }

  private void awaitRoom() {
    IoRegistration registration = socket.registration();
    if (registration != null) {
      id = registration.submit(UringOps.pollWritable(socket.number()));
      underWay = id != 0;
      polling = underWay;
    }
  }

  private void advance(int sent) {
    pending -= sent;
    int left = sent;
    for (ByteBuf head = first; head != null; head = first) {
      int length = head.readableBytes();
      if (length > left) {
        head.skipBytes(left);
        break;
      }
      left -= length;
      first = others == null ? null : others.pollFirst();
      head.release();
    }
    if (full && pending < socket.config().getWriteBufferLowWaterMark()) {
      full = false;
      socket.writabilityChanged();
    }
    sendNow();
    Runnable action = afterAll;
    if (action != null && idle()) {
      afterAll = null;
      action.run();
    }
  }

  /** The socket closes: what is under way is cancelled, and freed when it is done. */
  void close(IoRegistration registration) {
    afterAll = null;
    if (underWay) {
      registration.submit(UringOps.cancel(id));
    } else {
      drop();
    }
  }

  /** Frees all. */
  void drop() {
    release();
    pending = 0;
    ByteBuf list = vector;
    if (list != null) {
      vector = null;
      list.release();
    }
  }

  private void release() {
    ByteBuf head = first;
    first = null;
    if (head != null) {
      head.release();
    }
    ArrayDeque<ByteBuf> queue = others;
    while (queue != null && !queue.isEmpty()) {
      queue.removeFirst().release();
    }
  }
}
