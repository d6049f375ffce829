package io.meridian.proxy;

import io.meridian.health.HealthMonitor;
import io.meridian.proxy.exchange.RegionLoad;
import io.meridian.proxy.exchange.RegionLoads;
import io.meridian.proxy.exchange.Snapshot;
import io.meridian.proxy.routing.RoutedEndpoint;
import io.meridian.proxy.routing.RoutedRegion;
import io.meridian.proxy.telemetry.EndpointMeters;
import java.util.Arrays;

/**
 * Tells health and the regions' loads what traffic showed since the last time. Where there are many
 * endpoints, those without traffic for a second are looked at every fourth time. Control loop only.
 */
final class TrafficFold {
  private static final int MANY = 100;
  private static final int SKIPS = 4;

  private final HealthMonitor health;
  private int turn;
  private int[] quiet = {}; // by an endpoint's id: looked at in vain so often

  TrafficFold(HealthMonitor health) {
    this.health = health;
  }

  void fold(Snapshot current, RegionLoads loads) {
    turn++;
    int endpoints = current.endpoints();
    if (quiet.length < endpoints) {
      quiet = Arrays.copyOf(quiet, endpoints);
    }
    for (RoutedRegion region : current.routing().regions()) {
      for (RoutedEndpoint endpoint : region.endpoints()) {
        int id = endpoint.id();
        if (endpoints <= MANY || quiet[id] < SKIPS || (id + turn) % SKIPS == 0) {
          EndpointMeters.Fold fold = current.target(id).meters().drain();
          quiet[id] = fold.isEmpty() ? quiet[id] + 1 : 0;
          if (!fold.isEmpty()) {
            tell(region.name(), endpoint.name(), fold, loads);
          }
        }
      }
    }
  }

  private void tell(String region, String endpoint, EndpointMeters.Fold fold, RegionLoads loads) {
    RegionLoad load = fold.samples() == 0 ? null : loads.of(region);
    if (load != null) {
      load.answered(Math.exp(fold.logMeanMillis()), fold.samples());
    }
    health.traffic(
        region, endpoint, fold.successes(), fold.failures(), fold.logMeanMillis(), fold.samples());
  }
}
