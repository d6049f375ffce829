package io.meridian.proxy.exchange;

import io.meridian.config.Failover;
import io.meridian.config.Limits;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Timeouts;
import io.meridian.geo.GeoService;
import io.meridian.geo.Places;
import io.meridian.proxy.cache.ResponseCache;
import io.meridian.proxy.compress.Compression;
import io.meridian.proxy.compress.Encoders;
import io.meridian.proxy.http.Body;
import io.meridian.proxy.http.HeadLimits;
import io.meridian.proxy.http.Parse;
import io.meridian.proxy.http.RequestHead;
import io.meridian.proxy.http.ResponseHead;
import io.meridian.proxy.loop.DirectMemory;
import io.meridian.proxy.loop.TimerWheel;
import io.meridian.proxy.loop.Worker;
import io.meridian.proxy.telemetry.AccessLog;
import io.meridian.proxy.telemetry.Counters;
import io.meridian.proxy.telemetry.LoopMeters;
import io.meridian.proxy.telemetry.RequestLog;
import io.meridian.proxy.telemetry.Spans;
import io.meridian.proxy.telemetry.Telemetry;
import io.meridian.proxy.upstream.Pools;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Everything that the exchanges of one event loop share. That loop's thread only. */
public final class LoopContext {
  /** Requests of one loop that may wait at a time for a region to come back. */
  private static final int MAX_PARKED = 1024;

  /** Of them so many go on at a time when one has, so that it is not run over. */
  private static final int UNPARK_BATCH = 32;

  private static final long UNPARK_NANOS = TimeUnit.MILLISECONDS.toNanos(20);
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);
  private static final long SWEEP_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int MAX_FREE = 512;

  /** 2^64 divided by the golden ratio: its multiples are spread as evenly as can be. */
  private static final long GOLDEN = 0x9e3779b97f4a7c15L;

  private static final int TURNS = 256;

  /** Stored answers that one loop fetches anew at a time. */
  private static final int MAX_REFRESHES = 64;

  /** As large as any head that could be stored, with what is added. */
  private static final HeadLimits STORED_HEAD = new HeadLimits(1 << 16, (1 << 24) - 1, 1 << 16);

  private final Worker worker;
  private final Pools pools;
  private final Supplier<Snapshot> snapshots;
  private final GeoService geo;
  private final Signals signals;
  private final ReplayMemory replayMemory;
  private final RetryBudget budget;
  private @Nullable AccessLog accessLog;
  private @Nullable Spans spans;
  private final RequestLog requestLog = new RequestLog();
  private final Counters counters;
  private final LoopMeters meters;
  private final Encoders encoders = new Encoders();
  private final int loops;
  private final Admission admission;
  private final Backlog backlog;
  private final Streams streams;
  private final OpenClients clients;
  private final ArrayDeque<ProxyExchange> free = new ArrayDeque<>();
  private final long[] turns = new long[TURNS];
  private final AtomicLong everParked = new AtomicLong();
  private int parked;
  private int unparkedInWindow;
  private long unparkWindowNanos;
  private HeadRules headRules;
  private @Nullable ResponseCache cache;
  private @Nullable ResponseHead storedHead;
  private int refreshes;
  private int active;

  private final TimerWheel.Timer sweep =
      new TimerWheel.Timer() {
        @Override
        protected void fire(long nowNanos) {
          pools.sweep(nowNanos);
          worker.arm(this, nowNanos + SWEEP_NANOS);
        }
      };

  private final TimerWheel.Timer look =
      new TimerWheel.Timer() {
        @Override
        protected void fire(long nowNanos) {
          Snapshot current = snapshots.get();
          Limits limits = current.config().limits();
          Timeouts timeouts = current.config().timeouts();
          admission.tick(nowNanos - deadlineNanos(), limits.overload());
          backlog.tick(nowNanos, limits.client(), timeouts);
          streams.tick(nowNanos, current.routing(), timeouts);
          meters.streams(streams.size());
          worker.arm(this, nowNanos + LOOK_NANOS);
        }
      };

  /**
   * @param loops how many loops share the retry budget's floor
   * @param accessLog null: no access log is written
   */
  public LoopContext(
      Worker worker,
      Pools pools,
      Supplier<Snapshot> snapshots,
      GeoService geo,
      Signals signals,
      ReplayMemory replayMemory,
      Telemetry telemetry,
      @Nullable AccessLog accessLog,
      DirectMemory memory,
      int loops) {
    this.worker = worker;
    this.pools = pools;
    this.snapshots = snapshots;
    this.geo = geo;
    this.signals = signals;
    this.replayMemory = replayMemory;
    this.accessLog = accessLog;
    this.counters = telemetry.counters();
    this.meters = telemetry.loop(worker.index());
    this.loops = loops;
    for (int i = 0; i < TURNS; i++) {
      turns[i] = worker.random();
    }
    MeridianConfig config = snapshots.get().config();
    Failover failover = config.failover();
    this.budget =
        new RetryBudget(failover.budget(), (double) failover.budgetFloor() / loops, worker.now());
    this.headRules = HeadRules.of(config);
    this.admission = new Admission(config.limits().overload(), memory, meters, loops);
    this.backlog = new Backlog(memory);
    this.streams = new Streams(worker, counters);
    this.clients = new OpenClients(worker);
  }

  /** Starts the loop's own chores; on the loop. */
  public void start() {
    worker.arm(sweep, worker.tick() + SWEEP_NANOS);
    worker.arm(look, worker.now() + LOOK_NANOS);
  }

  /** Applies another configuration. */
  public void configure(MeridianConfig config) {
    Failover failover = config.failover();
    budget.configure(failover.budget(), (double) failover.budgetFloor() / loops);
    HeadRules rules = HeadRules.of(config);
    if (!rules.equals(headRules)) {
      headRules = rules;
      free.clear();
    }
    pools.configure(config.limits(), config.timeouts());
    admission.configure(config.limits().overload());
  }

  /** An exchange for a connection's next request. */
  public ProxyExchange acquire(Downstream downstream) {
    ProxyExchange exchange = free.pollLast();
    if (exchange == null) {
      exchange = new ProxyExchange(this);
    }
    active++;
    exchange.attach(downstream);
    return exchange;
  }

  void release(ProxyExchange exchange) {
    active--;
    if (free.size() < MAX_FREE && exchange.rules().equals(headRules)) {
      free.addLast(exchange);
    } else {
      worker.remove(exchange);
    }
  }

  /** Requests in progress. */
  public int active() {
    return active;
  }

  /** Requests that wait for a region to come back. */
  public int parked() {
    return parked;
  }

  /** Requests that have waited so since the start. */
  public long everParked() {
    return everParked.get();
  }

  /**
   * Tunnels and event streams end in order.
   *
   * @param spreadNanos over this time
   */
  public void drain(long spreadNanos) {
    streams.stop(worker.tick(), spreadNanos);
  }

  /** A request is to wait for a region to come back; false if too many do. */
  boolean park() {
    if (parked >= MAX_PARKED) {
      return false;
    }
    parked++;
    everParked.incrementAndGet();
    meters.held(parked);
    return true;
  }

  void unparked() {
    parked--;
    meters.releaseHeld(parked);
  }

  /** Whether a request that waited may go on now, as not too many have just done so. */
  boolean mayUnpark(long nowNanos) {
    if (nowNanos - unparkWindowNanos >= UNPARK_NANOS) {
      unparkWindowNanos = nowNanos;
      unparkedInWindow = 0;
    }
    return unparkedInWindow++ < UNPARK_BATCH;
  }

  /** Where answers of routes that cache are stored; before the first request. */
  public void store(ResponseCache stored) {
    cache = stored;
  }

  /** Null: nothing is stored. */
  @Nullable ResponseCache cache() {
    return cache;
  }

  /** A head for stored answers, for the moment. */
  ResponseHead storedHead() {
    ResponseHead head = storedHead;
    if (head == null) {
      head = new ResponseHead(STORED_HEAD);
      storedHead = head;
    }
    return head;
  }

  /** Whether the answer to this key is being fetched anew, or none more may be. */
  boolean refreshing(String key) {
    ResponseCache current = cache;
    return current == null || current.flying(key) || refreshes >= MAX_REFRESHES;
  }

  /** Fetches a stored answer anew, behind the one that is given out now. */
  void refresh(RequestHead asked, Peer peer) {
    ByteBuf text = worker.allocator().buffer(asked.length() + 64);
    refreshes++;
    RequestWriter.again(text, asked);
    worker
        .loop()
        .execute(() -> {
          worker.tick();
          ProxyExchange exchange = acquire(new BackgroundDownstream(peer, () -> refreshes--));
          try {
            if (exchange.head().feed(text) == Parse.DONE) {
              exchange.arrived(worker.now(), Body.END, true);
            } else {
              refreshes--;
              exchange.abandon();
            }
          } finally {
            text.release();
          }
        });
  }

  Admission admission() {
    return admission;
  }

  Streams streams() {
    return streams;
  }

  /** Connections that have more to take than their clients took. */
  public Backlog backlog() {
    return backlog;
  }

  /** All client connections of the loop. */
  public OpenClients clients() {
    return clients;
  }

  /** The client's connection as one that compresses what it is given. */
  Downstream compressing(Downstream client, Compression rules, RequestHead request) {
    return new CompressingDownstream(client, rules, request, encoders, worker.allocator());
  }

  public Worker worker() {
    return worker;
  }

  /**
   * 64 bits for the next choice by chance on a route. Unlike random ones they divide every short
   * row of requests as the shares say.
   */
  long turn(int route) {
    return turns[route % TURNS] += GOLDEN;
  }

  public Pools pools() {
    return pools;
  }

  public Snapshot snapshot() {
    return snapshots.get();
  }

  Places places() {
    return geo.places();
  }

  Signals signals() {
    return signals;
  }

  ReplayMemory replayMemory() {
    return replayMemory;
  }

  RetryBudget budget() {
    return budget;
  }

  /**
   * What requests are told to from now on.
   *
   * @param log null: no access log is written
   * @param traces null: no spans are made
   */
  public void tell(@Nullable AccessLog log, @Nullable Spans traces) {
    accessLog = log;
    spans = traces;
  }

  @Nullable AccessLog accessLog() {
    return accessLog;
  }

  @Nullable Spans spans() {
    return spans;
  }

  RequestLog requestLog() {
    return requestLog;
  }

  Counters counters() {
    return counters;
  }

  LoopMeters meters() {
    return meters;
  }

  HeadRules headRules() {
    return headRules;
  }
}
