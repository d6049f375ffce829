package io.meridian.proxy.downstream;

import io.meridian.proxy.exchange.ErrorAnswer;
import io.meridian.proxy.exchange.LoopContext;
import io.meridian.proxy.exchange.ProxyExchange;
import io.meridian.proxy.exchange.RateWatch;
import io.meridian.proxy.http.Body;
import io.meridian.proxy.http.BodyKind;
import io.meridian.proxy.http.ResponseHead;
import io.meridian.proxy.loop.Worker;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import org.jspecify.annotations.Nullable;

/**
 * The answer on one stream: gathered until the exchange lets it go, and then as long as the
 * client's window is shut. Reused; event loop only.
 */
final class Http2Answer {
  /** Bytes that wait before the endpoint is no longer read from. */
  static final int HIGH = 64 * 1024;

  /** So much must leave to count as progress: a window that opens by a byte is none. */
  private static final int PROGRESS = 1024;

  private static final int KEPT = 16 * 1024;

  /** What came of an attempt to send. */
  enum Sent {
    /** It has more, and may send it. */
    MORE,
    /** It has more, but the connection's window is shut. */
    STARVED,
    NOTHING
  }

  private final Http2Downstream stream;
  private final Http2Connection connection;
  private final LoopContext context;
  private final Worker worker;
  private final RateWatch taken = new RateWatch();

  private @Nullable ByteBuf pending; // a header block, then DATA
  private @Nullable ByteBuf trailerBlock;
  private int blockLength; // of the header block that has not left
  private boolean bodiless;
  private boolean headGiven;
  private boolean released;
  private boolean over;
  private boolean full; // the exchange was told so
  private long sent;
  private long progressNanos;
  private long progressSent;

  Http2Answer(Http2Downstream stream, Http2Connection connection, LoopContext context) {
    this.stream = stream;
    this.connection = connection;
    this.context = context;
    this.worker = context.worker();
  }

  void begin() {
    blockLength = 0;
    bodiless = false;
    headGiven = false;
    released = false;
    over = false;
    full = false;
    sent = 0;
    progressSent = 0;
    progressNanos = worker.now();
  }

  boolean headGiven() {
    return headGiven;
  }

  boolean over() {
    return over;
  }

  /** Nothing follows. */
  void finish() {
    over = true;
  }

  // ---- what the exchange says

  void informational(ResponseHead head) {
    ByteBuf block = worker.allocator().buffer(Http2FieldWriter.size(head));
    try {
      Http2FieldWriter.informational(block, head);
      connection.output().headers(stream, block, block.readableBytes(), false);
    } finally {
      block.release();
    }
    connection.turn().flushSoon();
  }

  void head(ResponseHead head, ProxyExchange exchange) {
    ByteBuf out = room(Http2FieldWriter.size(head));
    Http2FieldWriter.relay(
        out,
        head,
        head.upgraded(),
        worker.date(),
        exchange.requestIdBytes(),
        exchange.requestIdLength(),
        exchange.ownResponseFields());
    blockLength = out.readableBytes();
    connection.output().queued(blockLength);
    bodiless = head.body() == BodyKind.NONE && !head.upgraded();
    headGiven = true;
  }

  void data(ByteBuf in, int length) {
    if (bodiless) {
      in.skipBytes(length);
      return;
    }
    int left = length;
    if (released && !queuing()) {
      left = sendNow(in, length);
    }
    if (left > 0) {
      if (!queuing()) {
        progressNanos = worker.now();
        progressSent = sent;
        taken.start(progressNanos, sent);
      }
      room(left).writeBytes(in, left);
      connection.output().queued(left);
      if (released) {
        connection.output().offer(stream);
      }
    }
  }

  /** Sends without a copy what the windows allow; what is left. */
  private int sendNow(ByteBuf in, int length) {
    int left = length;
    Http2Output output = connection.output();
    while (left > 0 && connection.writable()) {
      int now = Math.min(left, output.allowance(stream));
      if (now <= 0) {
        break;
      }
      output.data(stream, in, now, false);
      sent += now;
      left -= now;
    }
    return left;
  }

  /** The trailer section, if the answer has one. */
  void end(Body answer) {
    if (bodiless || !answer.hasTrailers()) {
      return;
    }
    ByteBuf lines = worker.allocator().buffer(Body.MAX_TRAILERS);
    try {
      answer.copyTrailers(lines);
      if (lines.isReadable()) {
        ByteBuf block = worker.allocator().buffer(lines.readableBytes() * 2);
        trailerBlock = block;
        Http2FieldWriter.lines(block, lines);
      }
    } finally {
      lines.release();
    }
  }

  /** An answer of the proxy's own; without its text to a HEAD request. */
  void error(ErrorAnswer answer, boolean head, ProxyExchange exchange) {
    String text = head ? "" : ResponseWriter.text(answer);
    byte[] ownFields = exchange.ownResponseFields();
    ByteBuf out = room(512 + text.length() + ownFields.length);
    Http2FieldWriter.error(
        out,
        answer,
        ResponseWriter.text(answer).length(),
        worker.date(),
        exchange.requestIdBytes(),
        exchange.requestIdLength(),
        ownFields);
    blockLength = out.readableBytes();
    ByteBufUtil.writeAscii(out, text);
    connection.output().queued(out.readableBytes());
    headGiven = true;
    over = true;
  }

  void grpcError(int grpcStatus, ErrorAnswer answer, ProxyExchange exchange) {
    ByteBuf out = room(512 + answer.text().length());
    Http2FieldWriter.grpcError(
        out,
        grpcStatus,
        answer,
        worker.date(),
        exchange.requestIdBytes(),
        exchange.requestIdLength());
    blockLength = out.readableBytes();
    connection.output().queued(blockLength);
    headGiven = true;
    over = true;
  }

  /** All of it may leave. */
  void release() {
    released = true;
    connection.output().offer(stream);
    connection.turn().flushSoon();
  }

  /** Forgets what was gathered; false if a part of it may have left. */
  boolean discard() {
    if (released && headGiven) {
      return false;
    }
    drop();
    blockLength = 0;
    headGiven = false;
    over = false;
    bodiless = false;
    return true;
  }

  /** Whether more of it is wanted now; if not, {@link Http2Downstream#drained} is called later. */
  boolean writable(boolean closed) {
    boolean room =
        closed || !queuing() || (waitingBytes() < HIGH && !connection.output().congested());
    if (room && !closed && connection.pending() && !context.backlog().roomy()) {
      room = false;
      connection.joinBacklog();
    }
    full |= !room;
    return room;
  }

  /** There may be room again; whether the exchange is to be told so. */
  boolean retry() {
    if (full && stream.writable()) {
      full = false;
      return true;
    }
    return false;
  }

  boolean full() {
    return full;
  }

  long bytesSent() {
    return sent + waitingBytes();
  }

  // ---- sending

  /** Sends a part of what waits, as far as it may. */
  Sent send() {
    if (!released || !headGiven) {
      return Sent.NOTHING;
    }
    Http2Output output = connection.output();
    ByteBuf out = pending;
    if (blockLength > 0 && out != null) {
      int length = blockLength;
      blockLength = 0;
      boolean last = over && out.readableBytes() == length && trailerBlock == null;
      output.headers(stream, out, length, last);
      left(length);
      if (last) {
        return ended();
      }
    }
    if (out != null && out.isReadable()) {
      int length = Math.min(output.allowance(stream), out.readableBytes());
      if (length <= 0) {
        return output.exhausted() && stream.window > 0 ? Sent.STARVED : Sent.NOTHING;
      }
      boolean last = over && out.readableBytes() == length && trailerBlock == null;
      output.data(stream, out, length, last);
      left(length);
      if (last) {
        return ended();
      }
      if (out.isReadable()) {
        return Sent.MORE;
      }
    }
    if (!over) {
      return Sent.NOTHING;
    }
    ByteBuf block = trailerBlock;
    if (block != null) {
      output.headers(stream, block, block.readableBytes(), true);
    } else {
      output.data(stream, Unpooled.EMPTY_BUFFER, 0, true);
    }
    return ended();
  }

  private Sent ended() {
    connection.streams().answered(stream);
    return Sent.NOTHING;
  }

  /** So many bytes of {@link #pending} have left. */
  private void left(int length) {
    sent += length;
    connection.output().queued(-length);
    ByteBuf out = pending;
    if (out != null && !out.isReadable()) {
      if (out.capacity() > KEPT || out.refCnt() > 1) {
        out.release();
        pending = null;
      } else {
        out.clear();
      }
      progressNanos = worker.now();
      progressSent = sent;
    } else if (sent - progressSent >= PROGRESS) {
      progressNanos = worker.now();
      progressSent = sent;
    }
    if (retry()) {
      connection.turn().resumeSoon(stream);
    }
  }

  private ByteBuf room(int bytes) {
    ByteBuf out = pending;
    if (out == null) {
      out = worker.allocator().buffer(Math.max(bytes, 512));
      pending = out;
    } else if (out.refCnt() > 1) { // a part of it is on its way: it must stay where it is
      ByteBuf fresh = worker.allocator().buffer(Math.max(out.readableBytes() + bytes, 512));
      fresh.writeBytes(out);
      out.release();
      pending = fresh;
      out = fresh;
    } else if (out.readerIndex() > KEPT) {
      out.discardReadBytes();
    }
    return out;
  }

  private boolean queuing() {
    return waitingBytes() > 0;
  }

  private int waitingBytes() {
    ByteBuf out = pending;
    return out == null ? 0 : out.readableBytes();
  }

  // ---- its end

  /** Whether the client takes it too slowly. */
  boolean stalls(long now, long window) {
    return released && queuing() && takesTooLittle(now, window);
  }

  private boolean takesTooLittle(long now, long window) {
    long least = context.snapshot().config().limits().client().responseRate();
    return now - progressNanos >= window || taken.tooSlow(now, sent, least, window);
  }

  /** Nothing of it is wanted any more. */
  void drop() {
    ByteBuf out = pending;
    if (out != null) {
      pending = null;
      connection.output().queued(-out.readableBytes());
      out.release();
    }
    ByteBuf block = trailerBlock;
    if (block != null) {
      trailerBlock = null;
      block.release();
    }
  }
}
