package io.meridian.proxy.loop;

import org.jspecify.annotations.Nullable;

/**
 * Timers of one event loop: intrusive, so that arming one allocates nothing, and lazy, so that
 * moving a deadline later costs one field write. A timer fires at its deadline or up to one tick
 * after it.
 *
 * <p>Not thread-safe. Nobody waits inside: {@link #advance} is called with the time, and {@link
 * #nextTickNanos} says when it should be called again.
 *
 * @see "G. Varghese, T. Lauck: Hashed and Hierarchical Timing Wheels, 1987 (scheme 6)"
 */
@SuppressWarnings("ReferenceEquality") // a list is where it begins
public final class TimerWheel {
  static final int SLOTS = 1024;

  /** Length of a tick. */
  public static final long TICK_NANOS = 4_000_000;

  /** Something that is to happen later. */
  public abstract static class Timer {
    private @Nullable Timer previous;
    private @Nullable Timer next;
    private boolean armed;
    private boolean queued;
    private long queuedTick;
    private long deadlineNanos;

    /** The deadline has passed. The timer is disarmed; it may be armed again from here. */
    protected abstract void fire(long nowNanos);

    public final boolean armed() {
      return armed;
    }

    public final long deadlineNanos() {
      return deadlineNanos;
    }
  }

  private static final class Head extends Timer {
    @Override
    protected void fire(long nowNanos) {
      throw new IllegalStateException("a list head has no deadline");
    }
  }

  private final Timer[] slots = new Timer[SLOTS];
  private final long[] occupied = new long[SLOTS / 64];
  private final long originNanos;
  private long currentTick;
  private int size;

  public TimerWheel(long nowNanos) {
    originNanos = nowNanos;
    for (int i = 0; i < SLOTS; i++) {
      Timer head = new Head();
      head.previous = head;
      head.next = head;
      slots[i] = head;
    }
  }

  /** Arms the timer, or moves its deadline. */
  public void arm(Timer timer, long deadlineNanos) {
    timer.armed = true;
    timer.deadlineNanos = deadlineNanos;
    long tick = Math.max(tickAfter(deadlineNanos), currentTick + 1);
    if (timer.queued) {
      if (timer.queuedTick <= tick) {
        return; // looked at before its time, and moved then
      }
      unlink(timer);
    }
    link(timer, Math.min(tick, currentTick + SLOTS - 1));
  }

  /** Disarms it; its place in the wheel is cleaned when the wheel comes by. */
  public void disarm(Timer timer) {
    timer.armed = false;
  }

  /** Disarms it and leaves no reference to it. */
  public void remove(Timer timer) {
    timer.armed = false;
    if (timer.queued) {
      unlink(timer);
    }
  }

  /** Fires what is due. */
  public void advance(long nowNanos) {
    long target = (nowNanos - originNanos) / TICK_NANOS;
    while (currentTick < target) {
      if (size == 0) {
        currentTick = target;
        return;
      }
      currentTick++;
      int slot = (int) (currentTick & (SLOTS - 1));
      if ((occupied[slot >> 6] >>> slot & 1) != 0) {
        expire(slots[slot], nowNanos);
      }
    }
  }

  /** When {@link #advance} is next needed; {@link Long#MAX_VALUE} if nothing waits. */
  public long nextTickNanos() {
    if (size == 0) {
      return Long.MAX_VALUE;
    }
    int first = (int) ((currentTick + 1) & (SLOTS - 1));
    for (int ahead = 0; ahead <= SLOTS; ) {
      int slot = (first + ahead) & (SLOTS - 1);
      long word = occupied[slot >> 6] >>> slot;
      if (word != 0) {
        long tick = currentTick + 1 + ahead + Long.numberOfTrailingZeros(word);
        return originNanos + tick * TICK_NANOS;
      }
      ahead += 64 - (slot & 63);
    }
    throw new IllegalStateException("size: " + size + " (expected: an occupied slot)");
  }

  private void expire(Timer head, long nowNanos) {
    Timer timer = head.next;
    while (timer != null && timer != head) {
      Timer following = timer.next;
      unlink(timer);
      if (timer.armed) {
        if (timer.deadlineNanos - nowNanos <= 0) {
          timer.armed = false;
          timer.fire(nowNanos);
          // what fire() unlinked or moved may be the one that followed: start over
          following = head.next;
        } else {
          long tick = Math.max(tickAfter(timer.deadlineNanos), currentTick + 1);
          link(timer, Math.min(tick, currentTick + SLOTS - 1));
        }
      }
      timer = following;
    }
  }

  private long tickAfter(long nanos) {
    return (nanos - originNanos + TICK_NANOS - 1) / TICK_NANOS;
  }

  private void link(Timer timer, long tick) {
    int slot = (int) (tick & (SLOTS - 1));
    Timer head = slots[slot];
    timer.queued = true;
    timer.queuedTick = tick;
    timer.previous = head;
    timer.next = head.next;
    if (head.next != null) {
      head.next.previous = timer;
    }
    head.next = timer;
    occupied[slot >> 6] |= 1L << slot;
    size++;
  }

  private void unlink(Timer timer) {
    Timer before = timer.previous;
    Timer after = timer.next;
    if (before == null || after == null) {
      throw new IllegalStateException("not linked");
    }
    before.next = after;
    after.previous = before;
    timer.previous = null;
    timer.next = null;
    timer.queued = false;
    size--;
    int slot = (int) (timer.queuedTick & (SLOTS - 1));
    if (slots[slot].next == slots[slot]) {
      occupied[slot >> 6] &= ~(1L << slot);
    }
  }
}
