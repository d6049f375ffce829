package io.meridian.proxy.exchange;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.ClientLimits;
import io.meridian.config.Timeouts;
import io.meridian.proxy.loop.DirectMemory;
import io.meridian.proxy.telemetry.Rejection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class BacklogTest {
  private static final long SECOND = 1_000_000_000;
  private static final Timeouts TEN_SECONDS = timeouts(Duration.ofSeconds(10));
  private final long[] used = {0};
  private final List<Client> clients = new ArrayList<>();
  private final Backlog backlog = new Backlog(new DirectMemory(() -> held(), 1000, 90));

  private long held() {
    return used[0] + clients.stream().mapToLong(client -> client.pending).sum();
  }

  private static Timeouts timeouts(Duration window) {
    Duration any = Duration.ofSeconds(1);
    return new Timeouts(any, any, any, window, any, any, any, any, any, any, any, any, any);
  }

  private final class Client extends Backlog.Member {
    private long pending;
    private long taken;
    private int resumed;
    private @Nullable Rejection cut;

    Client(long pending) {
      this.pending = pending;
      clients.add(this);
      backlog.join(this, 0);
    }

    @Override
    protected long pending() {
      return pending;
    }

    @Override
    protected long taken() {
      return taken;
    }

    @Override
    protected void resume() {
      resumed++;
    }

    @Override
    protected void cut(Rejection why) {
      cut = why;
      pending = 0;
    }
  }

  private void tick(long seconds) {
    ClientLimits limits = new ClientLimits(null, 32, 64, 0, Duration.ZERO, 0, 10, null, 100);
    backlog.tick(seconds * SECOND, limits, TEN_SECONDS);
  }

  @Test
  void a_client_that_takes_too_little_in_a_window_is_cut_and_one_that_takes_enough_is_not() {
    Client slow = new Client(100);
    Client steady = new Client(100);
    slow.taken = 99;
    steady.taken = 100;
    tick(9);
    assertNull(slow.cut);
    tick(10);
    assertEquals(Rejection.RESPONSE_RATE, slow.cut);
    assertNull(steady.cut);
    tick(20);
    assertEquals(Rejection.RESPONSE_RATE, steady.cut);
    assertEquals(0, backlog.size());
  }

  @Test
  void one_that_has_taken_all_leaves_and_is_told() {
    Client client = new Client(100);
    tick(1);
    client.pending = 0;
    tick(2);
    assertEquals(0, backlog.size());
    assertTrue(client.resumed >= 1);
    backlog.leave(client);
    backlog.join(client, 0);
    backlog.join(client, 0);
    assertEquals(1, backlog.size());
  }

  @Test
  void while_memory_is_tight_only_those_that_took_all_get_more() {
    used[0] = 500;
    Client client = new Client(101);
    assertFalse(backlog.roomy());
    tick(1);
    assertEquals(0, client.resumed);
    used[0] = 400;
    tick(2);
    assertEquals(1, client.resumed);
    assertNull(client.cut);
  }

  @Test
  void when_memory_is_full_those_that_hold_most_are_cut_and_no_more_than_needed() {
    Client small = new Client(300);
    Client large = new Client(400);
    Client middle = new Client(350);
    tick(1);
    assertEquals(Rejection.OVERLOAD_MEMORY, large.cut);
    assertNull(small.cut);
    assertNull(middle.cut);
  }
}
