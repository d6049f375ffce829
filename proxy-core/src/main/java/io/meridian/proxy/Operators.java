package io.meridian.proxy;

import io.meridian.health.HealthView;
import io.meridian.proxy.admin.ControlRefused;
import io.meridian.proxy.admin.ControlRequest;
import io.meridian.proxy.admin.DrillRequest;
import io.meridian.proxy.admin.DrillStatus;
import io.meridian.proxy.routing.Control;
import io.netty.util.concurrent.Future;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What operators ask for: controls of regions, and drills. Called by any thread, done on the
 * control loop.
 */
final class Operators {
  private final Parts parts;
  private final World world;

  Operators(Parts parts) {
    this.parts = parts;
    this.world = parts.world;
  }

  /**
   * Does what an operator asks; waits for it.
   *
   * @return the region's control from now on; null if it has none
   */
  @Nullable Control control(ControlRequest request) throws ControlRefused {
    Future<@Nullable Control> done =
        parts
            .control
            .next()
            .<@Nullable Control>submit(() -> {
              Control made =
                  parts.controls.apply(request, world.rules(), felt(), parts.ticker.nanoTime());
              tick();
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
    DrillRun run = parts.drills.run();
    HealthView view = parts.health.view();
    return run == null ? view : DrillBoard.without(view, run.drill.region());
  }

  /**
   * Begins a drill; waits for it.
   *
   * @param rates requests a second of each region in the seconds before
   */
  DrillStatus startDrill(DrillRequest request, Map<String, Double> rates) throws ControlRefused {
    return made(
        parts
            .control
            .next()
            .submit(() -> {
              long now = parts.ticker.nanoTime();
              DrillRun run =
                  parts.drills.start(
                      request, world.rules(), parts.health.view(), parts.controls, rates, now);
              world.drill(run.drill, run.meters, parts.health.view(), now);
              run.inForce(parts.ticker.nanoTime());
              return drills();
            })
            .awaitUninterruptibly());
  }

  /** Ends the drill that is under way, if there is one; waits for it. */
  DrillStatus stopDrill(String why) throws ControlRefused {
    return made(
        parts
            .control
            .next()
            .submit(() -> {
              long now = parts.ticker.nanoTime();
              if (parts.drills.stop(world.snapshot().config(), why, now) != null) {
                world.drill(null, null, parts.health.view(), parts.ticker.nanoTime());
              }
              return drills();
            })
            .awaitUninterruptibly());
  }

  /** Drills of this process. */
  DrillStatus drills() {
    return parts.drills.status(world.snapshot().config(), parts.ticker.nanoTime());
  }

  /** Ends what is over, and puts changes to use. On the control loop. */
  void tick() {
    long now = parts.ticker.nanoTime();
    parts.processLog.tick(now);
    if (parts.controls.tick(world.snapshot().config(), now)) {
      world.control(parts.controls.controls(), parts.health.view(), now);
    }
    parts.capacityWatch.tick(world.loads(), now);
    if (parts.drills.tick(world.rules(), parts.health.view(), parts.controls, now)) {
      world.drill(null, null, parts.health.view(), now);
    }
  }
}
