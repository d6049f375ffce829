package io.meridian.proxy.cache;

import java.util.ArrayList;
import java.util.List;

/** One fetch that other requests for the same wait for. Any thread. */
final class Flight {
  /** Requests that wait for one fetch at most. */
  private static final int MAX_WAITERS = 4096;

  /** Who waits. */
  interface Waiter {
    /**
     * The fetch is over; on its thread.
     *
     * @param lost whether it ended without telling what the answer would be
     */
    void landed(boolean lost);
  }

  private final String key;
  private final List<Waiter> waiters = new ArrayList<>(); // guarded by this
  private boolean landed;

  Flight(String key) {
    this.key = key;
  }

  String key() {
    return key;
  }

  synchronized boolean join(Waiter waiter) {
    return !landed && waiters.size() < MAX_WAITERS && waiters.add(waiter);
  }

  void land(boolean lost) {
    List<Waiter> all;
    synchronized (this) {
      if (landed) {
        return;
      }
      landed = true;
      all = List.copyOf(waiters);
      waiters.clear();
    }
    all.forEach(waiter -> waiter.landed(lost));
  }
}
