package io.meridian.proxy.loop;

import io.netty.util.internal.PlatformDependent;
import java.util.function.LongSupplier;

/**
 * How full the memory for socket buffers is. It has a cap (-XX:MaxDirectMemorySize), and a buffer
 * that does not fit fails whoever asked for it: so slow receivers are given less in time. Any
 * thread.
 */
public final class DirectMemory {
  private final LongSupplier used;
  private final long limit;
  private volatile long full;

  /** That of this process. */
  public DirectMemory(int percent) {
    this(PlatformDependent::usedDirectMemory, PlatformDependent.maxDirectMemory(), percent);
  }

  /**
   * @param used bytes taken now; less than 0: nobody knows
   * @param limit the cap, in bytes
   * @param percent of the cap beyond which it counts as full
   */
  public DirectMemory(LongSupplier used, long limit, int percent) {
    this.used = used;
    this.limit = limit;
    configure(percent);
  }

  public final void configure(int percent) {
    full = limit / 100 * percent;
  }

  /** Bytes. */
  public long used() {
    return Math.max(0, used.getAsLong());
  }

  /** The cap, in bytes. */
  public long limit() {
    return limit;
  }

  /** Whether nothing more should be taken on. */
  public boolean full() {
    return used() > full;
  }

  /** Whether slow receivers should get small buffers. */
  public boolean tight() {
    return used() > full / 3 * 2;
  }
}
