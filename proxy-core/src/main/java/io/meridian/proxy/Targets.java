package io.meridian.proxy;

import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.proxy.telemetry.Telemetry;
import io.meridian.proxy.tls.UpstreamTlsFiles;
import io.meridian.proxy.upstream.Link;
import io.meridian.proxy.upstream.Target;
import io.netty.util.NetUtil;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Gives every endpoint a number and meters, which it keeps for as long as the process lives, and
 * the {@link Target} in force. One thread.
 */
final class Targets {
  private record Key(String region, String name) {}

  private final Telemetry telemetry;
  private final Map<Key, Target> byKey = new HashMap<>();
  private final List<Target> byId = new ArrayList<>();
  private long generation;

  Targets(Telemetry telemetry) {
    this.telemetry = telemetry;
  }

  /** Numbers what is new in a configuration, and links anew what is spoken to in another way. */
  void add(MeridianConfig config, UpstreamTlsFiles tls) {
    for (Region region : config.regions()) {
      for (Region.Endpoint endpoint : region.endpoints()) {
        Key key = new Key(region.name(), endpoint.name());
        Link link =
            new Link(
                ++generation,
                region.protocol(),
                endpoint.host(),
                endpoint.port(),
                tls.context(region, endpoint),
                region.sendProxyProtocol());
        Target known = byKey.get(key);
        if (known == null) {
          byKey.put(key, target(region.name(), endpoint, link));
        } else if (!known.link().sameSettings(link)) {
          Target changed =
              new Target(
                  known.id(), known.region(), known.name(), known.address(), known.meters(), link);
          byKey.put(key, changed);
          byId.set(known.id(), changed);
        }
      }
    }
  }

  /** Whether an endpoint of this name has ever been configured. */
  boolean knows(String region, String name) {
    return byKey.containsKey(new Key(region, name));
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

  private Target target(String region, Region.Endpoint endpoint, Link link) {
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
            telemetry.endpoint(region, endpoint.name()),
            link);
    byId.add(target);
    return target;
  }
}
