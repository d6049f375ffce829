package io.meridian.proxy.downstream;

import io.meridian.config.Timeouts;
import io.meridian.proxy.exchange.LoopContext;
import io.meridian.proxy.loop.TimerWheel;
import io.meridian.proxy.loop.Worker;
import io.netty.handler.codec.http2.Http2Error;
import java.util.concurrent.TimeUnit;

/**
 * Ends what makes no progress on a client's connection: frames that stay halves, streams, and the
 * whole when nothing is asked for. Event loop only.
 */
final class Http2Watch extends TimerWheel.Timer {
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final Http2Connection connection;
  private final Http2Streams streams;
  private final LoopContext context;
  private final Worker worker;
  private boolean partial;
  private long partialSinceNanos;
  private long idleSinceNanos;
  private long dueNanos;

  Http2Watch(Http2Connection connection, Http2Streams streams, LoopContext context) {
    this.connection = connection;
    this.streams = streams;
    this.context = context;
    this.worker = context.worker();
    this.idleSinceNanos = worker.now();
  }

  /** The connection is open, and a preface is due. */
  void opened() {
    idle();
    within(timeouts().requestHead().toNanos());
  }

  /** No stream is open from now on. */
  void idle() {
    idleSinceNanos = worker.now();
  }

  /** A frame is read, or the head of one. */
  void frame() {
    partialSinceNanos = worker.now();
  }

  /** A read is handled; whether it ended within a frame. */
  void read(boolean begun) {
    if (begun && !partial) {
      partialSinceNanos = worker.now();
      soon();
    }
    partial = begun;
  }

  /** Nothing is open, and nothing has begun, since so long; -1 if something is. */
  long idleNanos(long nowNanos) {
    return streams.count() == 0 && !partial ? nowNanos - idleSinceNanos : -1;
  }

  /** A stream is open: looks often enough for the shortest of its times. */
  void streams() {
    long shortest =
        Math.min(timeouts().requestBody().toNanos(), timeouts().responseBody().toNanos());
    within(Math.clamp(shortest / 4, 1_000_000, PAUSE_NANOS));
  }

  /** Looks in a second. */
  void soon() {
    within(PAUSE_NANOS);
  }

  /** Looks at the latest in so many nanoseconds. */
  private void within(long nanos) {
    long at = worker.now() + nanos;
    if (dueNanos == 0 || at - dueNanos < 0 || connection.lingers()) {
      dueNanos = at;
      worker.arm(this, at);
    }
  }

  @Override
  protected void fire(long now) {
    dueNanos = 0;
    if (connection.lingers()) {
      connection.farewell().cut();
      return;
    }
    boolean warned = connection.farewell().warned(now - PAUSE_NANOS);
    if (connection.lingers()) {
      return; // there was nothing to wait for
    }
    Timeouts timeouts = timeouts();
    if (partial && now - partialSinceNanos >= partialLimit(timeouts)) {
      connection.farewell().fail(Http2Error.NO_ERROR);
      return;
    }
    if (streams.count() > 0) {
      streams.all().forEach(stream -> stream.check(now, timeouts));
      streams();
      connection.turn().settle();
      return;
    }
    long limit =
        connection.decoder().prefaceReceived()
            ? timeouts.idle().toNanos()
            : timeouts.requestHead().toNanos();
    if (now - idleSinceNanos >= limit) {
      connection.farewell().fail(Http2Error.NO_ERROR);
    } else {
      long left = limit - (now - idleSinceNanos);
      within(partial || warned ? Math.min(left, PAUSE_NANOS) : left);
    }
  }

  /** How long a frame may take: a head's, unless it may be one of a body. */
  private long partialLimit(Timeouts timeouts) {
    return streams.count() > 0
        ? timeouts.requestBody().toNanos()
        : timeouts.requestHead().toNanos();
  }

  private Timeouts timeouts() {
    return context.snapshot().config().timeouts();
  }
}
