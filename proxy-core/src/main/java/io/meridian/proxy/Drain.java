package io.meridian.proxy;

import io.meridian.proxy.exchange.LoopContext;
import java.util.concurrent.TimeUnit;

/** The end in order: clients are told, then awaited. */
final class Drain {
  private final Parts parts;
  private final AdminDoor admin;
  private volatile boolean begun;

  Drain(Parts parts, AdminDoor admin) {
    this.parts = parts;
    this.admin = admin;
  }

  /** Whether the proxy drains or stops. */
  boolean begun() {
    return begun;
  }

  /** The proxy stops now. */
  void begin() {
    begun = true;
  }

  /**
   * Lets new clients in until none comes any more, for a third of the time at most; then accepts no
   * more and waits for the requests in progress. Where another process listens on the same
   * addresses, new clients go there at once, and the admin address is left to it.
   *
   * @return whether all of them ended within that time
   */
  boolean run(long timeoutMillis) throws InterruptedException {
    begun = true;
    parts.events.edge(EventLog.Kind.EDGE, "serving", "draining", "asked to stop");
    // Streams end within the first three quarters: what is left is for their farewells.
    long spreadNanos = TimeUnit.MILLISECONDS.toNanos(timeoutMillis) / 4 * 3;
    for (LoopContext context : parts.contexts) {
      context.worker().loop().submit(() -> context.drain(spreadNanos)).awaitUninterruptibly();
    }
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    if (parts.listeners.announce()) {
      admin.close();
    }
    awaitQuiet(TimeUnit.MILLISECONDS.toNanos(timeoutMillis) / 3);
    parts.listeners.drain();
    while (parts.listeners.connections() > 0 && System.nanoTime() - end < 0) {
      TimeUnit.MILLISECONDS.sleep(10);
    }
    return parts.listeners.connections() == 0;
  }

  /** Load balancers may send clients for a while after they could know better. */
  private void awaitQuiet(long mostNanos) throws InterruptedException {
    long quietNanos = parts.world.snapshot().config().timeouts().drainQuiet().toNanos();
    long start = System.nanoTime();
    long spent = 0;
    while (spent < mostNanos && Math.min(spent, parts.listeners.quietNanos()) < quietNanos) {
      TimeUnit.MILLISECONDS.sleep(10);
      spent = System.nanoTime() - start;
    }
  }
}
