package io.meridian.proxy;

import io.meridian.config.MeridianConfig;
import io.meridian.geo.GeoService;
import io.meridian.health.HealthMonitor;
import io.meridian.health.HealthView;
import io.meridian.proxy.cache.ResponseCache;
import io.meridian.proxy.downstream.Listeners;
import io.meridian.proxy.exchange.ClientConnections;
import io.meridian.proxy.exchange.LoopContext;
import io.meridian.proxy.exchange.ReplayMemory;
import io.meridian.proxy.exchange.RouteSecrets;
import io.meridian.proxy.loop.DirectMemory;
import io.meridian.proxy.loop.Transport;
import io.meridian.proxy.loop.Worker;
import io.meridian.proxy.telemetry.ProcessLog;
import io.meridian.proxy.telemetry.Telemetry;
import io.meridian.proxy.tls.UpstreamTlsFiles;
import io.meridian.proxy.upstream.Pools;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.dns.DnsAddressResolverGroup;
import io.netty.resolver.dns.DnsNameResolverBuilder;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Ticker;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * All that a running proxy consists of, built in order; nothing runs or listens yet. Traffic has
 * event loops of its own; probes, snapshots and folds share one control loop.
 */
final class Parts implements AutoCloseable {
  final Transport transport;
  final Ticker ticker = Ticker.systemTicker();
  final EventLoopGroup traffic;
  final EventLoopGroup control;
  final Telemetry telemetry;
  final UpstreamTlsFiles upstreamTls = new UpstreamTlsFiles();
  final GeoService geo;
  final HealthMonitor health;
  final World world;
  final ReplayMemory replayMemory;
  final DirectMemory memory;
  final ClientConnections connections;
  final ResponseCache cache;
  final Outputs outputs;
  final ProcessLog processLog = new ProcessLog();
  final List<LoopContext> contexts = new ArrayList<>();
  final Listeners listeners;
  final EventLog events;
  final HoldWatch holds;
  final GeoWatch databases;
  final CapacityWatch capacityWatch;
  final ControlBoard controls;
  final DrillBoard drills;
  private final AddressResolverGroup<InetSocketAddress> resolver;
  private @Nullable World viewed; // control loop only

  /**
   * @throws IOException if a file that is named can't be used
   */
  Parts(MeridianConfig config) throws IOException {
    processLog.configure(config.log(), ticker.nanoTime());
    transport = Transport.choose(config.transport());
    upstreamTls.configure(config);
    FutureTask<GeoService> places = new FutureTask<>(() -> GeoService.open(config.geo()));
    Thread.ofPlatform()
        .name("places")
        .daemon()
        .start(places); // the longest part: beside all up to the world
    int loops =
        config.workers() > 0 ? config.workers() : Runtime.getRuntime().availableProcessors();
    telemetry = new Telemetry(loops, Version.TEXT);
    events = new EventLog(InstantSource.system(), telemetry.counters());
    controls = new ControlBoard(InstantSource.system(), telemetry.counters(), events::control);
    holds = new HoldWatch(events);
    capacityWatch = new CapacityWatch(events);
    drills = new DrillBoard(InstantSource.system(), telemetry, loops, events::control);
    drills.restore(config);
    cache = new ResponseCache(config.cache(), ticker::nanoTime);
    traffic =
        new MultiThreadIoEventLoopGroup(
            loops, new DefaultThreadFactory("traffic"), transport.ioHandlers());
    Transport forControl = Transport.forControl();
    control =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("control"), forControl.ioHandlers());
    health =
        new HealthMonitor(
            control,
            ticker,
            this::healthChanged,
            events::health,
            new ProbeWay(upstreamTls, this::probeAnswered),
            forControl.socketChannel(),
            forControl.datagramChannel());
    health.configure(config);
    world = buildWorld(config);
    try {
      geo = opened(places);
    } catch (IOException | RuntimeException e) {
      closeLoops();
      throw e;
    }
    databases = new GeoWatch(events, geo.status());
    memory = new DirectMemory(config.limits().overload().memory());
    replayMemory = new ReplayMemory(config.failover().replayTotal());
    outputs = new Outputs(config, loops, telemetry);
    resolver =
        new DnsAddressResolverGroup(
            new DnsNameResolverBuilder().datagramChannelType(transport.datagramChannel()));
    for (EventExecutor executor : traffic) {
      contexts.add(context((EventLoop) executor, config, loops));
    }
    connections = new ClientConnections(config.limits());
    listeners = new Listeners(transport, traffic, contexts, telemetry, world.slots(), connections);
  }

  private LoopContext context(EventLoop loop, MeridianConfig config, int loops) {
    Worker worker = new Worker(contexts.size(), loop, ticker, System.nanoTime());
    LoopContext context =
        new LoopContext(
            worker,
            new Pools(worker, transport, resolver, config.limits(), config.timeouts()),
            world::snapshot,
            geo,
            health::failure,
            replayMemory,
            telemetry,
            outputs.accessLog(),
            memory,
            loops);
    context.store(cache);
    return context;
  }

  private static GeoService opened(FutureTask<GeoService> places) throws IOException {
    try {
      return places.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while the database of places was loaded");
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException refused -> throw refused;
        case RuntimeException fault -> throw fault;
        case null, default -> throw new IllegalStateException(e.getCause());
      }
    }
  }

  /** On the control loop, as all that writes to it is. */
  private World buildWorld(MeridianConfig config) throws IOException {
    Map<Path, byte[]> keys = RouteSecrets.read(config);
    Future<World> built =
        control
            .next()
            .submit(() -> {
              World made = new World(telemetry, upstreamTls, config, keys, health.view(), ticker);
              viewed = made;
              return made;
            })
            .awaitUninterruptibly();
    if (!built.isSuccess()) {
      throw new IOException("the configuration can't be applied", built.cause());
    }
    return built.getNow();
  }

  private void healthChanged(HealthView view) {
    World current = viewed;
    if (current != null) { // the first view comes before there is a world to change
      current.update(view, ticker.nanoTime());
    }
  }

  private void probeAnswered(
      String region, String endpoint, UnaryOperator<@Nullable String> fields) {
    World current = viewed;
    if (current != null) {
      current.probed(region, endpoint, fields, ticker.nanoTime());
    }
  }

  /** Requests that wait for a region to come back, about: read across threads. */
  int requestsParked() {
    return contexts.stream().mapToInt(LoopContext::parked).sum();
  }

  /** Cuts what is left, and ends all threads. */
  @Override
  public void close() {
    listeners.close();
    control
        .next()
        .submit(() -> drills.close(world.snapshot().config(), ticker.nanoTime()))
        .awaitUninterruptibly(1_000);
    health.close();
    for (LoopContext context : contexts) {
      context.worker().loop().submit(context.pools()::close).awaitUninterruptibly(1_000);
    }
    settle();
    for (LoopContext context : contexts) {
      context.worker().loop().submit(context.worker()::close).awaitUninterruptibly(1_000);
    }
    resolver.close();
    closeLoops();
    geo.close();
    outputs.close();
    telemetry.close();
  }

  private void closeLoops() {
    traffic.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2_000);
    control.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2_000);
  }

  /** Lets the loops see the ends of what was closed: io_uring tells them in a later turn. */
  private void settle() {
    for (int turn = 0; turn < 3; turn++) {
      for (LoopContext context : contexts) {
        context.worker().loop().submit(() -> {}).awaitUninterruptibly(1_000);
      }
    }
  }
}
