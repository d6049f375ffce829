package io.meridian.proxy.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Finding the end of a body of 64 KiB in chunks; 0 B/op expected. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class BodyBenchmark {
  private static final int BODY = 64 * 1024;

  @Param({"64", "4096"})
  private int chunk;

  private final BodyReader reader = new BodyReader();
  private ByteBuf in = Unpooled.EMPTY_BUFFER;

  @Setup
  public void setUp() {
    in = Unpooled.directBuffer();
    for (int i = 0; i < BODY / chunk; i++) {
      Chunks.head(in, chunk);
      in.writeZero(chunk);
      Chunks.end(in);
    }
    Chunks.last(in);
  }

  @Benchmark
  public long chunked() {
    in.readerIndex(0);
    reader.start(BodyKind.CHUNKED, -1);
    int n = reader.next(in);
    while (n > 0) {
      in.skipBytes(n);
      n = reader.next(in);
    }
    if (n != BodyReader.DONE) {
      throw new IllegalStateException(reader.fault().reason());
    }
    return reader.read();
  }
}
