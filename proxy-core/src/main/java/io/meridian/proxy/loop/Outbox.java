package io.meridian.proxy.loop;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Bytes on their way to one socket. Small pieces are gathered in one buffer, so that a head and a
 * short body leave by one system call; large pieces are passed on as they are.
 */
public final class Outbox {
  /** Pieces up to this size are copied into the gathering buffer. */
  private static final int COPY_LIMIT = 8 * 1024;

  private static final int GATHER_LIMIT = 32 * 1024;

  /** What may have to be discarded is gathered up to this, in pieces of any size. */
  private static final int HELD_LIMIT = 48 * 1024;

  private final Worker worker;
  private final Channel channel;
  private final @Nullable DirectSocket socket;
  private @Nullable ByteBuf gathered;
  private boolean dirty;
  private boolean held;
  private long passedOn;

  public Outbox(Worker worker, Channel channel) {
    this.worker = worker;
    this.channel = channel;
    this.socket = channel instanceof DirectSocket direct ? direct : null;
  }

  /**
   * This handler is, or will be, the only one of the channel: what comes and goes may pass by the
   * pipeline, where the transport can do that.
   */
  public void shortcut(ChannelHandlerContext handler) {
    if (socket != null) {
      socket.offer(handler);
    }
  }

  /** Another handler takes over, before anything was sent. */
  public void noShortcut() {
    if (socket != null) {
      socket.withdraw();
    }
  }

  /** Runs an action when all that was flushed has been sent; perhaps not if that never happens. */
  public void whenSent(Runnable action) {
    if (socket != null) {
      socket.whenSent(action);
    } else {
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> action.run());
    }
  }

  /** Bytes given to the channel that its socket has not taken yet. */
  public long pendingBytes() {
    if (socket != null) {
      return socket.pendingBytes();
    }
    ChannelOutboundBuffer buffer = channel.unsafe().outboundBuffer();
    return buffer == null ? 0 : buffer.totalPendingWriteBytes() - buffer.currentProgress();
  }

  /** The gathering buffer, with at least this much room. Whoever calls writes to it at once. */
  public ByteBuf room(int bytes) {
    ByteBuf buffer = gathered;
    if (buffer != null && buffer.writableBytes() < bytes) {
      boolean full = !held && buffer.readableBytes() >= GATHER_LIMIT;
      if (full || buffer.maxWritableBytes() < bytes) {
        passGathered();
        buffer = null;
      } else {
        buffer.ensureWritable(bytes);
      }
    }
    if (buffer == null) {
      buffer = worker.sendBuffer().lend(bytes);
      gathered = buffer;
    }
    return buffer;
  }

  /** Takes the next {@code length} bytes of {@code in}, advancing its reader index. */
  public void take(ByteBuf in, int length) {
    if (length <= COPY_LIMIT || (held && gatheredBytes() + length <= HELD_LIMIT)) {
      copy(in, length);
    } else {
      passGathered();
      pass(in.readRetainedSlice(length));
    }
  }

  /** By the buffer's own view of its memory: a view of a part would be an object each time. */
  private void copy(ByteBuf in, int length) {
    ByteBuf out = room(length);
    if (in.nioBufferCount() == 1) {
      out.writeBytes(in.internalNioBuffer(in.readerIndex(), length));
      in.skipBytes(length);
    } else {
      out.writeBytes(in, length);
    }
  }

  /** Until the next flush all is gathered, as far as that goes, so that it can be discarded. */
  public void hold() {
    held = true;
  }

  /** Bytes gathered and not yet given to the channel. */
  public int gatheredBytes() {
    return gathered == null ? 0 : gathered.readableBytes();
  }

  /** Bytes given to the channel since the start: what {@link #discard} can't take back. */
  public long passedOnBytes() {
    return passedOn;
  }

  /** Forgets what was gathered and not passed on. */
  public void discard() {
    held = false;
    if (gathered != null) {
      gathered.release();
      gathered = null;
    }
  }

  /** Sends all. */
  public void flush() {
    held = false;
    passGathered();
    if (dirty) {
      dirty = false;
      if (socket != null) {
        socket.sendNow();
      } else {
        channel.flush();
      }
    }
  }

  /** Forgets what was gathered: the channel is gone, or going. */
  public void close() {
    discard();
    dirty = false;
  }

  private void passGathered() {
    ByteBuf buffer = gathered;
    if (buffer != null) {
      gathered = null;
      pass(buffer);
    }
  }

  private void pass(ByteBuf buffer) {
    passedOn += buffer.readableBytes();
    dirty = true;
    if (socket != null) {
      socket.send(buffer);
    } else {
      channel.write(buffer, channel.voidPromise());
    }
  }
}
