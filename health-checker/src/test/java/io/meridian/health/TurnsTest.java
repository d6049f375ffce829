package io.meridian.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.Ticker;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TurnsTest {
  private static final long MILLI = 1_000_000;

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
  private final EventLoop loop = group.next();
  private final Turns turns = new Turns(loop, Ticker.systemTicker());
  private final List<Long> early = new CopyOnWriteArrayList<>();

  @AfterEach
  void close() {
    group.shutdownGracefully(0, 2, TimeUnit.SECONDS).syncUninterruptibly();
  }

  /** Notes by how much it comes too early. */
  private final class Alarm extends Turns.Timer {
    private final CountDownLatch rings;
    private long due;

    Alarm(int times) {
      rings = new CountDownLatch(times);
    }

    void in(long millis) {
      due = System.nanoTime() + millis * MILLI;
      turns.arm(this, millis * MILLI);
    }

    @Override
    public void run() {
      if (System.nanoTime() - due < 0) {
        early.add(due);
      }
      rings.countDown();
    }
  }

  @Test
  void none_runs_early_and_all_run_once_exact_or_in_turns() throws InterruptedException {
    for (boolean coarse : new boolean[] {false, true, false}) {
      Alarm[] alarms = new Alarm[60];
      loop.submit(
              () -> {
                turns.coarse(coarse);
                for (int i = 0; i < alarms.length; i++) {
                  alarms[i] = new Alarm(1);
                  alarms[i].in(50 + 7L * i);
                }
              })
          .syncUninterruptibly();
      for (Alarm alarm : alarms) {
        assertTrue(alarm.rings.await(20, TimeUnit.SECONDS));
      }
      assertEquals(List.of(), early);
    }
  }

  @Test
  void what_is_armed_again_or_cancelled_no_longer_runs_as_before() throws InterruptedException {
    Alarm moved = new Alarm(2);
    Alarm cancelled = new Alarm(1);
    Alarm last = new Alarm(1);
    loop.submit(
            () -> {
              turns.coarse(true);
              cancelled.in(150);
              moved.in(200);
              moved.in(300);
              moved.in(250);
              turns.cancel(cancelled);
              last.in(700);
            })
        .syncUninterruptibly();
    assertTrue(last.rings.await(20, TimeUnit.SECONDS));
    assertEquals(1, moved.rings.getCount(), "ran once");
    assertEquals(1, cancelled.rings.getCount(), "never ran");
    assertEquals(List.of(), early);
  }

  @Test
  void a_time_longer_than_a_round_is_kept() throws InterruptedException {
    Alarm far = new Alarm(1);
    loop.submit(
            () -> {
              turns.coarse(true);
              far.in(2_700);
            })
        .syncUninterruptibly();
    assertTrue(far.rings.await(20, TimeUnit.SECONDS));
    assertEquals(List.of(), early);
  }
}
