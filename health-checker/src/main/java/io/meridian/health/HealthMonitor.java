package io.meridian.health;

import io.meridian.config.MeridianConfig;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.Ticker;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * The shell around the pure rules: runs probes and timers on its own loop, takes outcomes of real
 * traffic from any thread, and publishes a {@link HealthView} at each change.
 */
public final class HealthMonitor implements AutoCloseable {
  private static final long TICK_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
  private static final long MOVED_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

  /** How soon a change of state is kept, and how often estimates are. */
  private static final long UNKEPT_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

  private static final long KEPT_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long LAST_MILLIS = 2_000;

  /** A view of many endpoints is made less often, so that views stay a small part of the work. */
  private static final long NANOS_PER_ENDPOINT = TimeUnit.MILLISECONDS.toNanos(1);

  /** Likewise between two views of changes of state: 20 ms with a thousand endpoints. */
  private static final long GAP_NANOS_PER_ENDPOINT = TimeUnit.MICROSECONDS.toNanos(20);

  private final EventLoop loop;
  private final Ticker ticker;
  private final Consumer<HealthView> onView;
  private final HealthBoard board;
  private final Turns turns;
  private final Prober prober;
  private final ProbeSchedule schedule;
  private final Future<?> timer;
  private volatile HealthView view = new HealthView(0, List.of(), false, false);
  private long publishedNanos; // event loop only
  private boolean published; // ever; event loop only
  private boolean publishing; // event loop only
  private boolean closed; // event loop only
  private final InstantSource clock;
  private final StateKeeper keeper = new StateKeeper();
  private final AtomicBoolean started = new AtomicBoolean();
  private @Nullable Path stateFile; // event loop only
  private long keptNanos; // event loop only
  private boolean unkept; // event loop only

  /**
   * As the other constructor, for a loop of Java's own sockets (NIO).
   *
   * @param loop one event loop that carries no traffic; probes and all state live on it
   * @param onView called on that loop after each publication
   * @param onEvent called on that loop for each change of state
   */
  public HealthMonitor(
      EventLoopGroup loop,
      Ticker ticker,
      Consumer<HealthView> onView,
      Consumer<HealthEvent> onEvent) {
    this(
        loop,
        ticker,
        onView,
        onEvent,
        ProbePath.PLAIN,
        NioSocketChannel.class,
        NioDatagramChannel.class);
  }

  /**
   * @param path how probes get to endpoints
   * @param socketType channels of probes, fit for the loop
   * @param datagramType channels of name look-ups, fit for the loop
   */
  public HealthMonitor(
      EventLoopGroup loop,
      Ticker ticker,
      Consumer<HealthView> onView,
      Consumer<HealthEvent> onEvent,
      ProbePath path,
      Class<? extends SocketChannel> socketType,
      Class<? extends DatagramChannel> datagramType) {
    this(
        loop,
        ticker,
        InstantSource.system(),
        new SplittableRandom(),
        onView,
        onEvent,
        path,
        socketType,
        datagramType);
  }

  /**
   * @param clock wall clock of events
   * @param random spreads probes in time
   */
  public HealthMonitor(
      EventLoopGroup loop,
      Ticker ticker,
      InstantSource clock,
      RandomGenerator random,
      Consumer<HealthView> onView,
      Consumer<HealthEvent> onEvent,
      ProbePath path,
      Class<? extends SocketChannel> socketType,
      Class<? extends DatagramChannel> datagramType) {
    this.loop = loop.next();
    this.ticker = ticker;
    this.onView = onView;
    this.clock = clock;
    this.keptNanos = ticker.nanoTime();
    this.board = new HealthBoard(clock, onEvent);
    this.turns = new Turns(this.loop, ticker);
    this.prober =
        new Prober(this.loop, ticker, turns, new ProbeTls(), path, socketType, datagramType);
    this.schedule = new ProbeSchedule(turns, ticker, random, prober, board, this::afterSignal);
    this.timer =
        this.loop.scheduleAtFixedRate(this::tick, TICK_NANOS, TICK_NANOS, TimeUnit.NANOSECONDS);
  }

  /**
   * Starts, or applies another configuration; endpoints that stay keep their state. At the start
   * the state file is read here. Any thread that may block.
   */
  public void configure(MeridianConfig config) {
    Path file = config.health().stateFile();
    boolean first = !started.getAndSet(true);
    SavedHealth saved = first && file != null ? StateFile.read(file, clock.millis()) : null;
    onLoop(() -> {
      long now = ticker.nanoTime();
      board.configure(config, now);
      if (saved != null) {
        board.restore(saved, now);
      }
      stateFile = file;
      schedule.follow(board.endpoints());
      afterSignal();
      publish(); // nobody is to act on a view that knows less
    });
  }

  /** The newest view: one volatile read. */
  public HealthView view() {
    return view;
  }

  /**
   * A failure of real traffic, told at once. Any thread.
   *
   * @param endpoint {@code host:port}
   */
  public void failure(String region, String endpoint, Outcome outcome) {
    onLoop(() -> {
      board.failure(region, endpoint, outcome, ticker.nanoTime());
      afterSignal();
    });
  }

  /**
   * What an endpoint did since the last call, folded by the proxy a few times a second. Any thread.
   *
   * @param successes attempts that ended well
   * @param failures attempts that were told to {@link #failure} in the same span
   * @param logMeanMillis mean of ln(round trip in ms) over first bytes of answers; NaN if none
   * @param samples how many are in that mean
   */
  public void traffic(
      String region,
      String endpoint,
      long successes,
      long failures,
      double logMeanMillis,
      int samples) {
    onLoop(() -> {
      long now = ticker.nanoTime();
      board.traffic(region, endpoint, successes, failures, logMeanMillis, samples, now);
      afterSignal();
    });
  }

  /** Ends all probes, and keeps the state for another process. */
  @Override
  public void close() {
    if (!loop.isShuttingDown()) {
      Future<?> end = loop.submit(this::end);
      if (!loop.inEventLoop()) {
        end.awaitUninterruptibly(LAST_MILLIS);
      }
    }
    keeper.close();
  }

  private void end() {
    if (!closed) {
      keep(ticker.nanoTime());
      closed = true;
      timer.cancel(false);
      schedule.follow(List.of());
      turns.close();
      prober.close();
    }
  }

  private void keep(long now) {
    Path file = stateFile;
    if (file != null) {
      keptNanos = now;
      unkept = false;
      keeper.keep(file, board.save(now));
    }
  }

  private void onLoop(Runnable task) {
    if (!loop.isShuttingDown()) {
      loop.execute(() -> {
        if (!closed) {
          task.run();
        }
      });
    }
  }

  private void tick() {
    long now = ticker.nanoTime();
    board.tick(now);
    afterSignal();
    long waited = now - publishedNanos;
    if (board.hasJumped()
        ? waited >= Math.min(MOVED_NANOS, board.size() * NANOS_PER_ENDPOINT)
        : board.hasMoved() && waited >= MOVED_NANOS) {
      publish();
    }
    if (now - keptNanos >= (unkept ? UNKEPT_NANOS : KEPT_NANOS)) {
      keep(now);
    }
  }

  private void afterSignal() {
    List<EndpointEntry> doubtful = board.takeDoubtful();
    if (!doubtful.isEmpty()) {
      schedule.hurry(doubtful);
    }
    unkept |= board.hasChanged();
    if (board.hasChanged() && !publishing) {
      publishing = true; // one view for all that changes in this turn of the loop, or in the gap
      long gap = board.size() * GAP_NANOS_PER_ENDPOINT;
      long wait = gap - (ticker.nanoTime() - publishedNanos);
      if (published && wait > 0) {
        loop.schedule(this::publish, wait, TimeUnit.NANOSECONDS);
      } else {
        loop.execute(this::publish);
      }
    }
  }

  private void publish() {
    publishing = false;
    if (closed) {
      return;
    }
    publishedNanos = ticker.nanoTime();
    published = true;
    HealthView next = board.view(publishedNanos);
    view = next;
    onView.accept(next);
  }
}
