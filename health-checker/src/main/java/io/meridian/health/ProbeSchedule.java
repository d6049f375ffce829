package io.meridian.health;

import io.netty.util.concurrent.Ticker;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * When each endpoint is probed: first twice at once, then at its interval with 10 % of jitter, at
 * burst rate while in doubt. In bursts probes overlap, so that one that hangs does not delay the
 * next. Event loop only.
 */
final class ProbeSchedule {
  private static final long SPREAD_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final double JITTER = 0.1;
  private static final int MOST_IN_FLIGHT = 8;

  /** An endpoint that ended one unused is not asked to keep another for so long. */
  private static final long SHY_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final Turns turns;
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
      Turns turns,
      Ticker ticker,
      RandomGenerator random,
      Prober prober,
      HealthBoard board,
      Runnable afterResult) {
    this.turns = turns;
    this.ticker = ticker;
    this.random = random;
    this.prober = prober;
    this.board = board;
    this.afterResult = afterResult;
  }

  /** Probes these endpoints from now on and no others. */
  void follow(List<EndpointEntry> endpoints) {
    turns.coarse(board.pace().keeps());
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
      } else if (!board.pace().keeps()) {
        lines.get(e).target.drop();
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
  private final class Line extends Turns.Timer implements Prober.Result {
    private final EndpointEntry endpoint;
    private final ProbeTarget target;
    private long nextNanos;
    private long lastNanos;
    private long renewNanos; // when a new connection is due
    private long shyUntilNanos;
    private boolean shy;
    private int inFlight;
    private boolean stopped;

    Line(EndpointEntry endpoint) {
      this.endpoint = endpoint;
      this.target =
          new ProbeTarget(endpoint.key.region(), endpoint.endpoint, endpoint.key.check(), this);
    }

    void startIn(long nanos) {
      lastNanos = ticker.nanoTime();
      renewNanos = lastNanos + (long) (board.pace().renewNanos() * random.nextDouble());
      arm(nanos);
    }

    void stop() {
      stopped = true;
      target.end();
      turns.cancel(this);
    }

    void hurry(long now) {
      long due = lastNanos + board.pace().intervalNanos(endpoint, now);
      if (board.pace().bursts(endpoint, now) && nextNanos - due > 0) {
        arm(Math.max(0, due - now));
      }
    }

    private void arm(long nanos) {
      nextNanos = ticker.nanoTime() + nanos;
      turns.arm(this, nanos);
    }

    /** The next probe is due. */
    @Override
    public void run() {
      long now = ticker.nanoTime();
      lastNanos = now;
      ProbePace pace = board.pace();
      double jitter = 1 + JITTER * (2 * random.nextDouble() - 1);
      arm((long) (pace.intervalNanos(endpoint, now) * jitter));
      if (inFlight < MOST_IN_FLIGHT) {
        inFlight++;
        prober.probe(target, way(pace, now), pace.timeoutNanos(endpoint));
      }
    }

    private Prober.Way way(ProbePace pace, long now) {
      shy &= shyUntilNanos - now > 0;
      if (!pace.keeps() || shy) {
        return Prober.Way.OWN;
      }
      if (!pace.wantsNew(endpoint, now) && renewNanos - now > 0) {
        return Prober.Way.KEPT;
      }
      renewNanos = now + pace.renewNanos();
      return Prober.Way.RENEWED;
    }

    @Override
    public void ok(long started, long connectNanos, long firstByteNanos, long wholeNanos) {
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
    public void keptOk(long started, long firstByteNanos) {
      long now = ended();
      if (!stopped) {
        if (board.keptOk(endpoint, started, firstByteNanos / 1e6, now)) {
          renewNanos = now;
          arm(0);
        }
        afterResult.run();
      }
    }

    @Override
    public void failed(long started, boolean unreachable, String cause) {
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

    /** A process that ends is seen by this at once; one that only keeps nothing is let be. */
    @Override
    public void dropped(boolean reused) {
      if (stopped) {
        return;
      }
      if (reused) {
        arm((long) (SPREAD_NANOS * random.nextDouble()));
      } else {
        shy = true;
        shyUntilNanos = ticker.nanoTime() + SHY_NANOS;
        endpoint.keeps = false;
      }
    }

    private long ended() {
      inFlight--;
      return ticker.nanoTime();
    }
  }
}
