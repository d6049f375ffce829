package io.meridian.proxy.loop;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.util.concurrent.Ticker;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * One event loop that carries traffic: its number, clock, timers and random numbers. All of it is
 * for that loop's thread only.
 */
public final class Worker {
  private static final DateTimeFormatter IMF_FIXDATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
          .withZone(ZoneOffset.UTC);

  private final int index;
  private final EventLoop loop;
  private final Ticker ticker;
  private final ByteBufAllocator allocator;
  private final TimerWheel wheel;
  private final ReceiveBuffer receiveBuffer = new ReceiveBuffer();
  private final ByteBufAllocator buffers;
  private final GrowingReceiveBuffer growingBuffer;
  private final SendBuffer sendBuffer;
  private long nowNanos;
  private long wakeUpNanos = Long.MAX_VALUE;
  private final Runnable wakeUp = this::wakeUp;
  private long randomState;
  private byte[] date = new byte[0];
  private long dateUntilNanos;
  private long dateEpochMillis; // at dateUntilNanos

  /**
   * @param index from 0, the place of this loop in every per-loop array
   * @param seed of its random numbers
   */
  public Worker(int index, EventLoop loop, Ticker ticker, long seed) {
    this(
        index,
        loop,
        ticker,
        ByteBufAllocator.DEFAULT,
        new LoopBuffers(loop, ByteBufAllocator.DEFAULT, LentBuffers.ALLOCATOR),
        seed);
  }

  /**
   * @param allocator where all of this loop's buffers come from
   */
  public Worker(int index, EventLoop loop, Ticker ticker, ByteBufAllocator allocator, long seed) {
    this(index, loop, ticker, allocator, allocator, seed);
  }

  private Worker(
      int index,
      EventLoop loop,
      Ticker ticker,
      ByteBufAllocator allocator,
      ByteBufAllocator buffers,
      long seed) {
    this.index = index;
    this.loop = loop;
    this.ticker = ticker;
    this.allocator = allocator;
    this.buffers = buffers;
    this.growingBuffer = new GrowingReceiveBuffer(buffers);
    this.sendBuffer = new SendBuffer(buffers);
    this.randomState = seed * 0x9E3779B97F4A7C15L + 1;
    this.nowNanos = ticker.nanoTime();
    this.dateUntilNanos = nowNanos;
    this.wheel = new TimerWheel(nowNanos);
  }

  public int index() {
    return index;
  }

  /** Where this loop's buffers come from. */
  public ByteBufAllocator allocator() {
    return allocator;
  }

  /** Frees the buffers that wait for their next use; its channels are closed. */
  public void close() {
    if (buffers instanceof LoopBuffers own) {
      own.close();
    }
  }

  /** Where the buffers for reads and writes come from, those used last first. */
  ByteBufAllocator buffers() {
    return buffers;
  }

  SendBuffer sendBuffer() {
    return sendBuffer;
  }

  /**
   * Where a socket of this loop gets its receive buffers.
   *
   * @param shared one for all: what is read is handled or sent on before the next read
   */
  public RecvByteBufAllocator receiveBuffer(boolean shared) {
    return shared ? receiveBuffer : growingBuffer;
  }

  public EventLoop loop() {
    return loop;
  }

  /**
   * Reads the clock; {@link #now} repeats what it said. Called once for each event from a socket.
   */
  public long tick() {
    nowNanos = ticker.nanoTime();
    return nowNanos;
  }

  /** The time of the event being handled, in nanoseconds of the ticker. */
  public long now() {
    return nowNanos;
  }

  /** Arms a timer of this loop; see {@link TimerWheel#arm}. */
  public void arm(TimerWheel.Timer timer, long deadlineNanos) {
    wheel.arm(timer, deadlineNanos);
    if (deadlineNanos < wakeUpNanos) {
      scheduleWakeUp();
    }
  }

  public void disarm(TimerWheel.Timer timer) {
    wheel.disarm(timer);
  }

  /** Disarms a timer for good. */
  public void remove(TimerWheel.Timer timer) {
    wheel.remove(timer);
  }

  /** 64 pseudo-random bits (xorshift*, Vigna 2014): for choices, never for secrets. */
  public long random() {
    long x = randomState;
    x ^= x >>> 12;
    x ^= x << 25;
    x ^= x >>> 27;
    randomState = x;
    return x * 0x2545F4914F6CDD1DL;
  }

  /**
   * Wall-clock milliseconds since 1970 of a moment of the ticker, good to the clock's drift in a
   * second.
   */
  public long epochMillis(long nanos) {
    date();
    return dateEpochMillis - (dateUntilNanos - nanos) / 1_000_000;
  }

  /** The time as a Date field has it (RFC 9110, 5.6.7), made once a second. */
  public byte[] date() {
    if (date.length == 0 || nowNanos - dateUntilNanos >= 0) {
      Instant now = Instant.now();
      date = IMF_FIXDATE.format(now).getBytes(StandardCharsets.US_ASCII);
      dateUntilNanos = nowNanos + 1_000_000_000L - now.getNano();
      dateEpochMillis = (now.getEpochSecond() + 1) * 1_000;
    }
    return date;
  }

  private void scheduleWakeUp() {
    long at = wheel.nextTickNanos();
    if (at < wakeUpNanos) {
      wakeUpNanos = at;
      loop.schedule(wakeUp, Math.max(0, at - ticker.nanoTime()), TimeUnit.NANOSECONDS);
    }
  }

  private void wakeUp() {
    long now = tick();
    if (now < wakeUpNanos) {
      // One that was planned before an earlier one took its place.
      return;
    }
    wakeUpNanos = Long.MAX_VALUE;
    wheel.advance(now);
    if (wheel.nextTickNanos() != Long.MAX_VALUE) {
      scheduleWakeUp();
    }
  }
}
