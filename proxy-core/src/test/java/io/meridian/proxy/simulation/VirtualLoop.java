package io.meridian.proxy.simulation;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelPromise;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.AbstractScheduledEventExecutor;
import io.netty.util.concurrent.Future;
import io.netty.util.concurrent.ScheduledFuture;
import io.netty.util.concurrent.Ticker;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An event loop whose time is moved by hand; whoever calls is its thread. */
final class VirtualLoop extends AbstractScheduledEventExecutor implements EventLoop {
  /** Its clock. */
  static final class Clock implements Ticker {
    private long now = TimeUnit.SECONDS.toNanos(1_000);

    @Override
    public long initialNanoTime() {
      return 0;
    }

    @Override
    public long nanoTime() {
      return now;
    }

    @Override
    public void sleep(long delay, TimeUnit unit) {
      throw new UnsupportedOperationException("nobody sleeps on an event loop");
    }
  }

  private final Clock clock = new Clock();
  private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
  private boolean draining;

  /** What tasks have thrown. */
  final List<Throwable> thrown = new ArrayList<>();

  /** How many tasks have run. */
  long ran;

  long now() {
    return clock.now;
  }

  /** Runs all that is due until then. */
  void runUntil(long nanos) {
    drain();
    for (long next = nextScheduledTaskDeadlineNanos();
        next >= 0 && next <= nanos;
        next = nextScheduledTaskDeadlineNanos()) {
      clock.now = Math.max(clock.now, next);
      for (Runnable due = pollScheduledTask(clock.now);
          due != null;
          due = pollScheduledTask(clock.now)) {
        run(due);
        drain();
      }
    }
    clock.now = Math.max(clock.now, nanos);
  }

  /** Runs it so much later. */
  void after(long nanos, Runnable task) {
    var _ = schedule(task, Math.max(0, nanos), TimeUnit.NANOSECONDS);
  }

  @Override
  public Ticker ticker() {
    return clock;
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
    drain();
  }

  @Override
  public ScheduledFuture<?> schedule(Runnable task, long delay, TimeUnit unit) {
    return super.schedule(
        () -> {
          try {
            task.run();
          } catch (Throwable e) {
            thrown.add(e);
            throw e;
          }
        },
        delay,
        unit);
  }

  private void drain() {
    if (draining) {
      return;
    }
    draining = true;
    try {
      for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
        run(task);
      }
    } finally {
      draining = false;
    }
  }

  private void run(Runnable task) {
    boolean outer = draining;
    draining = true; // what it asks for comes after it
    ran++;
    try {
      task.run();
    } catch (Throwable e) {
      thrown.add(e);
    } finally {
      draining = outer;
    }
  }

  /** Forgets all that is still to come. */
  void end() {
    cancelScheduledTasks();
    tasks.clear();
  }

  @Override
  public EventLoopGroup parent() {
    return this;
  }

  @Override
  public EventLoop next() {
    return this;
  }

  @Override
  public ChannelFuture register(Channel channel) {
    return register(new DefaultChannelPromise(channel, this));
  }

  @Override
  public ChannelFuture register(ChannelPromise promise) {
    promise.channel().unsafe().register(this, promise);
    return promise;
  }

  @Override
  @Deprecated
  public ChannelFuture register(Channel channel, ChannelPromise promise) {
    channel.unsafe().register(this, promise);
    return promise;
  }

  @Override
  public boolean inEventLoop(Thread thread) {
    return true;
  }

  @Override
  public boolean isShuttingDown() {
    return false;
  }

  @Override
  public Future<?> shutdownGracefully(long quietPeriod, long timeout, TimeUnit unit) {
    throw new UnsupportedOperationException("it is simply left");
  }

  @Override
  public Future<?> terminationFuture() {
    throw new UnsupportedOperationException("it is simply left");
  }

  @Override
  @Deprecated
  public void shutdown() {
    throw new UnsupportedOperationException("it is simply left");
  }

  @Override
  public boolean isShutdown() {
    return false;
  }

  @Override
  public boolean isTerminated() {
    return false;
  }

  @Override
  public boolean awaitTermination(long timeout, TimeUnit unit) {
    return false;
  }
}
