package io.meridian.proxy;

import io.meridian.config.HostPort;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.geo.GeoService;
import io.meridian.health.HealthMonitor;
import io.meridian.health.HealthView;
import io.meridian.proxy.admin.AdminServer;
import io.meridian.proxy.admin.ControlRefused;
import io.meridian.proxy.admin.ControlRequest;
import io.meridian.proxy.admin.DrillRequest;
import io.meridian.proxy.admin.DrillStatus;
import io.meridian.proxy.admin.Event;
import io.meridian.proxy.cache.ResponseCache;
import io.meridian.proxy.downstream.Listeners;
import io.meridian.proxy.exchange.ClientConnections;
import io.meridian.proxy.exchange.LoopContext;
import io.meridian.proxy.exchange.RegionLoad;
import io.meridian.proxy.exchange.ReplayMemory;
import io.meridian.proxy.exchange.RouteSecrets;
import io.meridian.proxy.exchange.Snapshot;
import io.meridian.proxy.loop.DirectMemory;
import io.meridian.proxy.loop.Transport;
import io.meridian.proxy.loop.Worker;
import io.meridian.proxy.routing.Control;
import io.meridian.proxy.routing.Controls;
import io.meridian.proxy.telemetry.EndpointMeters;
import io.meridian.proxy.telemetry.ProcessLog;
import io.meridian.proxy.telemetry.RegionCapacity;
import io.meridian.proxy.telemetry.RegionDial;
import io.meridian.proxy.telemetry.RegionLag;
import io.meridian.proxy.telemetry.Telemetry;
import io.meridian.proxy.tls.UpstreamTlsFiles;
import io.meridian.proxy.upstream.Pools;
import io.meridian.proxy.upstream.Target;
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
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running proxy: builds the parts, starts them in order, applies new configurations, drains and
 * stops. Traffic runs on event loops of its own; probes, snapshots and folds on one control loop.
 */
public final class Meridian implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Meridian.class);
  private static final long FOLD_MILLIS = 100;
  private static final long WARM_MILLIS = 1_000;
  private static final long CONTROL_MILLIS = 200;
  private static final long TLS_WATCH_MILLIS = 5_000;

  /** Regions up to which every loop keeps a spare connection to each. */
  private static final int WARM_REGIONS = 12;

  private final Transport transport;
  private final Ticker ticker = Ticker.systemTicker();
  private final EventLoopGroup traffic;
  private final EventLoopGroup control;
  private final Telemetry telemetry;
  private final UpstreamTlsFiles upstreamTls = new UpstreamTlsFiles();
  private final Thread tlsWatch;
  private final GeoService geo;
  private final HealthMonitor health;
  private final World world;
  private final ReplayMemory replayMemory;
  private final DirectMemory memory;
  private final ClientConnections connections;
  private final ResponseCache cache;
  private final Outputs outputs;
  private final ProcessLog processLog = new ProcessLog();
  private final List<LoopContext> contexts = new ArrayList<>();
  private final AddressResolverGroup<InetSocketAddress> resolver;
  private final Listeners listeners;
  private final EventLog events;
  private final HoldWatch holds;
  private final GeoWatch databases;
  private final CapacityWatch capacityWatch;
  private final ControlBoard controls;
  private final DrillBoard drills;
  private @Nullable World viewed; // control loop only
  private final AdminView view;
  private volatile @Nullable AdminServer admin;
  private volatile boolean draining;

  private Meridian(MeridianConfig config) throws IOException {
    processLog.configure(config.log(), ticker.nanoTime());
    FutureTask<GeoService> places = new FutureTask<>(() -> GeoService.open(config.geo()));
    Thread.ofPlatform().name("places").daemon().start(places);
    transport = Transport.choose(config.transport());
    int loops =
        config.workers() > 0 ? config.workers() : Runtime.getRuntime().availableProcessors();
    upstreamTls.configure(config);
    telemetry = new Telemetry(loops, Version.TEXT);
    events = new EventLog(InstantSource.system(), telemetry.counters());
    controls = new ControlBoard(InstantSource.system(), telemetry.counters(), events::control);
    holds = new HoldWatch(events);
    capacityWatch = new CapacityWatch(events);
    drills = new DrillBoard(InstantSource.system(), telemetry, loops, events::control);
    drills.restore(config);
    geo = opened(places);
    cache = new ResponseCache(config.cache(), ticker::nanoTime);
    databases = new GeoWatch(events, geo.status());
    traffic =
        new MultiThreadIoEventLoopGroup(
            loops, new DefaultThreadFactory("traffic"), transport.ioHandlers());
    control =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("control"), Transport.forControl().ioHandlers());
    Transport forControl = Transport.forControl();
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
    memory = new DirectMemory(config.limits().overload().memory());
    replayMemory = new ReplayMemory(config.failover().replayTotal());
    outputs = new Outputs(config, loops, telemetry);
    resolver =
        new DnsAddressResolverGroup(
            new DnsNameResolverBuilder().datagramChannelType(transport.datagramChannel()));
    for (EventExecutor executor : traffic) {
      Worker worker = new Worker(contexts.size(), (EventLoop) executor, ticker, System.nanoTime());
      Pools pools = new Pools(worker, transport, resolver, config.limits(), config.timeouts());
      contexts.add(
          new LoopContext(
              worker,
              pools,
              world::snapshot,
              geo,
              health::failure,
              replayMemory,
              telemetry,
              outputs.accessLog(),
              memory,
              loops));
    }
    contexts.forEach(context -> context.store(cache));
    tlsWatch = Thread.ofPlatform().name("upstream-tls-files").daemon().unstarted(this::watchTls);
    connections = new ClientConnections(config.limits());
    view = new AdminView(this);
    listeners = new Listeners(transport, traffic, contexts, telemetry, world.slots(), connections);
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

  /**
   * Starts a proxy and returns when it accepts.
   *
   * @throws IOException if a database can't be used or an address can't be bound
   */
  public static Meridian start(MeridianConfig config) throws IOException {
    Meridian meridian = startBeside(config);
    try {
      meridian.openAdmin();
    } catch (IOException | RuntimeException | Error e) {
      meridian.close();
      throw e;
    }
    return meridian;
  }

  /**
   * As {@link #start}, but without the admin address, which the process that is to be replaced has;
   * {@link #openAdmin} follows.
   *
   * @throws IOException if a database can't be used or an address can't be bound
   */
  public static Meridian startBeside(MeridianConfig config) throws IOException {
    Meridian meridian = new Meridian(config);
    try {
      meridian.open(config);
    } catch (IOException | RuntimeException | Error e) {
      meridian.close();
      throw e;
    }
    return meridian;
  }

  /**
   * Opens the admin address.
   *
   * @throws IOException if it can't be bound
   */
  public void openAdmin() throws IOException {
    admin = new AdminServer(snapshot().config().admin().address(), view);
  }

  /** Whether all endpoints have been probed, or there was time enough to. */
  public boolean ready() {
    return view.readiness().ready();
  }

  private void open(MeridianConfig config) throws IOException {
    telemetry.health(health::view);
    telemetry.geo(geo::status);
    telemetry.dials(this::dials);
    telemetry.cache(cache);
    CacheRoom.check(config);
    telemetry.capacity(this::capacities);
    telemetry.drills(() -> drills.meters(world.snapshot().config()));
    telemetry.lags(this::lags);
    telemetry.draining(() -> draining);
    telemetry.directMemory(memory::used, memory.limit());
    FileDescriptors.check(config, contexts.size(), connections);
    telemetry.accessLogDropped(outputs::dropped);
    outputs.tell(contexts);
    for (LoopContext context : contexts) {
      context.worker().loop().submit(context::start).awaitUninterruptibly();
      telemetry.loop(context.worker().index()).watch(context.worker().loop());
    }
    control.next().scheduleAtFixedRate(this::fold, FOLD_MILLIS, FOLD_MILLIS, TimeUnit.MILLISECONDS);
    control
        .next()
        .scheduleAtFixedRate(this::warm, WARM_MILLIS / 4, WARM_MILLIS, TimeUnit.MILLISECONDS);
    listeners.prepare(config.listeners()).apply();
    control
        .next()
        .scheduleAtFixedRate(
            this::tickControls, CONTROL_MILLIS, CONTROL_MILLIS, TimeUnit.MILLISECONDS);
    tlsWatch.start();
    control.next().scheduleAtFixedRate(view::sample, 0, 1, TimeUnit.SECONDS);
    control.next().scheduleAtFixedRate(() -> databases.look(geo.status()), 1, 1, TimeUnit.SECONDS);
    control
        .next()
        .scheduleAtFixedRate(view::step, 0, LiveHistory.STEP_MILLIS, TimeUnit.MILLISECONDS);
  }

  /**
   * Applies another configuration to the running proxy. Workers and transport stay as they were
   * started; all else changes at once, and all state is kept. Listeners that are gone let their
   * clients end in order. One call at a time.
   *
   * @throws IOException if a database or certificate that it names can't be used, or an address not
   *     be bound; nothing has changed then
   */
  public void reload(MeridianConfig wanted) throws IOException {
    MeridianConfig config = keepFixed(wanted);
    Map<Path, byte[]> keys = RouteSecrets.read(config);
    Listeners.Change change = listeners.prepare(config.listeners());
    AdminServer newAdmin = null;
    Outputs.Change output = null;
    try {
      newAdmin = adminAt(config.admin().address());
      output = outputs.prepare(config);
      upstreamTls.configure(config);
      geo.configure(config.geo());
    } catch (IOException | RuntimeException e) {
      change.discard();
      if (newAdmin != null) {
        newAdmin.close();
      }
      if (output != null) {
        output.discard();
      }
      throw e;
    }
    output.apply(contexts);
    processLog.configure(config.log(), ticker.nanoTime());
    control
        .next()
        .submit(() -> {
          health.configure(config);
          world.configure(config, keys, health.view(), ticker.nanoTime());
        })
        .awaitUninterruptibly();
    cache.configure(config.cache());
    CacheRoom.check(config);
    cache.retainRegions(config.regions().stream().map(Region::name).collect(Collectors.toSet()));
    leave(change.apply());
    if (newAdmin != null) {
      AdminServer before = admin;
      admin = newAdmin;
      if (before != null) {
        before.close();
      }
    }
    replayMemory.configure(config.failover().replayTotal());
    memory.configure(config.limits().overload().memory());
    connections.configure(config.limits());
    FileDescriptors.check(config, contexts.size(), connections);
    BitSet configured = new BitSet();
    world
        .snapshot()
        .routing()
        .regions()
        .forEach(region -> region.endpoints().forEach(endpoint -> configured.set(endpoint.id())));
    for (LoopContext context : contexts) {
      context
          .worker()
          .loop()
          .execute(() -> {
            context.configure(config);
            context.pools().retain(configured::get);
          });
    }
  }

  /** What needs a restart stays as it is, and that is said. */
  private MeridianConfig keepFixed(MeridianConfig wanted) {
    MeridianConfig now = world.snapshot().config();
    List<String> fixed = new ArrayList<>();
    fixed(fixed, "workers", now.workers(), wanted.workers());
    fixed(fixed, "transport", now.transport(), wanted.transport());
    if (!fixed.isEmpty()) {
      log.warn("changed in the file, but fixed until a restart: {}", String.join(", ", fixed));
    }
    return new MeridianConfig(
        wanted.version(),
        wanted.edge(),
        now.workers(),
        now.transport(),
        wanted.listeners(),
        wanted.admin(),
        wanted.geo(),
        wanted.regions(),
        wanted.groups(),
        wanted.health(),
        wanted.fences(),
        wanted.routes(),
        wanted.failover(),
        wanted.timeouts(),
        wanted.limits(),
        wanted.paths(),
        wanted.accessLog(),
        wanted.log(),
        wanted.tracing(),
        wanted.cache());
  }

  /** A server at another admin address than now; null if it stays. */
  private @Nullable AdminServer adminAt(HostPort address) throws IOException {
    boolean stays = admin == null || snapshot().config().admin().address().equals(address);
    return stays ? null : new AdminServer(address, view);
  }

  /** Ends the listeners that a reload took away: their clients hear of it first. */
  private void leave(List<Listeners.Bound> gone) {
    if (gone.isEmpty()) {
      return;
    }
    for (Listeners.Bound bound : gone) {
      log.info("listener {} at {} leaves", bound.listener().name(), bound.address());
    }
    listeners.leave();
    Duration quiet = snapshot().config().timeouts().drainQuiet();
    Thread.ofPlatform()
        .name("leaving-listeners")
        .daemon()
        .start(() -> {
          try {
            do {
              Thread.sleep(quiet.plusMillis(10));
            } while (!draining && !listeners.left());
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private static void fixed(List<String> changed, String name, Object now, Object wanted) {
    if (!now.equals(wanted)) {
      changed.add(name);
    }
  }

  /** What this build calls itself. */
  public static String version() {
    return Version.TEXT;
  }

  /** What is listened on. */
  public List<Listeners.Bound> listeners() {
    return listeners.bound();
  }

  /** Where metrics, the API and the page are. */
  public InetSocketAddress adminAddress() {
    AdminServer server = admin;
    if (server == null) {
      throw new IllegalStateException("not started");
    }
    return server.address();
  }

  public Snapshot snapshot() {
    return world.snapshot();
  }

  public HealthView health() {
    return health.view();
  }

  public GeoService geo() {
    return geo;
  }

  /** What is stored of answers. */
  public ResponseCache cache() {
    return cache;
  }

  public Telemetry telemetry() {
    return telemetry;
  }

  public Transport transport() {
    return transport;
  }

  /** Time by the clock that health events and states are dated by. */
  long nanoTime() {
    return ticker.nanoTime();
  }

  /** Opens the access log anew, after its file was moved away. */
  public void reopenLogs() {
    outputs.reopen();
  }

  public int workers() {
    return contexts.size();
  }

  public boolean draining() {
    return draining;
  }

  /** Hears every change from now on, on the thread that makes it. */
  public void onEvent(Consumer<Event> listener) {
    events.onEvent(listener);
  }

  /** What changed and why. */
  EventLog events() {
    return events;
  }

  /**
   * A changed configuration was put to use.
   *
   * @param source what it was read from
   */
  public void configApplied(String source) {
    telemetry.counters().configReload(true);
    events.edge(EventLog.Kind.CONFIG, "changed", "applied", source);
  }

  /**
   * A changed configuration can't be used: the last good one stays.
   *
   * @param why what is wrong with it; may have several lines
   */
  public void configRefused(String why) {
    telemetry.counters().configReload(false);
    events.edge(EventLog.Kind.CONFIG, "changed", EventLog.REFUSED, why);
  }

  /** How much the process says, and how. */
  ProcessLog processLog() {
    return processLog;
  }

  /** What operators hold regions to. */
  Controls controls() {
    return controls.controls();
  }

  /**
   * Does what an operator asks, on the control loop; waits for it.
   *
   * @return the region's control from now on; null if it has none
   */
  @Nullable Control control(ControlRequest request) throws ControlRefused {
    Future<@Nullable Control> done =
        control
            .next()
            .<@Nullable Control>submit(() -> {
              Control made = controls.apply(request, world.rules(), felt(), ticker.nanoTime());
              tickControls();
              return made;
            })
            .awaitUninterruptibly();
    return made(done);
  }

  private static <T extends @Nullable Object> T made(Future<T> done) throws ControlRefused {
    if (done.isSuccess()) {
      return done.getNow();
    }
    switch (done.cause()) {
      case ControlRefused refused -> throw refused;
      case IllegalArgumentException wrong -> throw wrong;
      case Throwable other -> throw new IllegalStateException("the change was not made", other);
    }
  }

  /** Health as the clients feel it that a drill takes in. On the control loop. */
  private HealthView felt() {
    DrillRun run = drills.run();
    return run == null ? health.view() : DrillBoard.without(health.view(), run.drill.region());
  }

  /**
   * Begins a drill, on the control loop; waits for it.
   *
   * @param rates requests a second of each region in the seconds before
   */
  DrillStatus startDrill(DrillRequest request, Map<String, Double> rates) throws ControlRefused {
    return made(
        control
            .next()
            .submit(() -> {
              long now = ticker.nanoTime();
              DrillRun run =
                  drills.start(request, world.rules(), health.view(), controls, rates, now);
              world.drill(run.drill, run.meters, health.view(), now);
              run.inForce(ticker.nanoTime());
              return drills();
            })
            .awaitUninterruptibly());
  }

  /** Ends the drill that is under way, if there is one; waits for it. */
  DrillStatus stopDrill(String why) throws ControlRefused {
    return made(
        control
            .next()
            .submit(() -> {
              if (drills.stop(world.snapshot().config(), why, ticker.nanoTime()) != null) {
                world.drill(null, null, health.view(), ticker.nanoTime());
              }
              return drills();
            })
            .awaitUninterruptibly());
  }

  /** Drills of this process; any thread. */
  DrillStatus drills() {
    return drills.status(world.snapshot().config(), ticker.nanoTime());
  }

  /** On the control loop. */
  private void tickControls() {
    long now = ticker.nanoTime();
    processLog.tick(now);
    if (controls.tick(world.snapshot().config(), now)) {
      world.control(controls.controls(), health.view(), now);
    }
    capacityWatch.tick(world.loads(), now);
    if (drills.tick(world.rules(), health.view(), controls, now)) {
      world.drill(null, null, health.view(), now);
    }
  }

  private List<RegionDial> dials() {
    Controls current = controls.controls();
    long now = ticker.nanoTime();
    return world.snapshot().config().regions().stream()
        .map(region ->
            new RegionDial(
                region.name(), current.dial(region, now), current.of(region.name()) != null))
        .toList();
  }

  private List<RegionCapacity> capacities() {
    long now = ticker.nanoTime();
    return world
        .loads()
        .all()
        .map(load -> new RegionCapacity(load.region(), load.used(now), load.soft(), load.hard()))
        .toList();
  }

  /** Requests in progress, about: read across threads. */
  public int requestsInProgress() {
    return contexts.stream().mapToInt(LoopContext::active).sum();
  }

  /** Requests that wait for a region to come back, about: read across threads. */
  public int requestsParked() {
    return contexts.stream().mapToInt(LoopContext::parked).sum();
  }

  /** Bytes of request bodies that are held so that they can be sent again. */
  public long replayBytesHeld() {
    return replayMemory.used();
  }

  /**
   * Lets new clients in until none comes any more, for a third of the time at most; then accepts no
   * more and waits for the requests in progress. Where another process listens on the same
   * addresses, new clients go there at once, and the admin address is left to it.
   *
   * @return whether all of them ended within that time
   */
  public boolean drain(long timeoutMillis) throws InterruptedException {
    draining = true;
    events.edge(EventLog.Kind.EDGE, "serving", "draining", "asked to stop");
    // Streams end within the first three quarters: what is left is for their farewells.
    long spreadNanos = TimeUnit.MILLISECONDS.toNanos(timeoutMillis) / 4 * 3;
    for (LoopContext context : contexts) {
      context.worker().loop().submit(() -> context.drain(spreadNanos)).awaitUninterruptibly();
    }
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    AdminServer server = admin;
    if (listeners.announce() && server != null) {
      server.close();
    }
    awaitQuiet(TimeUnit.MILLISECONDS.toNanos(timeoutMillis) / 3);
    listeners.drain();
    while (listeners.connections() > 0 && System.nanoTime() - end < 0) {
      TimeUnit.MILLISECONDS.sleep(10);
    }
    return listeners.connections() == 0;
  }

  /** Load balancers may send clients for a while after they could know better. */
  private void awaitQuiet(long mostNanos) throws InterruptedException {
    long quietNanos = snapshot().config().timeouts().drainQuiet().toNanos();
    long start = System.nanoTime();
    long spent = 0;
    while (spent < mostNanos && Math.min(spent, listeners.quietNanos()) < quietNanos) {
      TimeUnit.MILLISECONDS.sleep(10);
      spent = System.nanoTime() - start;
    }
  }

  /** Looks every few seconds whether certificates of ours for endpoints have been renewed. */
  private void watchTls() {
    try {
      while (true) {
        Thread.sleep(TLS_WATCH_MILLIS);
        refreshTls();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // the proxy stops
    }
  }

  /** Reads TLS files anew that have changed; what can't be used leaves the last good ones. */
  void refreshTls() {
    if (upstreamTls.refresh()) {
      control.next().execute(() -> world.relink(health.view(), ticker.nanoTime()));
    }
  }

  @Override
  public void close() {
    draining = true;
    tlsWatch.interrupt();
    if (admin != null) {
      admin.close();
    }
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
    resolver.close();
    traffic.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2_000);
    control.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(2_000);
    geo.close();
    outputs.close();
    telemetry.close();
  }

  /** Lets the loops see the ends of what was closed: io_uring tells them in a later turn. */
  private void settle() {
    for (int turn = 0; turn < 3; turn++) {
      for (LoopContext context : contexts) {
        context.worker().loop().submit(() -> {}).awaitUninterruptibly(1_000);
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

  private List<RegionLag> lags() {
    var routing = world.snapshot().routing();
    return routing.regions().stream()
        .map(region ->
            new RegionLag(region.name(), routing.replicas().lagMillis(region.index()) / 1000))
        .filter(lag -> !Double.isNaN(lag.seconds()))
        .toList();
  }

  /** Tells health what traffic showed since the last time, and the router what data is where. */
  private void fold() {
    world.foldReplicas(ticker.nanoTime()).forEach(events::crossed);
    holds.look(
        requestsParked(),
        contexts.stream().mapToLong(LoopContext::everParked).sum(),
        ticker.nanoTime());
    Snapshot current = world.snapshot();
    for (var region : current.routing().regions()) {
      for (var endpoint : region.endpoints()) {
        Target target = current.target(endpoint.id());
        EndpointMeters.Fold fold = target.meters().drain();
        RegionLoad load = fold.samples() == 0 ? null : world.loads().of(region.name());
        if (load != null) {
          load.answered(Math.exp(fold.logMeanMillis()), fold.samples());
        }
        if (!fold.isEmpty()) {
          health.traffic(
              region.name(),
              endpoint.name(),
              fold.successes(),
              fold.failures(),
              fold.logMeanMillis(),
              fold.samples());
        }
      }
    }
  }

  /** Keeps a spare connection to each region, so that failing over costs no handshake. */
  private void warm() {
    Snapshot current = world.snapshot();
    var regions = current.routing().regions();
    if (regions.size() > WARM_REGIONS || draining) {
      return;
    }
    for (LoopContext context : contexts) {
      context
          .worker()
          .loop()
          .execute(() -> {
            context.worker().tick();
            for (var region : regions) {
              for (var endpoint : region.endpoints()) {
                if (endpoint.state().usable()) {
                  context.pools().warm(current.target(endpoint.id()));
                  break;
                }
              }
            }
          });
    }
  }
}
