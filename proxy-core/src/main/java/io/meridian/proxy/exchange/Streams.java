package io.meridian.proxy.exchange;

import io.meridian.config.Timeouts;
import io.meridian.proxy.loop.Worker;
import io.meridian.proxy.routing.RoutedEndpoint;
import io.meridian.proxy.routing.RoutedRegion;
import io.meridian.proxy.routing.RoutingSnapshot;
import io.meridian.proxy.telemetry.Counters;
import io.meridian.proxy.telemetry.StreamEnd;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * The tunnels and event streams of one event loop, looked at ten times a second. Those whose
 * endpoint is out of rotation end one by one over a time, so that they don't all come back at once;
 * if it returns before their turn, they stay. Ordinary requests are not here: they finish. That
 * loop's thread only.
 */
final class Streams {
  /** A stream that can't be ended in order, as nothing of it comes, is cut after this. */
  private static final long PATIENCE_NANOS = 2_000_000_000;

  private final Worker worker;
  private final Counters counters;
  private final BitSet inRotation = new BitSet();
  private @Nullable RoutingSnapshot seen;
  private @Nullable LongStream first;
  private int size;
  private boolean stopping;
  private long stopNanos;
  private long stopSpreadNanos;

  Streams(Worker worker, Counters counters) {
    this.worker = worker;
    this.counters = counters;
  }

  LongStream join(ProxyExchange exchange, int endpointId, boolean tunnel) {
    LongStream stream = new LongStream(exchange, endpointId, tunnel, worker.now(), worker.random());
    LongStream head = first;
    stream.next = head;
    if (head != null) {
      head.previous = stream;
    }
    first = stream;
    size++;
    return stream;
  }

  void leave(LongStream stream) {
    LongStream before = stream.previous;
    LongStream after = stream.next;
    if (before == null) {
      first = after;
    } else {
      before.next = after;
    }
    if (after != null) {
      after.previous = before;
    }
    size--;
  }

  int size() {
    return size;
  }

  /** The process stops: all end, spread over this time. */
  void stop(long nowNanos, long spreadNanos) {
    stopping = true;
    stopNanos = nowNanos;
    stopSpreadNanos = spreadNanos;
  }

  void tick(long nowNanos, RoutingSnapshot newest, Timeouts timeouts) {
    LongStream stream = first;
    if (stream != null && newest != seen) {
      seen = newest;
      rotation(newest);
    }
    while (stream != null) {
      LongStream following = stream.next;
      if (stream.ending()) {
        if (nowNanos - stream.endNanos >= PATIENCE_NANOS) {
          stream.exchange.cutStream();
        }
      } else {
        plan(stream, nowNanos, timeouts);
        StreamEnd why = stream.why;
        if (why != null && nowNanos - stream.endNanos >= 0) {
          counters.streamEnded(why);
          stream.endNanos = nowNanos;
          stream.exchange.endStream();
        }
      }
      stream = following;
    }
  }

  /** Which endpoints get requests now; none at all: nothing is gained by leaving one. */
  private void rotation(RoutingSnapshot snapshot) {
    inRotation.clear();
    for (RoutedRegion region : snapshot.regions()) {
      if (region.state().usable() && region.dial() > 0) {
        for (RoutedEndpoint endpoint : region.endpoints()) {
          if (endpoint.state().usable()) {
            inRotation.set(endpoint.id());
          }
        }
      }
    }
  }

  private void plan(LongStream stream, long nowNanos, Timeouts timeouts) {
    if (stopping) {
      if (stream.why != StreamEnd.STOP) {
        stream.why = StreamEnd.STOP;
        stream.endNanos = stopNanos + (long) (stream.turn * stopSpreadNanos);
      }
      return;
    }
    long most = timeouts.tunnelMax().toNanos();
    if (most > 0 && stream.tunnel) {
      // what began together does not end together
      long ends = stream.startNanos + most - (long) (stream.turn * (most >> 3));
      if (nowNanos - ends >= 0) {
        stream.why = StreamEnd.AGE;
        stream.endNanos = nowNanos;
        return;
      }
    }
    if (inRotation.isEmpty() || inRotation.get(stream.endpointId)) {
      stream.why = null;
    } else if (stream.why == null) {
      stream.why = StreamEnd.ROTATION;
      stream.endNanos = nowNanos + (long) (stream.turn * timeouts.streamDrain().toNanos());
    }
  }
}
