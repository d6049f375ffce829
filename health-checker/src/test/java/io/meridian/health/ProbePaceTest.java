package io.meridian.health;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.Health;
import io.meridian.config.Region;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class ProbePaceTest {
  private static final long MILLI = 1_000_000;

  private final HealthBoard board = new HealthBoard(InstantSource.system(), _ -> {});
  private long now = 5_000 * MILLI;

  @Test
  void up_to_fifty_probes_a_second_have_a_connection_each() {
    configure(50, Configs.HEALTHZ, Health.Measure.CONNECT);
    assertFalse(board.pace().keeps());
    configure(51, Configs.HEALTHZ, Health.Measure.CONNECT);
    assertTrue(board.pace().keeps());
    assertEquals(1020, TimeUnit.NANOSECONDS.toMillis(board.pace().renewNanos()));
  }

  @Test
  void a_check_that_is_a_connection_always_has_its_own() {
    configure(1000, new Health.Tcp(), Health.Measure.CONNECT);
    assertFalse(board.pace().keeps());
    configure(1000, new Health.Tls(null), Health.Measure.CONNECT);
    assertFalse(board.pace().keeps());
  }

  @Test
  void an_endpoint_that_is_new_or_in_doubt_is_asked_over_new_connections() {
    configure(100, Configs.HEALTHZ, Health.Measure.CONNECT);
    EndpointEntry e = board.endpoints().getFirst();
    for (int i = 0; i < 4; i++) {
      assertTrue(board.pace().wantsNew(e, now), "no estimate yet");
      board.probeOk(e, now, 10, 20, now);
    }
    assertFalse(board.pace().wantsNew(e, now));
    board.probeFailed(e, now, true, "overdue", now);
    assertTrue(board.pace().wantsNew(e, now), "suspect");
  }

  @Test
  void an_odd_time_over_a_kept_connection_calls_for_a_new_one_and_moves_no_estimate() {
    configure(100, Configs.HEALTHZ, Health.Measure.CONNECT);
    EndpointEntry e = board.endpoints().getFirst();
    for (int i = 0; i < 4; i++) {
      board.probeOk(e, now, 10, 20, now);
    }
    Estimate before = e.roundTrip;
    for (int i = 0; i < 5; i++) {
      now += 1_000 * MILLI;
      assertFalse(board.keptOk(e, now, 30, now));
    }
    assertTrue(board.keptOk(e, now, 90, now));
    assertEquals(before, e.roundTrip);
    assertEquals(HealthState.HEALTHY, e.state.state());
  }

  @Test
  void where_first_bytes_count_those_over_kept_connections_do() {
    configure(100, Configs.HEALTHZ, Health.Measure.FIRST_BYTE);
    EndpointEntry e = board.endpoints().getFirst();
    board.probeOk(e, now, 70, 90, now);
    for (int i = 0; i < 4; i++) {
      assertFalse(board.pace().wantsNew(e, now));
      assertFalse(board.keptOk(e, now, 30, now));
    }
    assertEquals(30, e.roundTrip.millis(), 2);
    Estimate before = e.roundTrip;
    board.probeOk(e, now, 70, 90, now);
    assertEquals(before, e.roundTrip, "a new connection takes longer, and is another thing");
  }

  private void configure(int endpoints, Health.Check check, Health.Measure measure) {
    List<Region> regions = new ArrayList<>();
    for (int i = 0; i < endpoints; i++) {
      regions.add(Configs.region("r" + i, null, "http://r" + i + ".test:80"));
    }
    board.configure(Configs.config(null, Configs.health(check, measure), regions), now);
  }
}
