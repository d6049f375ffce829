package io.meridian.proxy;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Waits for a condition, with a deadline that only a failure reaches. */
final class Await {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(20);

  private Await() {}

  /** What is waited for; what it throws fails the test. */
  interface Condition {
    boolean holds() throws Exception;
  }

  static void until(String what, Condition condition) {
    until(() -> what, condition);
  }

  static void until(Supplier<String> what, Condition condition) {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (!holds(what, condition)) {
      if (System.nanoTime() - end > 0) {
        throw new AssertionError("waited in vain: " + what.get());
      }
      LockSupport.parkNanos(2_000_000);
    }
  }

  private static boolean holds(Supplier<String> what, Condition condition) {
    try {
      return condition.holds();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError(what.get(), e);
    }
  }
}
