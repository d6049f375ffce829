package io.meridian.proxy.loop;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
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
  private @Nullable ByteBuf gathered;
  private boolean dirty;
  private boolean held;
  private long passedOn;

  public Outbox(Worker worker, Channel channel) {
    this.worker = worker;
    this.channel = channel;
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
      channel.flush();
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
    channel.write(buffer, channel.voidPromise());
  }
}
