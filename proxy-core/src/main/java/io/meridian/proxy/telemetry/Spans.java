package io.meridian.proxy.telemetry;

import io.meridian.config.Tracing.Otlp;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * The spans of sampled exchanges on their way to a collector. Event loops encode into a ring of
 * their own, one thread sends what is there at each interval. Where the collector can't keep up, or
 * is away, spans are dropped and counted: traffic never waits for it.
 */
public final class Spans implements AutoCloseable {
  private static final int RING_BYTES = 1 << 20;
  private static final int STAGING_BYTES = 1 << 18;

  /** What sends a batch. */
  interface Sender extends AutoCloseable {
    /**
     * Sends spans, each a JSON object and a newline; whether they were taken.
     *
     * @param lines never empty
     */
    boolean send(byte[] lines, int length) throws InterruptedException;

    /** The process stops: nothing is waited for any more. Any thread. */
    default void hurry() {}

    @Override
    void close();
  }

  /** Spans by what became of them, over all collectors of the process. Any thread. */
  static final class Counts {
    final LongAdder exported = new LongAdder();
    final LongAdder failed = new LongAdder();
    final LongAdder dropped = new LongAdder();
  }

  private final List<Producer> producers = new ArrayList<>();
  private final Counts counts;
  private final Sender sender;
  private final int batch;
  private final long intervalNanos;
  private final Thread thread;
  private final ByteBuffer staging = ByteBuffer.allocate(STAGING_BYTES); // sending thread only
  private byte[] pending = new byte[1 << 16]; // sending thread only, as all below
  private int pendingLength;
  private int pendingSpans;
  private volatile boolean closing;

  private static final class Producer {
    final SpanEncoder encoder = new SpanEncoder();
    final ByteRing ring;

    Producer(int ringBytes) {
      ring = new ByteRing(ringBytes);
    }
  }

  Spans(int loops, int ringBytes, int batch, Duration interval, Counts counts, Sender sender) {
    for (int i = 0; i < loops; i++) {
      producers.add(new Producer(ringBytes));
    }
    this.batch = batch;
    this.intervalNanos = interval.toNanos();
    this.counts = counts;
    this.sender = sender;
    thread = Thread.ofPlatform().name("spans").daemon().start(this::run);
  }

  /** Starts sending to the collector that the configuration names. */
  public static Spans to(Otlp otlp, int loops, Telemetry telemetry) {
    return new Spans(
        loops, RING_BYTES, otlp.batch(), otlp.interval(), telemetry.spans(), new OtlpSender(otlp));
  }

  /** Encodes and queues the spans of one exchange, on event loop {@code loop}. */
  public void write(int loop, RequestLog log, Trace trace) {
    Producer producer = producers.get(loop);
    JsonLine lines = producer.encoder.encode(log, trace);
    if (!producer.ring.offer(lines.bytes(), lines.length())) {
      counts.dropped.add(1 + Math.min(log.attempts, RequestLog.MAX_ATTEMPTS));
    }
    if (producer.ring.halfFull()) {
      LockSupport.unpark(thread);
    }
  }

  /** Sends what is queued, for five seconds at most. Event loops have stopped writing. */
  @Override
  public void close() {
    closing = true;
    sender.hurry();
    LockSupport.unpark(thread);
    try {
      if (!thread.join(Duration.ofSeconds(5))) {
        thread.interrupt();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    sender.close();
  }

  private void run() {
    try {
      while (true) {
        boolean last = closing;
        for (Producer producer : producers) {
          long end = producer.ring.end(); // a span's end: rings don't mix within one
          while (producer.ring.drain(staging, end)) {
            take();
          }
        }
        send();
        if (last) {
          return;
        }
        LockSupport.parkNanos(this, intervalNanos);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the collector took too long at the stop
    }
  }

  /** Cuts what was drained into batches. */
  private void take() throws InterruptedException {
    staging.flip();
    while (staging.hasRemaining()) {
      byte next = staging.get();
      if (pendingLength == pending.length) {
        pending = java.util.Arrays.copyOf(pending, 2 * pending.length);
      }
      pending[pendingLength++] = next;
      if (next == '\n' && ++pendingSpans == batch) {
        send();
      }
    }
    staging.clear();
  }

  private void send() throws InterruptedException {
    if (pendingSpans > 0) {
      (sender.send(pending, pendingLength) ? counts.exported : counts.failed).add(pendingSpans);
      pendingLength = 0;
      pendingSpans = 0;
    }
  }
}
