package io.meridian.proxy.demo;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Clients all over the world, twenty requests a second. */
final class Traffic implements AutoCloseable {
  static final int PER_SECOND = 20;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final SplittableRandom random = new SplittableRandom(1); // event loop only
  private final String base;
  private final BooleanSupplier ready;
  private final Future<?> timer;

  /**
   * @param ready whether requests may begin
   */
  Traffic(int port, EventLoop loop, BooleanSupplier ready) {
    this.ready = ready;
    base = "http://127.0.0.1:" + port;
    long every = TimeUnit.SECONDS.toMicros(1) / PER_SECOND;
    timer = loop.scheduleAtFixedRate(this::send, every, every, TimeUnit.MICROSECONDS);
  }

  /** Whoever wants to know what became of it asks the proxy's own meters. */
  private void send() {
    if (!ready.getAsBoolean()) {
      return;
    }
    DemoClient from = DemoClient.ALL.get(random.nextInt(DemoClient.ALL.size()));
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(base + path(from)))
            .header("X-Forwarded-For", from.address())
            .timeout(PATIENCE)
            .build();
    var _ = client.sendAsync(request, BodyHandlers.discarding());
  }

  /** Half of the requests are for data near the client, where some lives nearer than Europe. */
  private String path(DemoClient from) {
    return random.nextBoolean()
        ? "/"
        : switch (from.country()) {
          case "US", "BR" -> "/americas/orders";
          case "JP", "AU", "IN" -> "/asia/orders";
          default -> "/";
        };
  }

  /** Sends no more, and leaves what is under way alone. */
  void stop() {
    timer.cancel(false);
  }

  @Override
  public void close() {
    stop();
    client.shutdownNow();
    client.close();
  }
}
