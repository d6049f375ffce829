package io.meridian.proxy.exchange;

import io.meridian.config.ClientLimits;
import io.meridian.config.Timeouts;
import io.meridian.proxy.loop.DirectMemory;
import io.meridian.proxy.telemetry.Rejection;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop that have more to take than their clients took: looked at ten
 * times a second. Those that are too slow are cut; when memory is tight they get no more before
 * they have taken all, and when it is full the one that holds most is cut. That loop's thread only.
 */
public final class Backlog {
  /** So many are cut at a time when memory is full. */
  private static final int CUTS = 16;

  private final DirectMemory memory;
  private @Nullable Member first;
  private int size;

  Backlog(DirectMemory memory) {
    this.memory = memory;
  }

  /** A connection's bytes on their way to its client. */
  public abstract static class Member {
    private final RateWatch watch = new RateWatch();
    private @Nullable Member previous;
    private @Nullable Member next;
    private boolean joined;

    /** Bytes that wait for the client. */
    protected abstract long pending();

    /** Bytes that the client has taken so far. */
    protected abstract long taken();

    /** More may be sent, as far as the connection takes it. */
    protected abstract void resume();

    /** The client is too slow: its connection is to end. */
    protected abstract void cut(Rejection why);
  }

  /** Bytes are left over: looks after them from here on. */
  public void join(Member member, long nowNanos) {
    if (member.joined) {
      return;
    }
    member.joined = true;
    member.watch.start(nowNanos, member.taken());
    Member head = first;
    member.previous = null;
    member.next = head;
    if (head != null) {
      head.previous = member;
    }
    first = member;
    size++;
  }

  /** The connection is gone, or all of it was taken. */
  public void leave(Member member) {
    if (!member.joined) {
      return;
    }
    member.joined = false;
    Member before = member.previous;
    Member after = member.next;
    if (before == null) {
      first = after;
    } else {
      before.next = after;
    }
    if (after != null) {
      after.previous = before;
    }
    member.previous = null;
    member.next = null;
    size--;
  }

  /** Whether a client that has not taken all may be sent more. */
  public boolean roomy() {
    return !memory.tight();
  }

  /** Connections that wait for their clients. */
  public int size() {
    return size;
  }

  void tick(long nowNanos, ClientLimits limits, Timeouts timeouts) {
    long window = timeouts.responseBody().toNanos();
    Member member = first;
    while (member != null) {
      Member following = member.next;
      if (member.pending() == 0) {
        leave(member);
        member.resume();
      } else if (member.watch.tooSlow(nowNanos, member.taken(), limits.responseRate(), window)) {
        leave(member);
        member.cut(Rejection.RESPONSE_RATE);
      } else if (roomy()) {
        member.resume();
      }
      member = following;
    }
    for (int i = 0; i < CUTS && first != null && memory.full(); i++) {
      cutLargest();
    }
  }

  private void cutLargest() {
    Member largest = null;
    long most = 0;
    for (Member member = first; member != null; member = member.next) {
      long pending = member.pending();
      if (pending > most) {
        most = pending;
        largest = member;
      }
    }
    if (largest != null) {
      leave(largest);
      largest.cut(Rejection.OVERLOAD_MEMORY);
    }
  }
}
