package io.meridian.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.Region;
import io.meridian.health.Prober.Way;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.Ticker;
import java.net.URI;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KeptProbeTest {
  private static final String NO = "HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\nno";
  private static final String LAST =
      "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
  private static final String CHUNKED =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n";

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final EventLoop loop = group.next();
  private final LinkedBlockingQueue<String> told = new LinkedBlockingQueue<>();
  private final Prober prober = prober();

  private Prober prober() {
    return new Prober(
        loop,
        Ticker.systemTicker(),
        new Turns(loop, Ticker.systemTicker()),
        new ProbeTls(),
        ProbePath.PLAIN,
        NioSocketChannel.class,
        NioDatagramChannel.class);
  }

  @AfterEach
  void close() {
    loop.submit(prober::close).syncUninterruptibly();
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
  }

  @Test
  void the_next_probes_go_over_the_connection_that_was_kept() throws InterruptedException {
    try (Origin origin =
        new Origin(new Origin.Behaviour.Keep(List.of(Origin.OK, CHUNKED, Origin.OK)))) {
      ProbeTarget target = target(origin);
      assertEquals("ok", probe(target, Way.RENEWED));
      assertEquals("kept ok", probe(target, Way.KEPT));
      assertEquals("kept ok", probe(target, Way.KEPT));
      assertEquals(1, origin.connections());
      assertTrue(origin.requests.stream().noneMatch(r -> r.contains("connection:")));
      loop.submit(target::end).syncUninterruptibly();
    }
  }

  @Test
  void a_probe_of_its_own_keeps_nothing() throws InterruptedException {
    try (Origin origin = new Origin(new Origin.Behaviour.Keep(List.of(Origin.OK, Origin.OK)))) {
      ProbeTarget target = target(origin);
      assertEquals("ok", probe(target, Way.OWN));
      assertEquals("ok", probe(target, Way.OWN));
      assertEquals(2, origin.connections());
      assertTrue(origin.requests.stream().allMatch(r -> r.contains("connection: close\r\n")));
    }
  }

  @Test
  void another_connection_takes_the_place_of_the_kept_one() throws InterruptedException {
    try (Origin origin = new Origin(new Origin.Behaviour.Keep(List.of(Origin.OK, Origin.OK)))) {
      ProbeTarget target = target(origin);
      assertEquals("ok", probe(target, Way.RENEWED));
      assertEquals("ok", probe(target, Way.RENEWED));
      assertEquals("kept ok", probe(target, Way.KEPT));
      assertEquals(2, origin.connections());
      loop.submit(target::end).syncUninterruptibly();
    }
  }

  @Test
  void where_the_kept_connection_ends_without_an_answer_a_new_one_tells()
      throws InterruptedException {
    try (Origin origin = new Origin(new Origin.Behaviour.Keep(List.of(Origin.OK)))) {
      ProbeTarget target = target(origin);
      assertEquals("ok", probe(target, Way.RENEWED));
      assertEquals("ok", probe(target, Way.KEPT));
      assertEquals(2, origin.connections());
      loop.submit(target::end).syncUninterruptibly();
    }
  }

  @Test
  void a_no_over_a_kept_connection_is_a_failure_and_ends_it() throws InterruptedException {
    try (Origin origin = new Origin(new Origin.Behaviour.Keep(List.of(Origin.OK, NO, Origin.OK)))) {
      ProbeTarget target = target(origin);
      assertEquals("ok", probe(target, Way.RENEWED));
      assertEquals("status 503", probe(target, Way.KEPT));
      assertEquals("ok", probe(target, Way.KEPT));
      assertEquals(2, origin.connections());
      loop.submit(target::end).syncUninterruptibly();
    }
  }

  @Test
  void what_the_endpoint_is_to_close_is_not_kept() throws InterruptedException {
    try (Origin origin = new Origin(new Origin.Behaviour.Keep(List.of(LAST, Origin.OK)))) {
      ProbeTarget target = target(origin);
      assertEquals("ok", probe(target, Way.KEPT));
      assertEquals("ok", probe(target, Way.KEPT));
      assertEquals(2, origin.connections());
    }
  }

  @Test
  void an_endpoint_that_ends_a_kept_connection_is_heard_at_once() throws InterruptedException {
    try (Origin origin = new Origin(new Origin.Behaviour.Keep(List.of(Origin.OK, Origin.OK)))) {
      ProbeTarget target = target(origin);
      assertEquals("ok", probe(target, Way.RENEWED));
      assertEquals("kept ok", probe(target, Way.KEPT));
      origin.die();
      assertEquals("dropped, reused", told.poll(20, TimeUnit.SECONDS));
    }
  }

  @Test
  void one_that_is_ended_before_its_second_probe_is_told_apart() throws InterruptedException {
    try (Origin origin = new Origin(new Origin.Behaviour.Answer(Origin.OK))) {
      assertEquals("ok", probe(target(origin), Way.RENEWED));
      assertEquals("dropped", told.poll(20, TimeUnit.SECONDS));
    }
  }

  private ProbeTarget target(Origin origin) {
    return new ProbeTarget(
        "one", new Region.Endpoint(URI.create(origin.url()), 1), Configs.HEALTHZ, new Told());
  }

  private String probe(ProbeTarget target, Way way) throws InterruptedException {
    loop.execute(() -> prober.probe(target, way, TimeUnit.SECONDS.toNanos(20)));
    return String.valueOf(told.poll(30, TimeUnit.SECONDS));
  }

  /** Writes down what becomes of probes, once their connection has been seen to. */
  private final class Told implements Prober.Result {
    @Override
    public void ok(long started, long connectNanos, long firstByteNanos, long wholeNanos) {
      told.add(connectNanos > 0 && firstByteNanos > 0 ? "ok" : "bad times");
    }

    @Override
    public void keptOk(long started, long firstByteNanos) {
      told.add(firstByteNanos > 0 ? "kept ok" : "bad times");
    }

    @Override
    public void failed(long started, boolean unreachable, String cause) {
      told.add(cause);
    }

    @Override
    public void discarded() {
      told.add("discarded");
    }

    @Override
    public void dropped(boolean reused) {
      told.add(reused ? "dropped, reused" : "dropped");
    }
  }
}
