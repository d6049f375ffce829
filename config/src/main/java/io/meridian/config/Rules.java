package io.meridian.config;

import io.meridian.config.Node.Place;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What must hold between several parts of the file; what concerns routes is in {@link RouteRules}.
 * Parts that could not be read are passed over, so that one mistake is reported once.
 */
final class Rules {
  private final Binding file;
  private final Faults faults;

  Rules(Binding file, Faults faults) {
    this.file = file;
    this.faults = faults;
  }

  void check() {
    unique("listeners", "name");
    Map<Object, Place> regions = unique("regions", "name");
    GroupRules groups = new GroupRules(file, faults);
    groups.check();
    new RouteRules(file, faults, regions, unique("fences", "name"), groups).check();
    new CapacityRules(file, faults).check();
    unique("routes", "name");
    for (Binding region : file.get("regions").items()) {
      endpoints(region.get("endpoints").items());
    }
    unique(file.get("geo").get("overrides").items(), "prefix");
    addresses();
    new ListenerRules(file, faults).check();
    new UpstreamRules(file, faults).check();
    dials();
    controls();
    health();
    replay();
    clientConnections();
    accessLog();
  }

  /** Endpoints of a region are told apart by host and port, the default port too. */
  private void endpoints(List<Binding> items) {
    Map<String, Place> places = new LinkedHashMap<>();
    for (Binding item : items) {
      Region.Endpoint endpoint = item.as(Region.Endpoint.class);
      Binding url = item.get("url");
      Place first = endpoint == null ? null : places.putIfAbsent(endpoint.name(), url.at());
      if (first != null) {
        taken(url, url.value(), first);
      }
    }
  }

  private Map<Object, Place> unique(String list, String key) {
    return unique(file.get(list).items(), key);
  }

  /** The values of a key in a list's items, each of which must be the only one of its kind. */
  private Map<Object, Place> unique(List<Binding> items, String key) {
    Map<Object, Place> places = new LinkedHashMap<>();
    for (Binding item : items) {
      Binding part = item.get(key);
      Object value = part.value();
      Place first = value == null ? null : places.putIfAbsent(value, part.at());
      if (first != null) {
        taken(part, value, first);
      }
    }
    return places;
  }

  private void taken(Binding part, @Nullable Object value, Place first) {
    faults.add(
        part.at(),
        part.path(),
        "\"" + value + "\" is taken (expected: another one); first at line " + first.line());
  }

  /** Fewer regions than the rule asks for could never be changed. */
  private void controls() {
    Binding least = file.get("admin").get("controls").get("min_regions");
    int regions = file.get("regions").items().size();
    if (least.given() && least.value() instanceof Integer wanted && wanted > regions) {
      faults.add(
          least.at(),
          least.path(),
          wanted + " is more than there are regions (expected: at most " + regions + ")");
    }
  }

  /** Two sockets can't share an address, and one on all interfaces takes the port of each. */
  private void addresses() {
    Map<Binding, HostPort> seen = new LinkedHashMap<>();
    for (Binding listener : file.get("listeners").items()) {
      address(listener.get("address"), seen);
    }
    Binding admin = file.get("admin").get("address");
    if (admin.given()) {
      address(admin, seen);
    } else {
      HostPort standard = admin.as(HostPort.class);
      seen.forEach((other, address) -> {
        if (standard != null && clash(standard, address)) {
          faults.add(
              other.at(),
              other.path(),
              "\""
                  + address
                  + "\" is the admin address, "
                  + standard
                  + " by default (expected: another port here or for admin.address)");
        }
      });
    }
  }

  private void address(Binding part, Map<Binding, HostPort> seen) {
    HostPort address = part.as(HostPort.class);
    if (address == null) {
      return;
    }
    for (Map.Entry<Binding, HostPort> other : seen.entrySet()) {
      if (clash(address, other.getValue())) {
        taken(part, address, other.getKey().at());
        return;
      }
    }
    seen.put(part, address);
  }

  private static boolean clash(HostPort one, HostPort other) {
    return one.port() == other.port()
        && one.port() != 0
        && (one.host().equals(other.host()) || covers(one, other) || covers(other, one));
  }

  /** A socket on :: takes IPv4 too. */
  private static boolean covers(HostPort wide, HostPort other) {
    boolean ipv6 = other.host().indexOf(':') >= 0;
    return wide.host().equals("::") || (wide.host().equals("0.0.0.0") && !ipv6);
  }

  private void dials() {
    List<Binding> regions = file.get("regions").items();
    boolean none =
        !regions.isEmpty()
            && regions.stream()
                .allMatch(region -> Integer.valueOf(0).equals(region.get("dial").value()));
    if (none) {
      Binding dial = regions.getFirst().get("dial");
      faults.add(
          dial.at(), dial.path(), "every region's dial is 0% (expected: one region that is not)");
    }
  }

  private void health() {
    Binding health = file.get("health");
    Binding measure = health.get("measure");
    if (measure.value() == Health.Measure.FIRST_BYTE && !health.get("http").given()) {
      faults.add(
          measure.at(),
          measure.path(),
          "first_byte without an answer to wait for (expected: an http check, or connect)");
    }
    Duration interval = health.get("interval").as(Duration.class);
    Binding timeout = health.get("timeout");
    Binding burst = health.get("burst_interval");
    if (interval == null) {
      return;
    }
    Duration longest = timeout.as(Duration.class);
    if (longest != null && longest.compareTo(interval) > 0) {
      Binding changed = timeout.given() ? timeout : health.get("interval");
      faults.add(
          changed.at(),
          changed.path(),
          "the timeout, "
              + text(longest)
              + ", is longer than the interval, "
              + text(interval)
              + " (expected: a probe ends before the next one starts)");
    }
    Duration between = burst.as(Duration.class);
    if (burst.given() && between != null && between.compareTo(interval) > 0) {
      faults.add(
          burst.at(),
          burst.path(),
          text(between) + " (expected: at most the interval, " + text(interval) + ")");
    }
  }

  private static String text(Duration duration) {
    long millis = duration.toMillis();
    return millis % 1000 == 0 ? millis / 1000 + "s" : millis + "ms";
  }

  private void replay() {
    Binding body = file.get("failover").get("replay_body");
    Binding total = file.get("failover").get("replay_total");
    Long one = body.as(Long.class);
    Long all = total.as(Long.class);
    if (one != null && all != null && one > all) {
      Binding changed = body.given() ? body : total;
      faults.add(
          changed.at(),
          changed.path(),
          "replay_body is "
              + one
              + " bytes, replay_total "
              + all
              + " (expected: no more than that)");
    }
  }

  private void clientConnections() {
    Binding limits = file.get("limits");
    Binding one = limits.get("client").get("connections");
    Integer ofOne = one.as(Integer.class);
    Integer ofAll = limits.get("connections").as(Integer.class);
    if (one.given() && ofOne != null && ofAll != null && ofOne > ofAll) {
      faults.add(
          one.at(), one.path(), ofOne + " (expected: at most limits.connections, " + ofAll + ")");
    }
  }

  private void accessLog() {
    Binding log = file.get("access_log");
    AccessLog.Output output = log.get("output").as(AccessLog.Output.class);
    Binding path = log.get("file");
    if (output == AccessLog.Output.FILE && !path.given()) {
      faults.add(
          log.at(), path.path(), "missing (expected: the file to append to, with output: file)");
    } else if (output != null && output != AccessLog.Output.FILE && path.given()) {
      faults.add(
          path.at(),
          path.path(),
          "given although output is " + Words.word(output) + " (expected: output: file)");
    }
  }
}
