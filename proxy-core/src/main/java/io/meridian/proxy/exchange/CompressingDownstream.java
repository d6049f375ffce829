package io.meridian.proxy.exchange;

import io.meridian.config.Compress.Coding;
import io.meridian.proxy.compress.Compression;
import io.meridian.proxy.compress.Encoder;
import io.meridian.proxy.compress.Encoders;
import io.meridian.proxy.http.Body;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.http.ResponseHead;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Stands before a client's connection on a route that compresses, for one request. What has come
 * when the answer is flushed can be decoded when it arrives: a stream never waits for more of
 * itself. Event loop only.
 */
final class CompressingDownstream extends DownstreamFilter {
  private final Compression rules;
  private final RequestHead request;
  private final Encoders encoders;
  private final ByteBufAllocator allocator;

  private @Nullable Encoder encoder;
  private @Nullable Coding coding;
  private boolean unflushed;
  private long taken;
  private long given;

  CompressingDownstream(
      Downstream client,
      Compression rules,
      RequestHead request,
      Encoders encoders,
      ByteBufAllocator allocator) {
    super(client);
    this.rules = rules;
    this.request = request;
    this.encoders = encoders;
    this.allocator = allocator;
  }

  /** Bytes that were compressed. */
  long taken() {
    return taken;
  }

  /** What they became. */
  long given() {
    return given;
  }

  @Override
  public void sendHead(ResponseHead head) {
    if (rules.eligible(head)) {
      Compression.vary(head);
      Coding wanted = rules.choose(request);
      if (wanted != null && (!Compression.hasBody(request) || begin(wanted))) {
        Compression.coded(head, wanted);
      }
    } else if (head.status() == 304) {
      Compression.notModified(request, head);
    }
    super.sendHead(head);
  }

  private boolean begin(Coding wanted) {
    coding = wanted;
    encoder = encoders.acquire(wanted, rules);
    return encoder != null;
  }

  @Override
  public void sendData(ByteBuf in, int length) {
    Encoder current = encoder;
    if (current == null) {
      super.sendData(in, length);
      return;
    }
    taken += length;
    unflushed = true;
    ByteBuf out = allocator.directBuffer(Math.max(1024, length / 2));
    try {
      current.encode(in, length, out);
      give(out);
    } finally {
      out.release();
    }
  }

  @Override
  public void flush() {
    Encoder current = encoder;
    if (current != null && unflushed) {
      unflushed = false;
      ByteBuf out = allocator.directBuffer();
      try {
        current.flush(out);
        give(out);
      } finally {
        out.release();
      }
    }
    super.flush();
  }

  @Override
  public void sendEnd(Body body) {
    Encoder current = encoder;
    if (current != null) {
      ByteBuf out = allocator.directBuffer();
      try {
        current.finish(out);
        give(out);
      } finally {
        out.release();
      }
      release();
    }
    super.sendEnd(body);
  }

  private void give(ByteBuf out) {
    int length = out.readableBytes();
    if (length > 0) {
      given += length;
      inner().sendData(out, length);
    }
  }

  private void release() {
    Encoder current = encoder;
    Coding used = coding;
    if (current != null && used != null) {
      encoder = null;
      unflushed = false;
      encoders.release(used, current);
    }
  }

  /** Counts what was taken, so that a stream which compresses well is not held for long. */
  @Override
  public int gatheredBytes() {
    return Math.max(super.gatheredBytes(), (int) Math.min(1 << 30, taken));
  }

  @Override
  public boolean discard() {
    if (!super.discard()) {
      return false;
    }
    release();
    taken = 0;
    given = 0;
    return true;
  }

  @Override
  public void abort() {
    release();
    super.abort();
  }

  @Override
  public void finished(boolean keepAlive) {
    release();
    super.finished(keepAlive);
  }
}
