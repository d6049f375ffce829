package io.meridian.proxy;

import io.meridian.config.MeridianConfig;
import io.meridian.geo.GeoService;
import io.meridian.health.HealthView;
import io.meridian.proxy.admin.ControlRefused;
import io.meridian.proxy.admin.ControlRequest;
import io.meridian.proxy.admin.DrillRequest;
import io.meridian.proxy.admin.DrillStatus;
import io.meridian.proxy.admin.Event;
import io.meridian.proxy.cache.ResponseCache;
import io.meridian.proxy.downstream.Listeners;
import io.meridian.proxy.exchange.LoopContext;
import io.meridian.proxy.exchange.Snapshot;
import io.meridian.proxy.loop.Transport;
import io.meridian.proxy.routing.Control;
import io.meridian.proxy.routing.Controls;
import io.meridian.proxy.telemetry.ProcessLog;
import io.meridian.proxy.telemetry.Telemetry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A running proxy: starts its {@link Parts} in order, applies new configurations ({@link Reload}),
 * does what operators ask ({@link Operators}), drains ({@link Drain}) and stops.
 */
public final class Meridian implements AutoCloseable {
  private static final long SETTLED_MILLIS = 1_000;
  private static final long TLS_WATCH_MILLIS = 5_000;

  private final Parts parts;
  private final AdminDoor admin;
  private final AdminView view;
  private final Drain drain;
  private final Operators operators;
  private final Reload reload;
  private final Thread upkeep;

  private Meridian(MeridianConfig config) throws IOException {
    parts = new Parts(config);
    view = new AdminView(this);
    admin = new AdminDoor(view);
    drain = new Drain(parts, admin);
    operators = new Operators(parts);
    reload = new Reload(parts, admin, drain);
    upkeep = Thread.ofPlatform().name("upkeep").daemon().unstarted(this::keepUp);
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
    admin.open(snapshot().config().admin().address());
  }

  /** Whether all endpoints have been probed, or there was time enough to. */
  public boolean ready() {
    return view.readiness().ready();
  }

  private void open(MeridianConfig config) throws IOException {
    Gauges.register(parts, drain);
    CacheRoom.check(config);
    FileDescriptors.check(config, parts.contexts.size(), parts.connections);
    parts.outputs.tell(parts.contexts);
    for (LoopContext context : parts.contexts) {
      context.worker().loop().submit(context::start).awaitUninterruptibly();
      parts.telemetry.loop(context.worker().index()).watch(context.worker().loop());
    }
    parts.listeners.prepare(config.listeners()).apply();
    Rounds.start(parts, drain, operators, view);
    upkeep.start();
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
    reload.apply(wanted);
  }

  /** What this build calls itself. */
  public static String version() {
    return Version.TEXT;
  }

  /** What is listened on. */
  public List<Listeners.Bound> listeners() {
    return parts.listeners.bound();
  }

  /** Where metrics, the API and the page are. */
  public InetSocketAddress adminAddress() {
    return admin.address();
  }

  public Snapshot snapshot() {
    return parts.world.snapshot();
  }

  public HealthView health() {
    return parts.health.view();
  }

  public GeoService geo() {
    return parts.geo;
  }

  /** What is stored of answers. */
  public ResponseCache cache() {
    return parts.cache;
  }

  public Telemetry telemetry() {
    return parts.telemetry;
  }

  public Transport transport() {
    return parts.transport;
  }

  /** Time by the clock that health events and states are dated by. */
  long nanoTime() {
    return parts.ticker.nanoTime();
  }

  /** Opens the access log anew, after its file was moved away. */
  public void reopenLogs() {
    parts.outputs.reopen();
  }

  public int workers() {
    return parts.contexts.size();
  }

  public boolean draining() {
    return drain.begun();
  }

  /** Hears every change from now on, on the thread that makes it. */
  public void onEvent(Consumer<Event> listener) {
    parts.events.onEvent(listener);
  }

  /** What changed and why. */
  EventLog events() {
    return parts.events;
  }

  /**
   * A changed configuration was put to use.
   *
   * @param source what it was read from
   */
  public void configApplied(String source) {
    parts.telemetry.counters().configReload(true);
    parts.events.edge(EventLog.Kind.CONFIG, "changed", "applied", source);
  }

  /**
   * A changed configuration can't be used: the last good one stays.
   *
   * @param why what is wrong with it; may have several lines
   */
  public void configRefused(String why) {
    parts.telemetry.counters().configReload(false);
    parts.events.edge(EventLog.Kind.CONFIG, "changed", EventLog.REFUSED, why);
  }

  /** How much the process says, and how. */
  ProcessLog processLog() {
    return parts.processLog;
  }

  /** What operators hold regions to. */
  Controls controls() {
    return parts.controls.controls();
  }

  /** As {@link Operators#control}. */
  @Nullable Control control(ControlRequest request) throws ControlRefused {
    return operators.control(request);
  }

  /** As {@link Operators#startDrill}. */
  DrillStatus startDrill(DrillRequest request, Map<String, Double> rates) throws ControlRefused {
    return operators.startDrill(request, rates);
  }

  /** As {@link Operators#stopDrill}. */
  DrillStatus stopDrill(String why) throws ControlRefused {
    return operators.stopDrill(why);
  }

  /** Drills of this process; any thread. */
  DrillStatus drills() {
    return operators.drills();
  }

  /** Requests in progress, about: read across threads. */
  public int requestsInProgress() {
    return parts.contexts.stream().mapToInt(LoopContext::active).sum();
  }

  /** Requests that wait for a region to come back, about: read across threads. */
  public int requestsParked() {
    return parts.requestsParked();
  }

  /** Bytes of request bodies that are held so that they can be sent again. */
  public long replayBytesHeld() {
    return parts.replayMemory.used();
  }

  /**
   * As {@link Drain#run}.
   *
   * @return whether all requests ended within that time
   */
  public boolean drain(long timeoutMillis) throws InterruptedException {
    return drain.run(timeoutMillis);
  }

  /**
   * What can wait until the start is over; then looks every few seconds whether certificates of
   * ours for endpoints have been renewed.
   */
  private void keepUp() {
    try {
      Thread.sleep(SETTLED_MILLIS);
      parts.telemetry.watchRuntime();
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
    if (parts.upstreamTls.refresh()) {
      parts
          .control
          .next()
          .execute(() -> parts.world.relink(parts.health.view(), parts.ticker.nanoTime()));
    }
  }

  @Override
  public void close() {
    drain.begin();
    upkeep.interrupt();
    admin.close();
    parts.close();
  }
}
