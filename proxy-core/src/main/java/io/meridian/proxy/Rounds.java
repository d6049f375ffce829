package io.meridian.proxy;

import io.meridian.proxy.exchange.LoopContext;
import io.meridian.proxy.exchange.Snapshot;
import java.util.concurrent.TimeUnit;

/** What the control loop does again and again. */
final class Rounds {
  private static final long FOLD_MILLIS = 100;
  private static final long WARM_MILLIS = 1_000;
  private static final long CONTROL_MILLIS = 200;

  /** Regions up to which every loop keeps a spare connection to each. */
  private static final int WARM_REGIONS = 12;

  private final Parts parts;
  private final Drain drain;
  private final TrafficFold trafficFold;

  private Rounds(Parts parts, Drain drain) {
    this.parts = parts;
    this.drain = drain;
    this.trafficFold = new TrafficFold(parts.health);
  }

  static void start(Parts parts, Drain drain, Operators operators, AdminView view) {
    Rounds rounds = new Rounds(parts, drain);
    rounds.every(FOLD_MILLIS, FOLD_MILLIS, rounds::fold);
    rounds.every(WARM_MILLIS / 4, WARM_MILLIS, rounds::warm);
    rounds.every(CONTROL_MILLIS, CONTROL_MILLIS, operators::tick);
    rounds.every(0, 1_000, view::sample);
    rounds.every(1_000, 1_000, () -> parts.databases.look(parts.geo.status()));
    rounds.every(0, LiveHistory.STEP_MILLIS, view::step);
  }

  private void every(long firstMillis, long millis, Runnable task) {
    parts.control.next().scheduleAtFixedRate(task, firstMillis, millis, TimeUnit.MILLISECONDS);
  }

  /** Tells health what traffic showed since the last time, and the router what data is where. */
  private void fold() {
    parts.world.foldReplicas(parts.ticker.nanoTime()).forEach(parts.events::crossed);
    parts.holds.look(
        parts.requestsParked(),
        parts.contexts.stream().mapToLong(LoopContext::everParked).sum(),
        parts.ticker.nanoTime());
    trafficFold.fold(parts.world.snapshot(), parts.world.loads());
  }

  /** Keeps a spare connection to each region, so that failing over costs no handshake. */
  private void warm() {
    Snapshot current = parts.world.snapshot();
    var regions = current.routing().regions();
    if (regions.size() > WARM_REGIONS || drain.begun()) {
      return;
    }
    for (LoopContext context : parts.contexts) {
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
