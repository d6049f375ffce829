package io.meridian.health;

import io.netty.util.concurrent.Ticker;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One probe on its way: its times, and the one verdict. Event loop only. */
final class Probe extends Turns.Timer {
  /** A timer that fires this much late tells of this process, not of the endpoint. */
  private static final long OWN_STALL_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

  final ProbeTarget target;
  private final Prober prober;
  private final Ticker ticker;
  private final long timeoutNanos;
  private final long started;
  private long connecting;
  private long connected;
  private boolean isConnected;
  private boolean kept; // on a connection that others had used before
  private long asked;
  private long firstByteNanos;
  private boolean done;
  private @Nullable ProbeConnection connection;

  Probe(ProbeTarget target, Prober prober, Ticker ticker, long timeoutNanos) {
    this.target = target;
    this.prober = prober;
    this.ticker = ticker;
    this.timeoutNanos = timeoutNanos;
    this.started = ticker.nanoTime();
    this.connecting = started;
  }

  long now() {
    return ticker.nanoTime();
  }

  boolean isDone() {
    return done;
  }

  /** The connection is about to be opened. */
  void connects(ProbeConnection on) {
    connection = on;
    connecting = now();
  }

  void connected() {
    connected = now();
    isConnected = true;
  }

  /** It goes over a connection that has been open. */
  void over(ProbeConnection open) {
    kept = true;
    isConnected = true;
    connection = open;
    open.ask(this);
  }

  /** The request is about to leave. */
  void asks() {
    asked = now();
  }

  /**
   * The answer is one of those wanted.
   *
   * @param readNanos when its first byte came
   * @param fields what its fields say, by name
   */
  void answered(long readNanos, UnaryOperator<@Nullable String> fields) {
    firstByteNanos = readNanos - asked;
    prober.answered(target, fields);
  }

  void ok() {
    if (finish(true)) {
      if (kept) {
        target.result.keptOk(started, firstByteNanos);
      } else {
        target.result.ok(started, connected - connecting, firstByteNanos, now() - started);
      }
    }
  }

  void failed(boolean unreachable, String cause) {
    if (finish(false)) {
      target.result.failed(started, unreachable, cause);
    }
  }

  /**
   * The connection ended early.
   *
   * @param stale a kept one, before any byte of the answer: nobody knows whether the request was
   *     read, so another connection is to tell
   */
  void lost(boolean stale, boolean unreachable, String cause) {
    if (stale && kept && !done) {
      kept = false;
      connection = null;
      isConnected = false;
      prober.open(this, true);
    } else {
      failed(unreachable, cause);
    }
  }

  /** Its time is over. */
  @Override
  public void run() {
    if (!finish(false)) {
      return;
    }
    long took = now() - started;
    if (took - timeoutNanos > OWN_STALL_NANOS) {
      target.result.discarded();
    } else {
      String step = isConnected ? "answer" : "connect";
      target.result.failed(
          started, true, step + " overdue after " + Math.round(took / 1e6) + " ms");
    }
  }

  private boolean finish(boolean well) {
    if (done) {
      return false;
    }
    done = true;
    prober.ended(this);
    if (connection != null) {
      connection.leave(well);
    }
    return true;
  }
}
