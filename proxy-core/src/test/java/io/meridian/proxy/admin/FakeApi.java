package io.meridian.proxy.admin;

import io.meridian.config.ConfigException;
import io.meridian.config.ConfigLoader;
import io.meridian.config.MeridianConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** Tells the same about a small world each time. */
final class FakeApi implements AdminApi {
  private static final String CONFIG =
      """
      version: 1
      admin: { address: "127.0.0.1:9901"TOKENS }
      listeners: [ { name: public, address: "127.0.0.1:8080" } ]
      regions:
        - { name: eu-west, endpoints: [ { url: "http://127.0.0.1:9001" } ] }
      routes:
        - name: staff
          match:
            headers:
              - { name: Authorization, value: s3cret }
              - { name: x-release, value: canary }
      """;

  volatile String tokens = "";
  volatile @Nullable ControlRequest asked;
  volatile @Nullable PurgeRequest purged;
  volatile @Nullable DrillRequest drill;
  volatile Runnable changed = () -> {};
  volatile String padding = "";
  volatile boolean ready = true;
  volatile boolean broken;
  volatile CountDownLatch scrapeMayEnd = new CountDownLatch(0);
  final CountDownLatch scrapeBegun = new CountDownLatch(1);

  @Nullable LogRequest logRequest;

  @Override
  public Object logLevels() {
    return List.of(java.util.Map.of("logger", "root", "level", "info"));
  }

  @Override
  public void logLevel(LogRequest request) {
    logRequest = request;
  }

  @Override
  public Readiness readiness() {
    return new Readiness(ready, ready ? "ready" : "first probes are running");
  }

  @Override
  public Overview overview() {
    return new Overview(
        "fra-1",
        "1.2.3",
        new Overview.Place(50.1, 8.7),
        readiness(),
        false,
        12,
        List.of(
            new Overview.RegionStatus(
                "eu-west", null, "healthy", "", 3, 24.50004, true, 1, 100, null, List.of())),
        "DB-IP");
  }

  @Override
  public Object explain(ExplainQuery query) {
    if (query.host().equals("unroutable")) {
      throw new IllegalArgumentException("host: unroutable (expected: one that a route matches)");
    }
    return query;
  }

  @Override
  public List<Event> events() {
    if (broken) {
      throw new IllegalStateException("broken on purpose");
    }
    return List.of(
        new Event(1, "health", "eu-west", "", "suspect", "ejected", "refused" + padding));
  }

  @Override
  public ControlStatus controls() {
    return new ControlStatus(List.of(), config().admin().controls());
  }

  @Override
  public ControlStatus.@Nullable Active control(ControlRequest request) throws ControlRefused {
    asked = request;
    if (request.region().equals("last")) {
      throw new ControlRefused("min_regions", "0 regions would be up and on");
    }
    return request.ttl() == null
        ? null
        : new ControlStatus.Active(
            request.region(), request.action().label(), 100, 0, 60, 1, request.by(), "x", "api");
  }

  @Override
  public CacheStatus cache() {
    return new CacheStatus(1, 2, 3, 4);
  }

  @Override
  public long purge(PurgeRequest request) {
    purged = request;
    return 7;
  }

  @Override
  public Live.Tick tick() {
    Live.Numbers numbers = new Live.Numbers(12, 1, 10.5, null);
    return new Live.Tick(
        2_000,
        2_000,
        numbers,
        List.of(new Live.RegionNumbers("eu-west", numbers, 24.5, 1, 100, 3)),
        Map.of("DE", 12L));
  }

  @Override
  public Live.History history() {
    List<@Nullable Double> values = new ArrayList<>();
    values.add(1.0);
    values.add(null);
    Live.Series series = new Live.Series(values, values, values, values, values);
    return new Live.History(2_000, 2_000, series, Map.of("eu-west", series));
  }

  @Override
  public void onChange(Runnable listener) {
    changed = listener;
  }

  @Override
  public DrillStatus drills() {
    DrillReport.Requests none = new DrillReport.Requests(0, 0, 0, null, null);
    DrillReport report =
        new DrillReport(
            "eu-west-20261121T200000Z",
            "eu-west",
            20,
            "ann",
            "practice",
            1,
            2L,
            300,
            0,
            DrillReport.COMPLETED,
            "its time is over",
            0.4,
            12.5,
            new DrillReport.Requests(100, 1, 0.01, 12.5, 20.5),
            none,
            null,
            null,
            List.of(new DrillReport.Receiver("us-east", 100, 1, 5, 10, 30)),
            new DrillReport.Guards(5, 5000, 20));
    return new DrillStatus(
        null, List.of(report), List.of(new DrillStatus.Practised("eu-west", null)));
  }

  @Override
  public DrillStatus startDrill(DrillRequest request) throws ControlRefused {
    drill = request;
    return drills();
  }

  @Override
  public DrillStatus stopDrill(DrillRequest.Stop stop) {
    return drills();
  }

  @Override
  public MeridianConfig config() {
    try {
      return new ConfigLoader(Map.of()).parse("test.yaml", CONFIG.replace("TOKENS", tokens));
    } catch (ConfigException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public Version version() {
    return new Version("1.2.3", "25", "epoll", 1);
  }

  @Override
  public Metrics metrics(@Nullable String accept) {
    scrapeBegun.countDown();
    try {
      scrapeMayEnd.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
    String type = accept == null ? "text/plain; version=0.0.4" : accept;
    return new Metrics(type, "meridian_up 1\n");
  }
}
