package io.meridian.proxy;

import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.health.HealthView;
import io.meridian.proxy.admin.ControlRefused;
import io.meridian.proxy.admin.ControlRequest;
import io.meridian.proxy.admin.ControlStatus;
import io.meridian.proxy.admin.Event;
import io.meridian.proxy.routing.Control;
import io.meridian.proxy.routing.Controls;
import io.meridian.proxy.routing.RoutingRules;
import io.meridian.proxy.telemetry.Counters;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What operators hold regions to: made, refused, ended, and told in the process log. It survives
 * another configuration, but no restart. Written on the control loop only.
 */
final class ControlBoard {
  private static final Logger AUDIT = LoggerFactory.getLogger("io.meridian.audit");

  private final InstantSource clock;
  private final Counters counters;
  private final Consumer<Event> onEvent;
  private volatile Controls controls = Controls.NONE;
  private Map<String, Double> shown = Map.of();
  private @Nullable Long lastTakenNanos;

  ControlBoard(InstantSource clock, Counters counters, Consumer<Event> onEvent) {
    this.clock = clock;
    this.counters = counters;
    this.onEvent = onEvent;
  }

  /** Those in force. Any thread. */
  Controls controls() {
    return controls;
  }

  /** Traffic was taken from a region. */
  void taken(long nowNanos) {
    lastTakenNanos = nowNanos;
  }

  /** How long ago traffic was last taken from a region, in nanoseconds. */
  long sinceTaken(long nowNanos) {
    return lastTakenNanos == null ? Long.MAX_VALUE : nowNanos - lastTakenNanos;
  }

  /**
   * Does what an operator asks, or refuses it.
   *
   * @return the region's control from now on; null if it has none
   * @throws IllegalArgumentException if there is no such region
   */
  @Nullable Control apply(
      ControlRequest request, RoutingRules routing, HealthView health, long nowNanos)
      throws ControlRefused {
    Region region = find(routing.config(), request.region());
    try {
      Control made = make(request, region, routing, health, nowNanos);
      counters.control(request.action().label(), "applied");
      return made;
    } catch (ControlRefused e) {
      counters.control(request.action().label(), "refused");
      AUDIT.warn(
          "audit: {} {} refused by rule {}: {}; asked for by {}: {}",
          request.action().label(),
          region.name(),
          e.rule(),
          e.getMessage(),
          request.by(),
          request.reason());
      throw e;
    }
  }

  private @Nullable Control make(
      ControlRequest request, Region region, RoutingRules routing, HealthView health, long nowNanos)
      throws ControlRefused {
    MeridianConfig config = routing.config();
    double from = controls.dial(region, nowNanos);
    double to =
        switch (request.action()) {
          case DRAIN, DOWN -> 0;
          case UP -> 1;
          case DIAL -> request.percent() / 100.0;
          case CLEAR -> region.dial() / 100.0;
        };
    SafetyRules rules = new SafetyRules(routing, health, controls);
    boolean takes = to < rules.target(region);
    Duration ttl = request.ttl();
    Duration most = config.admin().controls().maxTtl();
    if (ttl != null && (ttl.compareTo(most) > 0 || ttl.isZero())) {
      throw new ControlRefused(
          "max_ttl",
          "ttl: " + ttl.toSeconds() + " s (expected: 1 s to " + most.toSeconds() + " s)");
    }
    rules.check(region, to, sinceTaken(nowNanos));
    if (takes) {
      taken(nowNanos);
    }
    Control made = null;
    if (ttl == null) {
      controls = controls.without(region.name());
    } else {
      long ramp =
          request.action() == ControlRequest.Action.DRAIN
              ? config.admin().controls().drainOver().toNanos()
              : 0;
      made =
          new Control(
              region.name(),
              Control.Action.valueOf(request.action().name()),
              from,
              to,
              nowNanos,
              ramp,
              nowNanos + ttl.toNanos(),
              clock.millis() + ttl.toMillis(),
              request.by(),
              request.reason(),
              "api");
      controls = controls.with(made);
    }
    String until = made == null ? "" : ", for " + Objects.requireNonNull(ttl).toSeconds() + " s";
    tell(
        region.name(),
        from,
        to,
        request.action().label() + " by " + request.by() + until + ": " + request.reason());
    return made;
  }

  /**
   * Lets time pass: controls end, drains go on.
   *
   * @return whether a region's share is another than the last time, so that a snapshot is due
   */
  boolean tick(MeridianConfig config, long nowNanos) {
    Controls next = controls.at(nowNanos);
    for (Control control : controls.all()) {
      if (next.of(control.region()) == null) {
        Region region = find(config.regions(), control.region());
        double to = region == null ? 0 : region.dial() / 100.0;
        counters.control(label(control), "expired");
        tell(control.region(), control.dial(nowNanos), to, label(control) + " has ended");
      }
    }
    controls = next.retain(config.regions());
    Map<String, Double> dials = new HashMap<>();
    for (Region region : config.regions()) {
      dials.put(region.name(), controls.dial(region, nowNanos));
    }
    boolean changed = !dials.equals(shown);
    shown = dials;
    return changed;
  }

  /** One control as the API shows it. Any thread. */
  static ControlStatus.Active status(Control control, long nowNanos) {
    return new ControlStatus.Active(
        control.region(),
        label(control),
        percent(control.dial(nowNanos)),
        percent(control.dialTo()),
        Math.max(0, (control.endNanos() - nowNanos) / 1e9),
        control.untilEpochMillis(),
        control.by(),
        control.reason(),
        control.source());
  }

  static int percent(double dial) {
    return (int) Math.round(dial * 100);
  }

  private void tell(String region, double from, double to, String cause) {
    AUDIT.info("audit: {} {} % -> {} %: {}", region, percent(from), percent(to), cause);
    onEvent.accept(
        new Event(
            clock.millis(),
            "control",
            region,
            "",
            percent(from) + " %",
            percent(to) + " %",
            cause));
  }

  private static String label(Control control) {
    return ControlRequest.Action.valueOf(control.action().name()).label();
  }

  static Region find(MeridianConfig config, String name) {
    Region region = find(config.regions(), name);
    if (region == null) {
      throw new IllegalArgumentException(
          "no such region: "
              + name
              + " (expected: "
              + config.regions().stream().map(Region::name).toList()
              + ")");
    }
    return region;
  }

  static @Nullable Region find(List<Region> regions, String name) {
    return regions.stream().filter(region -> region.name().equals(name)).findFirst().orElse(null);
  }
}
