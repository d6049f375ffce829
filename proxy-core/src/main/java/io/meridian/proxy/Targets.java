package io.meridian.proxy;

import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.proxy.telemetry.Telemetry;
import io.meridian.proxy.upstream.Target;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Gives every endpoint a number and one {@link Target}, which it keeps for as long as the process
 * lives. One thread.
 */
final class Targets {
  private record Key(String region, String name) {}

  private final Telemetry telemetry;
  private final Map<Key, Target> byKey = new HashMap<>();
  private final List<Target> byId = new ArrayList<>();

  Targets(Telemetry telemetry) {
    this.telemetry = telemetry;
  }

  /** Numbers what is new in a configuration. */
  void add(MeridianConfig config) {
    for (Region region : config.regions()) {
      for (Region.Endpoint endpoint : region.endpoints()) {
        byKey.computeIfAbsent(
            new Key(region.name(), endpoint.name()), _ -> target(region.name(), endpoint));
      }
    }
  }

  int id(String region, String name) {
    Target target = byKey.get(new Key(region, name));
    if (target == null) {
      throw new IllegalArgumentException(region + " " + name + " (expected: a known endpoint)");
    }
    return target.id();
  }

  /** By id. */
  Target[] all() {
    return byId.toArray(Target[]::new);
  }

  private Target target(String region, Region.Endpoint endpoint) {
    byte[] literal = NetUtil.createByteArrayFromIpAddressString(endpoint.host());
    InetSocketAddress address =
        literal == null
            ? InetSocketAddress.createUnresolved(endpoint.host(), endpoint.port())
            : new InetSocketAddress(endpoint.host(), endpoint.port());
    Target target =
        new Target(
            byId.size(),
            region,
            endpoint.name(),
            address,
            telemetry.endpoint(region, endpoint.name()));
    byId.add(target);
    return target;
  }
}
