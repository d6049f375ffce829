package io.meridian.proxy.compress;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import java.util.zip.Deflater;

/** The gzip format (RFC 1952) around the JDK's deflate. */
final class GzipEncoder implements Encoder {
  private static final byte[] HEAD = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};

  /** Enough that a flush which just fits is not taken for one that does not, and repeated. */
  private static final int ROOM = 1024;

  private final Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true);
  private final CRC32 crc = new CRC32();
  private boolean headed;

  @Override
  public void begin(int level) {
    deflater.reset();
    deflater.setLevel(level);
    crc.reset();
    headed = false;
  }

  @Override
  public void encode(ByteBuf in, int length, ByteBuf out) {
    head(out);
    ByteBuffer data = in.nioBuffer(in.readerIndex(), length);
    in.skipBytes(length);
    crc.update(data.duplicate());
    deflater.setInput(data);
    while (!deflater.needsInput()) {
      deflate(out, Deflater.NO_FLUSH);
    }
  }

  @Override
  public void flush(ByteBuf out) {
    head(out);
    while (deflate(out, Deflater.SYNC_FLUSH)) {
      // until it does not fill its room
    }
  }

  @Override
  public void finish(ByteBuf out) {
    head(out);
    long length = deflater.getBytesRead();
    deflater.finish();
    while (!deflater.finished()) {
      deflate(out, Deflater.NO_FLUSH);
    }
    out.writeIntLE((int) crc.getValue());
    out.writeIntLE((int) length);
  }

  private void head(ByteBuf out) {
    if (!headed) {
      headed = true;
      out.writeBytes(HEAD);
    }
  }

  /** Returns whether all room was used. */
  private boolean deflate(ByteBuf out, int mode) {
    out.ensureWritable(ROOM);
    int room = out.writableBytes();
    int made = deflater.deflate(out.nioBuffer(out.writerIndex(), room), mode);
    out.writerIndex(out.writerIndex() + made);
    return made == room;
  }

  @Override
  public void close() {
    deflater.end();
  }
}
