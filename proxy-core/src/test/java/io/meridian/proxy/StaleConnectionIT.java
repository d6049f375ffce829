package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(NoLeaks.class)
class StaleConnectionIT {
  @Test
  void a_pooled_connection_that_its_peer_gives_up_says_nothing_against_the_endpoint()
      throws Exception {
    CountDownLatch used = new CountDownLatch(1);
    AtomicInteger requests = new AtomicInteger();
    try (Origin origin =
            Origin.answering((wire, request) -> {
              if (requests.incrementAndGet() == 2) {
                wire.reset(); // as a server does that had closed it just before
              } else {
                wire.ok(request, "fresh");
                used.countDown();
              }
            });
        Proxy proxy = Proxy.on("nio").with("workers", "1").region("one", origin).start()) {
      assertEquals("fresh", proxy.get("/").body());
      used.await();
      idleFor(1_100);
      assertEquals("fresh", proxy.get("/").body());
      assertEquals(3, requests.get());
      assertEquals(0, proxy.metric("meridian_health_state_changes_total"));
    }
  }

  /** The rule is about time that passes on a real connection. */
  private static void idleFor(long millis) {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
    Await.until("time passes", () -> System.nanoTime() - end >= 0);
    LockSupport.parkNanos(1);
  }
}
