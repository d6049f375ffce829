package io.meridian.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.proxy.loop.Worker;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Ticker;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OpenClientsTest {
  private final EventLoop loop = new DefaultEventLoop();
  private final OpenClients clients =
      new OpenClients(new Worker(0, loop, Ticker.newMockTicker(), 1));

  @AfterEach
  void stop() {
    loop.shutdownGracefully(0, 0, java.util.concurrent.TimeUnit.SECONDS);
  }

  private static final class Idle implements OpenClients.Client {
    private final long idleNanos;
    private int place;
    private boolean evicted;

    Idle(long idleNanos) {
      this.idleNanos = idleNanos;
    }

    @Override
    public int place() {
      return place;
    }

    @Override
    public void place(int index) {
      place = index;
    }

    @Override
    public long idleNanos(long nowNanos) {
      return idleNanos;
    }

    @Override
    public void evict() {
      evicted = true;
    }
  }

  @Test
  void busy_connections_and_new_ones_are_never_ended() {
    for (int i = 0; i < 100; i++) {
      clients.add(new Idle(i % 2 == 0 ? -1 : 500_000_000));
    }
    assertFalse(clients.makeRoom());
  }

  @Test
  void one_that_has_long_been_idle_makes_room() {
    Idle old = new Idle(60_000_000_000L);
    clients.add(old);
    assertTrue(clients.makeRoom());
    assertTrue(old.evicted);
  }

  @Test
  void connections_come_and_go_in_any_order() {
    SplittableRandom random = new SplittableRandom(1);
    List<Idle> open = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      if (open.isEmpty() || random.nextInt(3) > 0) {
        Idle client = new Idle(0);
        clients.add(client);
        open.add(client);
      } else {
        clients.remove(open.remove(random.nextInt(open.size())));
      }
      assertEquals(open.size(), clients.size());
    }
    open.forEach(clients::remove);
    assertEquals(0, clients.size());
  }
}
