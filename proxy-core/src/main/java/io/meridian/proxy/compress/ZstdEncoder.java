package io.meridian.proxy.compress;

import com.github.luben.zstd.EndDirective;
import com.github.luben.zstd.ZstdCompressCtx;
import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;

/** Zstandard (RFC 8878) by its own library. */
final class ZstdEncoder implements Encoder {
  /**
   * 128 KiB. Memory grows with the window; clients must take 8 MiB (RFC 9659), pages are smaller.
   */
  private static final int WINDOW_LOG = 17;

  /** Tables of 2^16 entries: what they are at higher levels takes up to 10 MB an encoder. */
  private static final int TABLE_LOG = 16;

  private static final int ROOM = 1024;
  private static final int PIECE = 16 * 1024;
  private static final ByteBuffer NOTHING = ByteBuffer.allocateDirect(1).limit(0);

  private final ZstdCompressCtx context = new ZstdCompressCtx();
  private final ByteBuffer piece = ByteBuffer.allocateDirect(PIECE);

  @Override
  public void begin(int level) {
    context.reset();
    context.setLevel(level).setWindowLog(WINDOW_LOG).setHashLog(TABLE_LOG).setChainLog(TABLE_LOG);
  }

  @Override
  public void encode(ByteBuf in, int length, ByteBuf out) {
    if (in.isDirect() && in.nioBufferCount() == 1) {
      drain(in.nioBuffer(in.readerIndex(), length), out, EndDirective.CONTINUE);
      in.skipBytes(length);
      return;
    }
    for (int left = length; left > 0; left -= piece.limit()) {
      piece.clear().limit(Math.min(left, PIECE));
      in.readBytes(piece);
      piece.flip();
      drain(piece, out, EndDirective.CONTINUE);
    }
  }

  @Override
  public void flush(ByteBuf out) {
    drain(NOTHING.duplicate(), out, EndDirective.FLUSH);
  }

  @Override
  public void finish(ByteBuf out) {
    drain(NOTHING.duplicate(), out, EndDirective.END);
  }

  private void drain(ByteBuffer data, ByteBuf out, EndDirective directive) {
    boolean done = false;
    while (!done) {
      out.ensureWritable(ROOM);
      ByteBuffer room = out.nioBuffer(out.writerIndex(), out.writableBytes());
      int from = room.position();
      boolean flushed = context.compressDirectByteBufferStream(room, data, directive);
      out.writerIndex(out.writerIndex() + room.position() - from);
      done = directive == EndDirective.CONTINUE ? !data.hasRemaining() : flushed;
    }
  }

  @Override
  public void close() {
    context.close();
  }
}
