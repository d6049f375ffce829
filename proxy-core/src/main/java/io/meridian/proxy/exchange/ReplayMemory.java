package io.meridian.proxy.exchange;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes of all request bodies that are held for a replay, on all loops together. Any thread. */
public final class ReplayMemory {
  private final AtomicLong used = new AtomicLong();
  private volatile long limit;

  public ReplayMemory(long limit) {
    this.limit = limit;
  }

  public void configure(long bytes) {
    limit = bytes;
  }

  public long used() {
    return used.get();
  }

  boolean reserve(int bytes) {
    if (used.addAndGet(bytes) > limit) {
      used.addAndGet(-bytes);
      return false;
    }
    return true;
  }

  void free(int bytes) {
    used.addAndGet(-bytes);
  }
}
