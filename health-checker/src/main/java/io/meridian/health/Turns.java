package io.meridian.health;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Ticker;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Timers of probes: each to the point, or, where there are many, all that are due within a few
 * milliseconds in one turn of the loop. One wake-up then sends ten probes, and most of their
 * answers are there at the next. Event loop only.
 *
 * @see "G. Varghese, T. Lauck, Hashed and Hierarchical Timing Wheels, scheme 6"
 */
final class Turns {
  private static final long TURN_NANOS = TimeUnit.MILLISECONDS.toNanos(10);
  private static final int SLOTS = 256;

  /** Times below this are never rounded: a tenth is more than jitter. */
  private static final long EXACT_NANOS = 10 * TURN_NANOS;

  /** Something that comes due; again and again if it is armed again. */
  abstract static class Timer implements Runnable {
    private @Nullable Future<?> exact;
    private long due; // in turns
    private int slot = -1; // where it waits; copies of it elsewhere are void
  }

  private final EventLoop loop;
  private final Ticker ticker;
  private final List<List<Timer>> slots = new ArrayList<>(SLOTS);
  private List<Timer> spare = new ArrayList<>();
  private @Nullable Future<?> clock;
  private boolean coarse;
  private long turn; // the last one that was run

  Turns(EventLoop loop, Ticker ticker) {
    this.loop = loop;
    this.ticker = ticker;
    for (int i = 0; i < SLOTS; i++) {
      slots.add(new ArrayList<>());
    }
  }

  /** Whether timers wait for each other; those that are armed stay as they are. */
  void coarse(boolean wanted) {
    coarse = wanted;
    if (wanted && clock == null) {
      turn = turnOf(ticker.nanoTime());
      clock = loop.scheduleAtFixedRate(this::run, TURN_NANOS, TURN_NANOS, TimeUnit.NANOSECONDS);
    }
  }

  /** Runs a timer once after this time, in place of what it was armed for. */
  void arm(Timer timer, long nanos) {
    cancel(timer);
    if (!coarse || nanos < EXACT_NANOS) {
      timer.exact = loop.schedule(timer, nanos, TimeUnit.NANOSECONDS);
    } else {
      timer.due = turnOf(ticker.nanoTime() + nanos) + 1;
      put(timer);
    }
  }

  void cancel(Timer timer) {
    timer.slot = -1;
    Future<?> exact = timer.exact;
    if (exact != null) {
      exact.cancel(false);
      timer.exact = null;
    }
  }

  /** Ends all; nothing is armed after this. */
  void close() {
    if (clock != null) {
      clock.cancel(false);
    }
    slots.forEach(List::clear);
  }

  private static long turnOf(long nanos) {
    return Math.floorDiv(nanos, TURN_NANOS);
  }

  private void put(Timer timer) {
    timer.slot = (int) Math.floorMod(timer.due, (long) SLOTS);
    slots.get(timer.slot).add(timer);
  }

  private void run() {
    long now = turnOf(ticker.nanoTime());
    for (long late = Math.min(now - turn, SLOTS); late > 0; late--) {
      run((int) Math.floorMod(now - late + 1, (long) SLOTS), now);
    }
    turn = now;
    boolean idle = !coarse && slots.stream().allMatch(List::isEmpty);
    if (idle && clock != null) {
      clock.cancel(false);
      clock = null;
    }
  }

  private void run(int slot, long now) {
    List<Timer> due = slots.get(slot);
    if (due.isEmpty()) {
      return;
    }
    slots.set(slot, spare);
    for (Timer timer : due) {
      if (timer.slot == slot) {
        timer.slot = -1;
        if (timer.due - now <= 0) {
          timer.run();
        } else {
          put(timer); // in a later round
        }
      }
    }
    due.clear();
    spare = due;
  }
}
