package io.meridian.proxy.routing;

import io.meridian.config.Cidr;
import io.meridian.config.Fence;
import io.meridian.geo.Location;
import io.meridian.proxy.http.RequestHead;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Tells whether a fence binds a request. */
public final class FenceRule {
  private final Fence fence;
  private final String[] continents;
  private final String[] countries;
  private final List<Cidr> prefixes;
  private final HostMatch[] hosts;
  private final byte[][] paths;
  private final HostMatch[] names;
  private final FieldMatch[] headers;
  private final boolean unknownApplies;

  FenceRule(Fence fence) {
    Fence.When when = fence.when();
    this.fence = fence;
    this.continents = when.clientContinent().toArray(String[]::new);
    this.countries = when.clientCountry().toArray(String[]::new);
    this.prefixes = when.clientPrefix();
    this.hosts = when.hosts().stream().map(HostMatch::new).toArray(HostMatch[]::new);
    this.paths = when.paths().stream().map(FieldMatch::bytes).toArray(byte[][]::new);
    this.names = when.sni().stream().map(HostMatch::new).toArray(HostMatch[]::new);
    this.headers = when.headers().stream().map(FieldMatch::new).toArray(FieldMatch[]::new);
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

  /** Whether the fence binds it: every condition holds, or can't be told and counts so. */
  public boolean applies(RouteQuery query) {
    Location location = query.location;
    return holds(continents, location.continent())
        && holds(countries, location.country())
        && (prefixes.isEmpty() || contains(query.address))
        && (hosts.length == 0 || hosts(query.head))
        && (paths.length == 0 || paths(query.head))
        && (names.length == 0 || names(query.serverName))
        && (headers.length == 0 || headers(query));
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

  private boolean hosts(@Nullable RequestHead head) {
    if (head == null) {
      return unknownApplies;
    }
    for (HostMatch host : hosts) {
      if (host.matches(head)) {
        return true;
      }
    }
    return false;
  }

  /** A client that named none asked for none of them. */
  private boolean names(byte[] asked) {
    for (HostMatch name : names) {
      if (name.matches(asked, 0, asked.length)) {
        return true;
      }
    }
    return false;
  }

  private boolean paths(@Nullable RequestHead head) {
    if (head == null) {
      return unknownApplies;
    }
    byte[] bytes = head.bytes();
    int start = head.pathStart();
    int length = head.pathLength();
    for (byte[] path : paths) {
      int n = path.length;
      if (n <= length
          && ByteMap.equal(path, bytes, start, n)
          && (n == length || path[n - 1] == '/' || bytes[start + n] == '/')) {
        return true;
      }
    }
    return false;
  }

  /** Of peers that are not trusted, no field is looked at: it could be anybody's word. */
  private boolean headers(RouteQuery query) {
    RequestHead head = query.head;
    if (head == null || !query.trusted) {
      return unknownApplies;
    }
    for (FieldMatch header : headers) {
      if (!header.matches(head)) {
        return false;
      }
    }
    return true;
  }
}
