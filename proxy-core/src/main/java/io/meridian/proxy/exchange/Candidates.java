package io.meridian.proxy.exchange;

import io.meridian.health.HealthState;
import io.meridian.proxy.exchange.RegionLoad.Room;
import io.meridian.proxy.routing.RegionOrder;
import io.meridian.proxy.routing.RoutedEndpoint;
import io.meridian.proxy.routing.RoutedRegion;
import io.meridian.proxy.telemetry.EndpointMeters;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which endpoint is tried next: the decision's regions in order, at most two endpoints of each,
 * none twice; within a region the better of two by expected wait. Event loop only; reused.
 *
 * @see "M. Mitzenmacher, The Power of Two Choices in Randomized Load Balancing, 2001"
 */
final class Candidates {
  private static final int PER_REGION = 2;

  private final LoopContext context;
  private final int[] tried = new int[16];
  private int triedCount;
  private @Nullable RoutedRegion region;
  private @Nullable RegionLoad @Nullable [] loads; // by region index, of the order's snapshot
  private @Nullable RegionLoad entered;
  private boolean full;

  Candidates(LoopContext context) {
    this.context = context;
  }

  void clear() {
    triedCount = 0;
    region = null;
    full = false;
  }

  /**
   * What regions can take, for the orders from now on.
   *
   * @param byIndex of the snapshot that they are of; null: none has a capacity
   */
  void limit(@Nullable RegionLoad @Nullable [] byIndex) {
    loads = byIndex;
  }

  /** Whether a region was passed over because it has as much as it can take. */
  boolean full() {
    return full;
  }

  /** Counts an attempt in at the region where the one before it has just ended. */
  @Nullable RegionLoad enterAgain(RoutedRegion at) {
    int index = at.index();
    RegionLoad load = loads == null || index >= loads.length ? null : loads[index];
    if (load == null || !load.region().equals(at.name())) {
      return null; // the region was of another configuration
    }
    load.enterAgain(context.worker().now());
    return load;
  }

  /** The load that the last endpoint's attempt was counted in, once; null: it has no limit. */
  @Nullable RegionLoad takeEntered() {
    RegionLoad load = entered;
    entered = null;
    return load;
  }

  /** Region of the last endpoint that {@link #next} gave. */
  RoutedRegion region() {
    RoutedRegion found = region;
    if (found == null) {
      throw new IllegalStateException("no candidate was found");
    }
    return found;
  }

  /**
   * The next endpoint to try, noted as tried; null if none is left.
   *
   * @param kind of the attempt
   * @param avoid a region that is being tried right now; null if none is
   */
  @Nullable RoutedEndpoint next(
      RegionOrder order, Attempt.Kind kind, @Nullable RoutedRegion avoid) {
    for (int i = 0; i < order.size(); i++) {
      RoutedRegion candidate = order.get(i);
      if (avoid != null && candidate.name().equals(avoid.name())) {
        continue;
      }
      RoutedEndpoint endpoint = pick(candidate);
      if (endpoint != null && triedCount < tried.length && enter(candidate, kind, i)) {
        tried[triedCount++] = endpoint.id();
        region = candidate;
        return endpoint;
      }
    }
    return null;
  }

  /** Counts an attempt in where the region has room for one of its kind. */
  private boolean enter(RoutedRegion candidate, Attempt.Kind kind, int place) {
    RegionLoad load = loads == null ? null : loads[candidate.index()];
    entered = load;
    if (load == null) {
      return true;
    }
    boolean own = kind == Attempt.Kind.RETRY || (kind == Attempt.Kind.FIRST && place == 0);
    if (load.enter(own ? Room.HARD : Room.SOFT, context.worker().now())) {
      return true;
    }
    entered = null;
    full = true;
    return false;
  }

  /** An endpoint that lost a race was never asked: it may be tried again. */
  void giveBack(RoutedEndpoint endpoint) {
    for (int i = 0; i < triedCount; i++) {
      if (tried[i] == endpoint.id()) {
        tried[i] = tried[--triedCount];
        return;
      }
    }
  }

  /** Whether {@link #next} would find one for a hedge. */
  boolean more(RegionOrder order) {
    for (int i = 0; i < order.size(); i++) {
      RegionLoad load = loads == null ? null : loads[order.get(i).index()];
      boolean room = load == null || load.admits(Room.SOFT, context.worker().now());
      if (room && pick(order.get(i)) != null) {
        return true;
      }
    }
    return false;
  }

  private @Nullable RoutedEndpoint pick(RoutedRegion candidate) {
    List<RoutedEndpoint> endpoints = candidate.endpoints();
    int size = endpoints.size();
    if (triedCount == 0 && size == 1) {
      return endpoints.getFirst();
    }
    if (triedIn(endpoints) >= PER_REGION) {
      return null;
    }
    long random = context.worker().random() >>> 33;
    RoutedEndpoint first = open(endpoints, (int) (random % size));
    if (first == null || size == 1) {
      return first;
    }
    RoutedEndpoint second = open(endpoints, (int) ((random / size) % size));
    return second == null || cost(first) <= cost(second) ? first : second;
  }

  /** The first usable endpoint from this place on, those surely well before the others. */
  private @Nullable RoutedEndpoint open(List<RoutedEndpoint> endpoints, int from) {
    RoutedEndpoint doubtful = null;
    for (int i = 0; i < endpoints.size(); i++) {
      RoutedEndpoint endpoint = endpoints.get((from + i) % endpoints.size());
      if (endpoint.state().usable() && !wasTried(endpoint.id())) {
        if (endpoint.state() != HealthState.SUSPECT) {
          return endpoint;
        }
        doubtful = doubtful == null ? endpoint : doubtful;
      }
    }
    return doubtful;
  }

  /** Expected wait, relative: Peak EWMA of the time to first byte, times requests under way. */
  private double cost(RoutedEndpoint endpoint) {
    int loop = context.worker().index();
    EndpointMeters meters = context.snapshot().target(endpoint.id()).meters();
    double wait = Math.max(1e6, meters.peakEwmaNanos(loop, context.worker().now()));
    double share = endpoint.weight() * Math.max(0.01, endpoint.share());
    return wait * (meters.inFlight(loop) + 1) / share;
  }

  private int triedIn(List<RoutedEndpoint> endpoints) {
    int count = 0;
    for (int i = 0; i < endpoints.size(); i++) {
      if (wasTried(endpoints.get(i).id())) {
        count++;
      }
    }
    return count;
  }

  private boolean wasTried(int id) {
    for (int i = 0; i < triedCount; i++) {
      if (tried[i] == id) {
        return true;
      }
    }
    return false;
  }
}
