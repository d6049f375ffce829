package io.meridian.proxy;

import io.meridian.config.MeridianConfig;
import io.meridian.health.HealthView;
import io.meridian.proxy.exchange.ListenerSlots;
import io.meridian.proxy.exchange.Snapshot;
import io.meridian.proxy.telemetry.Telemetry;
import io.meridian.proxy.tls.UpstreamTlsFiles;
import io.netty.util.concurrent.Ticker;
import java.util.Map;

/** The writer of snapshots, for a simulation of what is around it. */
public final class SimulatedWorld {
  private final World world;

  public SimulatedWorld(
      Telemetry telemetry, MeridianConfig config, HealthView health, Ticker ticker) {
    world = new World(telemetry, new UpstreamTlsFiles(), config, Map.of(), health, ticker);
  }

  public Snapshot snapshot() {
    return world.snapshot();
  }

  public void configure(MeridianConfig config, HealthView health, long now) {
    world.configure(config, Map.of(), health, now);
  }

  public void update(HealthView health, long now) {
    world.update(health, now);
  }

  /** The listeners' numbers. */
  public ListenerSlots slots() {
    return world.slots();
  }
}
