package io.meridian.proxy.exchange;

import io.meridian.proxy.loop.Worker;
import io.meridian.proxy.routing.CompiledRoute;
import io.meridian.proxy.routing.Drill;
import io.meridian.proxy.routing.RouteDecision;
import io.meridian.proxy.routing.RouteDecision.Forward;
import io.meridian.proxy.routing.RouteQuery;
import io.meridian.proxy.routing.Router;
import io.meridian.proxy.routing.RoutingSnapshot;
import io.meridian.proxy.telemetry.DrillMeters;
import io.meridian.proxy.telemetry.DrillMeters.Group;
import org.jspecify.annotations.Nullable;

/**
 * The world as clients see it that a drill takes in: the same rules, and one region not up. All
 * decisions for such a client are made in it, so that no attempt of any kind goes to that region.
 *
 * @param region index of the region that is failed
 * @param without routing as it is without that region
 */
public record DrilledWorld(Drill drill, int region, RoutingSnapshot without, DrillMeters meters) {

  /** Where the request goes; the first time it is also noted whether the drill moved it. */
  RouteDecision decide(
      CompiledRoute route, RouteQuery query, RoutingSnapshot usual, Mark mark, Worker worker) {
    RouteDecision ordinary = Router.decide(route, query, usual);
    boolean here = first(ordinary) == region;
    if (!drill.takes(query.address)) {
      mark.first(this, here ? Group.USUAL : null, region, worker);
      return ordinary;
    }
    RouteDecision drilled = Router.decide(route, query, without);
    mark.first(this, here ? Group.MOVED : null, first(drilled), worker);
    return drilled;
  }

  /** What a client's decisions are made from. */
  public RoutingSnapshot routing(byte[] address, RoutingSnapshot usual) {
    return drill.takes(address) ? without : usual;
  }

  private static int first(RouteDecision decision) {
    return decision instanceof Forward(var order, _) ? order.first().index() : -1;
  }

  /** What a drill has to do with one request. Event loop only; reused with its exchange. */
  static final class Mark {
    private boolean seen;
    private @Nullable Group group;
    private @Nullable DrillMeters meters;

    private void first(DrilledWorld world, @Nullable Group of, int receiver, Worker worker) {
      if (!seen) {
        seen = true;
        group = of;
        meters = world.meters();
        if (of != null) {
          meters.begun(worker.index(), of, receiver, worker.now());
        }
      }
    }

    /** Whether the request went elsewhere for the drill. */
    boolean moved() {
      return group == Group.MOVED;
    }

    /** The request is over, {@code failed} or not. */
    void finished(int loop, boolean failed, long durationNanos) {
      Group of = group;
      DrillMeters counting = meters;
      if (of != null && counting != null) {
        counting.finished(loop, of, failed, durationNanos);
      }
    }

    void clear() {
      seen = false;
      group = null;
      meters = null;
    }
  }
}
