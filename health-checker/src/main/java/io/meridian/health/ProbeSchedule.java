package io.meridian.health;

import io.meridian.config.Health;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Ticker;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * When each endpoint is probed: first twice at once, then at its interval with 10 % of jitter, at
 * burst rate while in doubt. In bursts probes overlap, so that one that hangs does not delay the
 * next. Event loop only.
 */
final class ProbeSchedule {
  private static final long SPREAD_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final double JITTER = 0.1;
  private static final int MOST_IN_FLIGHT = 8;

  private final EventLoop loop;
  private final Ticker ticker;
  private final RandomGenerator random;
  private final Prober prober;
  private final HealthBoard board;
  private final Runnable afterResult;
  private final Map<EndpointEntry, Line> lines = new HashMap<>();

  /**
   * @param afterResult called when a probe's result has been told to the board
   */
  ProbeSchedule(
      EventLoop loop,
      Ticker ticker,
      RandomGenerator random,
      Prober prober,
      HealthBoard board,
      Runnable afterResult) {
    this.loop = loop;
    this.ticker = ticker;
    this.random = random;
    this.prober = prober;
    this.board = board;
    this.afterResult = afterResult;
  }

  /** Probes these endpoints from now on and no others. */
  void follow(List<EndpointEntry> endpoints) {
    Set<EndpointEntry> kept = new HashSet<>(endpoints);
    lines
        .entrySet()
        .removeIf(l -> {
          boolean gone = !kept.contains(l.getKey());
          if (gone) {
            l.getValue().stop();
          }
          return gone;
        });
    for (int i = 0; i < endpoints.size(); i++) {
      EndpointEntry e = endpoints.get(i);
      if (!lines.containsKey(e)) {
        Line line = new Line(e);
        lines.put(e, line);
        line.startIn(endpoints.size() < 20 ? 0 : SPREAD_NANOS * i / endpoints.size());
      }
    }
  }

  /** Brings the next probe of these forward as far as their new rate asks. */
  void hurry(List<EndpointEntry> endpoints) {
    long now = ticker.nanoTime();
    for (EndpointEntry e : endpoints) {
      Line line = lines.get(e);
      if (line != null) {
        line.hurry(now);
      }
    }
  }

  /** The probes of one endpoint. */
  private final class Line {
    private final EndpointEntry endpoint;
    private @Nullable Future<?> next;
    private long nextNanos;
    private long lastNanos;
    private int inFlight;
    private boolean stopped;

    Line(EndpointEntry endpoint) {
      this.endpoint = endpoint;
    }

    void startIn(long nanos) {
      lastNanos = ticker.nanoTime();
      arm(nanos);
    }

    void stop() {
      stopped = true;
      if (next != null) {
        next.cancel(false);
      }
    }

    void hurry(long now) {
      long due = lastNanos + board.probeIntervalNanos(endpoint, now);
      if (board.bursts(endpoint, now) && nextNanos - due > 0) {
        arm(Math.max(0, due - now));
      }
    }

    private void arm(long nanos) {
      if (next != null) {
        next.cancel(false);
      }
      nextNanos = ticker.nanoTime() + nanos;
      next = loop.schedule(this::run, nanos, TimeUnit.NANOSECONDS);
    }

    private void run() {
      long now = ticker.nanoTime();
      lastNanos = now;
      double jitter = 1 + JITTER * (2 * random.nextDouble() - 1);
      arm((long) (board.probeIntervalNanos(endpoint, now) * jitter));
      if (inFlight < MOST_IN_FLIGHT) {
        inFlight++;
        Health.Check check = endpoint.key.check();
        prober.probe(
            endpoint.key.region(),
            endpoint.endpoint,
            check,
            board.probeTimeoutNanos(endpoint),
            told(now));
      }
    }

    private Prober.Result told(long started) {
      return new Prober.Result() {
        @Override
        public void ok(long connectNanos, long firstByteNanos, long wholeNanos) {
          long now = ended();
          if (!stopped) {
            long roundTrip =
                switch (board.measure()) {
                  case CONNECT -> connectNanos;
                  case FIRST_BYTE -> firstByteNanos;
                };
            board.probeOk(endpoint, started, roundTrip / 1e6, wholeNanos / 1e6, now);
            if (endpoint.takeRepeat()) {
              arm(0);
            }
            afterResult.run();
          }
        }

        @Override
        public void failed(boolean unreachable, String cause) {
          long now = ended();
          if (!stopped) {
            board.probeFailed(endpoint, started, unreachable, cause, now);
            afterResult.run();
          }
        }

        @Override
        public void discarded() {
          ended();
        }
      };
    }

    private long ended() {
      inFlight--;
      return ticker.nanoTime();
    }
  }
}
