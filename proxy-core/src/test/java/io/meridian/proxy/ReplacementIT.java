package io.meridian.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** A proxy takes the place of another on the same address, while clients come and go. */
@ExtendWith(NoLeaks.class)
@ParameterizedClass
@MethodSource("io.meridian.proxy.Transports#available")
class ReplacementIT {
  private static final int CLIENTS = 8;

  @Parameter String transport = "";

  private final ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
  private final AtomicInteger served = new AtomicInteger();
  private volatile boolean over;

  /** Asks on and on, on connections of a few requests each. */
  private void ask(int port) {
    while (!over) {
      try (Wire client = Wire.connect(port)) {
        for (int i = 0; i < 3; i++) {
          Wire.Message answer = client.get("/").response();
          if (!answer.body().equals("ok")) {
            wrong.add(answer.start());
          }
          served.incrementAndGet();
          if (answer.has("Connection")) {
            break; // it is told to close
          }
        }
      } catch (IOException e) {
        wrong.add(e.toString());
      }
    }
  }

  @Test
  void nobody_notices_that_another_process_takes_over() throws Exception {
    assumeFalse(transport.equals("nio"), "nio has no SO_REUSEPORT: one socket can't be shared");
    try (Origin origin = Origin.saying("ok");
        Proxy former = proxy(origin, 0).start()) {
      int port = former.port();
      try (Proxy next = proxy(origin, port).start()) {
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
          clients.add(Thread.ofVirtual().start(() -> ask(port)));
        }
        Await.until("both serve", () -> requests(former) > 20 && requests(next) > 20);
        CompletableFuture<Boolean> drained =
            CompletableFuture.supplyAsync(() -> {
              try {
                return former.meridian().drain(20_000);
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
        assertTrue(drained.get(20, TimeUnit.SECONDS), "all of its requests were finished");
        double before = requests(next);
        int until = served.get() + 100;
        Await.until("the other serves alone", () -> served.get() > until);
        over = true;
        for (Thread client : clients) {
          client.join();
        }
        assertTrue(requests(next) > before);
        assertEquals(List.of(), List.copyOf(wrong));
      }
    }
  }

  private Proxy proxy(Origin origin, int port) {
    return Proxy.on(transport)
        .region("one", origin)
        .with("timeouts", "{ drain_quiet: 200ms }")
        .with("listeners", "[{ name: public, address: \"127.0.0.1:" + port + "\" }]");
  }

  private static double requests(Proxy proxy) {
    return proxy.metric("meridian_requests_total{");
  }
}
