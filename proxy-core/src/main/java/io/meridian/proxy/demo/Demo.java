package io.meridian.proxy.demo;

import io.meridian.config.ConfigException;
import io.meridian.config.ConfigLoader;
import io.meridian.config.ConfigWatcher;
import io.meridian.config.MeridianConfig;
import io.meridian.health.RegionHealth;
import io.meridian.proxy.Meridian;
import io.meridian.proxy.admin.Event;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Five regions, the proxy in front of them on a configuration file, a way to break them, and
 * clients: all on loopback, all in this process, and gone when it is closed.
 */
public final class Demo implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Demo.class);
  private static final long DRAIN_MILLIS = 2_000;
  private static final int SHARE_SECONDS = 5;
  private static final int FIRST_SAMPLES = 4;

  private record Happening(String what, long atNanos) {}

  private final long startNanos = System.nanoTime();
  private final EventLoopGroup group =
      new MultiThreadIoEventLoopGroup(
          1, new DefaultThreadFactory("regions"), NioIoHandler.newFactory());
  private final List<RegionServer> regions = new ArrayList<>();
  private final Map<String, Happening> happenings = new ConcurrentHashMap<>();
  private final Shares shares = new Shares(SHARE_SECONDS + 1);
  private final Path directory;
  private final boolean temporary;
  private @Nullable Meridian meridian;
  private @Nullable DemoControl control;
  private @Nullable ConfigWatcher watcher;
  private @Nullable Traffic traffic;
  private double[] shareNow = new double[DemoRegion.ALL.size()];
  private long countedSecond = -1;

  /**
   * How the demo is to run. Port 0 is any free one.
   *
   * @param workers event loops of the proxy; 0: one for each core
   * @param directory where the configuration file is written; null: a temporary one
   * @param traffic whether it makes requests of its own
   */
  public record Options(
      int port,
      int adminPort,
      int controlPort,
      int workers,
      @Nullable Path directory,
      boolean traffic) {}

  private Demo(Options options) throws IOException {
    Path given = options.directory();
    temporary = given == null;
    directory =
        given == null
            ? Files.createTempDirectory("meridian-demo-")
            : Files.createDirectories(given.toAbsolutePath());
  }

  /**
   * Starts all of it and returns when the proxy accepts.
   *
   * @throws IOException if a port is taken or a file can't be written; the message says which
   */
  public static Demo start(Options options) throws IOException {
    Demo demo = new Demo(options);
    try {
      demo.open(options);
    } catch (IOException | RuntimeException e) {
      demo.close();
      throw e;
    }
    return demo;
  }

  private void open(Options options) throws IOException {
    free(options.port(), "--port");
    free(options.adminPort(), "--admin-port");
    free(options.controlPort(), "--control-port");
    for (DemoRegion region : DemoRegion.ALL) {
      regions.add(new RegionServer(region, group));
    }
    Warmup.of(regions);
    Path file = configuration();
    mayWrite(file);
    Files.writeString(
        file, DemoConfig.text(options.port(), options.adminPort(), options.workers(), regions));
    Meridian started = Meridian.start(load(file));
    meridian = started;
    started.onEvent(this::happened);
    watcher = ConfigWatcher.start(file, _ -> reload(started, file));
    control =
        new DemoControl(
            options.controlPort(),
            regions,
            (region, what) -> {
              log.info("{}: {}", region, what);
              happenings.put(region, new Happening(what, System.nanoTime()));
            });
    if (options.traffic()) {
      traffic = new Traffic(port(), group.next(), this::measured);
    }
  }

  /** Several may share a port on purpose, and would then answer in turns. */
  private static void free(int port, String option) throws IOException {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    } catch (IOException e) {
      String why = "port " + port + " is in use or not allowed; choose another with " + option;
      throw new IOException(why + " (" + e.getMessage() + ")", e);
    }
  }

  private static void mayWrite(Path file) throws IOException {
    if (Files.exists(file) && !Files.readString(file).startsWith(DemoConfig.HEADER)) {
      throw new IOException(file + " is there already, and not from a demo");
    }
  }

  private static MeridianConfig load(Path file) throws IOException {
    try {
      return new ConfigLoader(Map.of()).load(file);
    } catch (ConfigException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private static void reload(Meridian meridian, Path file) {
    try {
      meridian.reload(load(file));
      meridian.configApplied(file.toString());
    } catch (IOException | RuntimeException e) {
      meridian.configRefused(String.valueOf(e.getMessage()));
    }
  }

  /** The file that the proxy runs on and watches. */
  public Path configuration() {
    return directory.resolve("meridian.yaml");
  }

  /** Where the proxy listens. */
  public int port() {
    return proxy().listeners().getFirst().address().getPort();
  }

  /** Where regions are broken and healed. */
  public int controlPort() {
    DemoControl open = control;
    if (open == null) {
      throw new IllegalStateException("not started");
    }
    return open.port();
  }

  public Meridian proxy() {
    Meridian started = meridian;
    if (started == null) {
      throw new IllegalStateException("not started");
    }
    return started;
  }

  /** How it stands; one caller. */
  public Frame frame() {
    long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - startNanos);
    if (seconds != countedSecond) {
      countedSecond = seconds;
      shareNow = shares.next(regions.stream().mapToLong(RegionServer::answered).toArray());
    }
    Map<String, RegionHealth> health = new HashMap<>();
    proxy().health().regions().forEach(region -> health.put(region.name(), region));
    List<Frame.Row> rows = new ArrayList<>();
    for (int i = 0; i < regions.size(); i++) {
      DemoRegion region = regions.get(i).region();
      RegionHealth known = health.get(region.name());
      rows.add(
          new Frame.Row(
              region.name(),
              region.place(),
              known == null ? "removed" : known.state().name().toLowerCase(Locale.ROOT),
              known == null ? 0 : known.estimateMillis(),
              shareNow[i],
              lastEvent(region.name())));
    }
    return new Frame(seconds, totals(), rows);
  }

  /** What the proxy has counted since the start. */
  public Totals totals() {
    return Totals.of(proxy().telemetry().scrape(null));
  }

  /** Whether every region was probed a few times, so that clients find what a long run knows. */
  private boolean measured() {
    return proxy().health().regions().stream()
        .allMatch(region -> region.samples() >= FIRST_SAMPLES || !region.state().usable());
  }

  private void happened(Event event) {
    if (event.endpoint().isEmpty() && !event.region().isEmpty()) {
      String what = event.to() + ": " + event.cause();
      happenings.put(event.region(), new Happening(what, System.nanoTime()));
    }
  }

  private String lastEvent(String region) {
    Happening last = happenings.get(region);
    if (last == null) {
      return "";
    }
    long ago = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - last.atNanos);
    return last.what + " (" + ago + " s ago)";
  }

  /** Ends the traffic and lets requests in progress end; what was counted stays readable. */
  public void stop() throws InterruptedException {
    if (traffic != null) {
      traffic.stop();
    }
    proxy().drain(DRAIN_MILLIS);
  }

  @Override
  public void close() {
    if (traffic != null) {
      traffic.close();
    }
    if (watcher != null) {
      watcher.close();
    }
    if (control != null) {
      control.close();
    }
    if (meridian != null) {
      meridian.close();
    }
    regions.forEach(RegionServer::close);
    group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2_000);
    if (temporary) {
      delete();
    }
  }

  private void delete() {
    try {
      Files.deleteIfExists(configuration());
      Files.deleteIfExists(directory.resolve("access.log"));
      Files.deleteIfExists(directory);
    } catch (IOException e) {
      log.warn("left behind: {}: {}", directory, e.getMessage());
    }
  }
}
