package io.meridian.proxy.routing;

import io.meridian.config.Cidr;
import io.meridian.config.Fence;
import io.meridian.geo.Location;
import java.util.List;

/** Tells whether a fence binds a client. */
public final class FenceRule {
  private final Fence fence;
  private final String[] continents;
  private final String[] countries;
  private final List<Cidr> prefixes;
  private final boolean unknownApplies;

  FenceRule(Fence fence) {
    this.fence = fence;
    this.continents = fence.when().clientContinent().toArray(String[]::new);
    this.countries = fence.when().clientCountry().toArray(String[]::new);
    this.prefixes = fence.when().clientPrefix();
    this.unknownApplies = fence.unknown() == Fence.Unknown.APPLY;
  }

  public String name() {
    return fence.name();
  }

  public int status() {
    return fence.status();
  }

  /** Whether the region may serve a client that the fence binds. */
  public boolean allows(String region) {
    List<String> allow = fence.allow();
    List<String> deny = fence.deny();
    return (allow == null || allow.contains(region)) && (deny == null || !deny.contains(region));
  }

  /** Whether the fence binds this client: every condition holds, or can't be told and counts so. */
  public boolean applies(Location location, byte[] address) {
    return holds(continents, location.continent())
        && holds(countries, location.country())
        && (prefixes.isEmpty() || contains(address));
  }

  private boolean holds(String[] values, String value) {
    if (values.length == 0) {
      return true;
    }
    if (value.isEmpty()) {
      return unknownApplies;
    }
    for (String candidate : values) {
      if (candidate.equals(value)) {
        return true;
      }
    }
    return false;
  }

  private boolean contains(byte[] address) {
    for (int i = 0; i < prefixes.size(); i++) {
      if (prefixes.get(i).contains(address)) {
        return true;
      }
    }
    return false;
  }
}
