package io.meridian.proxy.telemetry;

import io.meridian.config.AccessLog.Output;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One JSON line a request. Event loops encode into a ring of their own, one thread writes all rings
 * out. Where the output can't keep up, lines are dropped and counted: traffic never waits for it.
 */
public final class AccessLog implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AccessLog.class);
  private static final int RING_BYTES = 1 << 20;
  private static final int WRITE_BYTES = 1 << 18;
  private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  /** Opens the output, and opens it anew when it has been moved away or has failed. */
  interface Sink {
    WritableByteChannel open() throws IOException;
  }

  private final List<Producer> producers = new ArrayList<>();
  private final LongAdder lost = new LongAdder();
  private final Cells dropped;
  private final Sink sink;
  private final ByteBuffer staging = ByteBuffer.allocateDirect(WRITE_BYTES); // writer only
  private final Thread writer;
  private volatile LogSampling sampling = LogSampling.ALL;
  private volatile boolean closing;
  private volatile boolean reopen;
  private boolean failing; // writer only: the last write failed
  private WritableByteChannel channel; // writer only, once started

  private static final class Producer {
    final LogEncoder encoder = new LogEncoder();
    final ByteRing ring;
    long turn; // of the requests that chance decides on

    Producer(int ringBytes) {
      ring = new ByteRing(ringBytes);
    }
  }

  AccessLog(int loops, int ringBytes, Sink sink) throws IOException {
    for (int i = 0; i < loops; i++) {
      producers.add(new Producer(ringBytes));
    }
    dropped = new Cells(loops, 1);
    this.sink = sink;
    channel = sink.open();
    writer = Thread.ofPlatform().name("access-log").daemon().unstarted(this::writeOut);
    if (loops > 0) {
      writer.start();
    }
  }

  /**
   * Starts the log that the configuration asks for; with {@code OFF}, one that drops every line
   * uncounted.
   *
   * @throws IOException if the file can't be opened
   */
  public static AccessLog open(io.meridian.config.AccessLog config, int loops) throws IOException {
    AccessLog log = to(config, loops);
    log.sample(config.sample());
    return log;
  }

  private static AccessLog to(io.meridian.config.AccessLog config, int loops) throws IOException {
    return switch (config.output()) {
      case OFF -> new AccessLog(0, RING_BYTES, () -> standardOutput());
      case STDOUT -> new AccessLog(loops, RING_BYTES, () -> standardOutput());
      case FILE -> {
        Path file = Objects.requireNonNull(config.file(), "file of output " + Output.FILE);
        yield new AccessLog(
            loops,
            RING_BYTES,
            () ->
                FileChannel.open(
                    file,
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    StandardOpenOption.APPEND));
      }
    };
  }

  /** Which requests get a line from now on. Any thread. */
  public void sample(io.meridian.config.AccessLog.Sample sample) {
    sampling = LogSampling.of(sample);
  }

  /** Encodes and queues one line, on event loop {@code loop}, if the request is to have one. */
  public void write(int loop, RequestLog log) {
    if (producers.isEmpty()) {
      return;
    }
    Producer producer = producers.get(loop);
    LogSampling rule = sampling;
    if (!rule.keeps(log)) {
      if (producer.turn++ % rule.oneIn() != 0) {
        return;
      }
      log.oneIn = rule.oneIn();
    }
    JsonLine line = producer.encoder.encode(log);
    if (!producer.ring.offer(line.bytes(), line.length())) {
      dropped.add(loop, 0, 1);
    }
    if (producer.ring.halfFull()) {
      LockSupport.unpark(writer);
    }
  }

  /** Lines that were not written, since the start. Any thread. */
  public long dropped() {
    return dropped.sum(0) + lost.sum();
  }

  /** Opens the file anew, after the old one was moved away. Any thread. */
  public void reopen() {
    reopen = true;
    LockSupport.unpark(writer);
  }

  /** Writes what is queued, for five seconds at most. Event loops have stopped writing. */
  @Override
  public void close() {
    if (producers.isEmpty()) {
      return;
    }
    closing = true;
    LockSupport.unpark(writer);
    try {
      if (!writer.join(Duration.ofSeconds(5))) {
        writer.interrupt();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void writeOut() {
    while (true) {
      boolean last = closing;
      if (reopen) {
        reopen = false;
        closeChannel();
      }
      for (Producer producer : producers) {
        long end = producer.ring.end(); // a line's end: rings don't mix within a line
        while (producer.ring.drain(staging, end)) {
          if (!staging.hasRemaining()) {
            flush();
          }
        }
      }
      flush();
      if (last) {
        closeChannel();
        return;
      }
      LockSupport.parkNanos(this, PAUSE_NANOS); // many lines a write, or woken by a ring half full
    }
  }

  private void flush() {
    staging.flip();
    try {
      if (staging.hasRemaining() && !channel.isOpen()) {
        channel = sink.open();
      }
      while (staging.hasRemaining()) {
        channel.write(staging);
      }
      failing = false;
    } catch (IOException e) {
      lose(e);
    }
    staging.clear();
  }

  private void lose(IOException cause) {
    while (staging.hasRemaining()) {
      if (staging.get() == '\n') {
        lost.increment();
      }
    }
    if (!failing) {
      failing = true;
      LOG.warn("access log: lines are lost until it can be written again: {}", cause.toString());
    }
    closeChannel();
  }

  private void closeChannel() {
    try {
      channel.close();
    } catch (IOException e) {
      LOG.warn("access log: {}", e.toString());
    }
  }

  @SuppressWarnings("resource") // standard output stays open
  private static WritableByteChannel standardOutput() {
    FileChannel out = new FileOutputStream(FileDescriptor.out).getChannel();
    return new WritableByteChannel() {
      private boolean open = true;

      @Override
      public int write(ByteBuffer bytes) throws IOException {
        return out.write(bytes);
      }

      @Override
      public boolean isOpen() {
        return open;
      }

      @Override
      public void close() {
        open = false;
      }
    };
  }
}
