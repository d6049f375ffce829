package io.meridian.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.meridian.config.Health;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.Ticker;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HealthMonitorTest {
  private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final LinkedBlockingQueue<HealthView> views = new LinkedBlockingQueue<>();
  private final List<HealthEvent> events = new CopyOnWriteArrayList<>();
  private final HealthMonitor monitor =
      new HealthMonitor(loop, Ticker.systemTicker(), views::add, events::add);

  @AfterEach
  void close() {
    monitor.close();
    loop.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
  }

  @Test
  void all_endpoints_are_probed_at_once_and_measured() throws InterruptedException {
    try (Origin a = Origin.well();
        Origin b = Origin.well()) {
      monitor.configure(config(Configs.HEALTHZ, a.url(), b.url()));
      HealthView view = await(v -> v.firstRoundDone() && sampled(v, 2));
      assertTrue(view.regions().get(0).estimateMillis() < 90, "moved from the prior of 100 ms");
      assertTrue(a.requests.getFirst().contains("user-agent: meridian-health/1"), "names itself");
      assertTrue(a.requests.getFirst().startsWith("GET /healthz HTTP/1.1\r\n"), "asks the path");
    }
  }

  @Test
  void another_process_starts_with_the_state_that_this_one_left(@TempDir Path directory)
      throws InterruptedException {
    Health keeping = Configs.keeping(Configs.health(Configs.HEALTHZ), directory.resolve("h.json"));
    List<HealthView> later = new CopyOnWriteArrayList<>();
    try (Origin a = Origin.well();
        Origin b = Origin.well()) {
      MeridianConfig config =
          Configs.config(
              null,
              keeping,
              List.of(Configs.region("a", null, a.url()), Configs.region("b", null, b.url())));
      a.behave(new Origin.Behaviour.Answer("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"));
      monitor.configure(config);
      await(v -> state(v, 0) == HealthState.EJECTED);
      monitor.close();
      try (HealthMonitor next =
          new HealthMonitor(loop, Ticker.systemTicker(), later::add, _ -> {})) {
        next.configure(config);
        loop.next().submit(() -> {}).syncUninterruptibly();
        assertEquals(HealthState.EJECTED, state(later.getFirst(), 0), "in its very first view");
        assertEquals(HealthState.HEALTHY, state(later.getFirst(), 1));
      }
    }
  }

  @Test
  void an_endpoint_that_refuses_is_ejected_and_returns_when_it_answers()
      throws InterruptedException {
    try (Origin a = Origin.well();
        Origin b = Origin.well()) {
      a.behave(new Origin.Behaviour.Answer("HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n"));
      monitor.configure(config(Configs.HEALTHZ, a.url(), b.url()));
      HealthView out = await(v -> state(v, 0) == HealthState.EJECTED);
      assertEquals(HealthState.HEALTHY, state(out, 1));
      assertTrue(out.regions().getFirst().cause().contains("status 503"), "says why");
      a.behave(new Origin.Behaviour.Answer(Origin.OK));
      await(v -> state(v, 0) == HealthState.PROBATION);
      await(v -> state(v, 0) == HealthState.HEALTHY);
    }
  }

  @Test
  void failures_of_traffic_from_any_thread_eject_at_once() throws InterruptedException {
    try (Origin a = Origin.well();
        Origin b = Origin.well()) {
      monitor.configure(config(Configs.HEALTHZ, a.url(), b.url()));
      await(HealthView::firstRoundDone);
      for (int i = 0; i < 3; i++) {
        monitor.failure("r0", a.name(), Outcome.RESET);
      }
      await(v -> state(v, 0) == HealthState.EJECTED);
    }
  }

  @Test
  void endpoints_that_stay_keep_their_state_over_a_new_configuration() throws InterruptedException {
    try (Origin a = Origin.well();
        Origin b = Origin.well();
        Origin c = Origin.well()) {
      a.behave(new Origin.Behaviour.Reset());
      monitor.configure(config(Configs.HEALTHZ, a.url(), b.url()));
      await(v -> state(v, 0) == HealthState.EJECTED && v.regions().get(1).samples() > 0);
      monitor.configure(config(Configs.HEALTHZ, a.url(), b.url(), c.url()));
      HealthView view = await(v -> v.regions().size() == 3);
      assertEquals(HealthState.EJECTED, state(view, 0));
      assertTrue(view.regions().get(1).samples() > 0, "keeps its samples");
    }
  }

  private static MeridianConfig config(Health.Check check, String... urls) {
    List<Region> regions = new ArrayList<>();
    for (String url : urls) {
      regions.add(Configs.region("r" + regions.size(), null, url));
    }
    return Configs.config(null, Configs.health(check), regions);
  }

  private static boolean sampled(HealthView view, int regions) {
    return view.regions().size() == regions
        && view.regions().stream().allMatch(r -> r.samples() > 0);
  }

  private static HealthState state(HealthView view, int region) {
    return view.regions().isEmpty() ? HealthState.HEALTHY : view.regions().get(region).state();
  }

  private HealthView await(Predicate<HealthView> wanted) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    HealthView view = monitor.view();
    while (System.nanoTime() - deadline < 0) {
      HealthView next = views.poll(100, TimeUnit.MILLISECONDS);
      if (next != null) {
        view = next;
        if (wanted.test(view)) {
          return view;
        }
      }
    }
    return fail("never came; last: " + view + " after " + events);
  }
}
