package io.meridian.proxy;

import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.proxy.admin.AdminServer;
import io.meridian.proxy.downstream.Listeners;
import io.meridian.proxy.exchange.LoopContext;
import io.meridian.proxy.exchange.RouteSecrets;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts another configuration to use: first all that may fail is prepared, then all is swapped. One
 * call at a time.
 */
final class Reload {
  private static final Logger log = LoggerFactory.getLogger(Meridian.class);

  private final Parts parts;
  private final AdminDoor admin;
  private final Drain drain;

  Reload(Parts parts, AdminDoor admin, Drain drain) {
    this.parts = parts;
    this.admin = admin;
    this.drain = drain;
  }

  /**
   * @throws IOException if a database or certificate that it names can't be used, or an address not
   *     be bound; nothing has changed then
   */
  void apply(MeridianConfig wanted) throws IOException {
    MeridianConfig now = parts.world.snapshot().config();
    MeridianConfig config = keepFixed(now, wanted);
    Map<Path, byte[]> keys = RouteSecrets.read(config);
    Listeners.Change change = parts.listeners.prepare(config.listeners());
    AdminServer newAdmin = null;
    Outputs.Change output = null;
    try {
      newAdmin = admin.at(now.admin().address(), config.admin().address());
      output = parts.outputs.prepare(config);
      parts.upstreamTls.configure(config);
      parts.geo.configure(config.geo());
    } catch (IOException | RuntimeException e) {
      change.discard();
      if (newAdmin != null) {
        newAdmin.close();
      }
      if (output != null) {
        output.discard();
      }
      throw e;
    }
    output.apply(parts.contexts);
    parts.processLog.configure(config.log(), parts.ticker.nanoTime());
    parts
        .control
        .next()
        .submit(() -> {
          parts.health.configure(config);
          parts.world.configure(config, keys, parts.health.view(), parts.ticker.nanoTime());
        })
        .awaitUninterruptibly();
    parts.cache.configure(config.cache());
    CacheRoom.check(config);
    parts.cache.retainRegions(
        config.regions().stream().map(Region::name).collect(Collectors.toSet()));
    leave(change.apply());
    if (newAdmin != null) {
      admin.use(newAdmin);
    }
    parts.replayMemory.configure(config.failover().replayTotal());
    parts.memory.configure(config.limits().overload().memory());
    parts.connections.configure(config.limits());
    FileDescriptors.check(config, parts.contexts.size(), parts.connections);
    tellLoops(config);
  }

  private void tellLoops(MeridianConfig config) {
    BitSet configured = new BitSet();
    parts
        .world
        .snapshot()
        .routing()
        .regions()
        .forEach(region -> region.endpoints().forEach(endpoint -> configured.set(endpoint.id())));
    for (LoopContext context : parts.contexts) {
      context
          .worker()
          .loop()
          .execute(() -> {
            context.configure(config);
            context.pools().retain(configured::get);
          });
    }
  }

  /** What needs a restart stays as it is, and that is said. */
  private static MeridianConfig keepFixed(MeridianConfig now, MeridianConfig wanted) {
    List<String> fixed = new ArrayList<>();
    fixed(fixed, "workers", now.workers(), wanted.workers());
    fixed(fixed, "transport", now.transport(), wanted.transport());
    if (!fixed.isEmpty()) {
      log.warn("changed in the file, but fixed until a restart: {}", String.join(", ", fixed));
    }
    return new MeridianConfig(
        wanted.version(),
        wanted.edge(),
        now.workers(),
        now.transport(),
        wanted.listeners(),
        wanted.admin(),
        wanted.geo(),
        wanted.regions(),
        wanted.groups(),
        wanted.health(),
        wanted.fences(),
        wanted.routes(),
        wanted.failover(),
        wanted.timeouts(),
        wanted.limits(),
        wanted.paths(),
        wanted.accessLog(),
        wanted.log(),
        wanted.tracing(),
        wanted.cache());
  }

  private static void fixed(List<String> changed, String name, Object now, Object wanted) {
    if (!now.equals(wanted)) {
      changed.add(name);
    }
  }

  /** Ends the listeners that a reload took away: their clients hear of it first. */
  private void leave(List<Listeners.Bound> gone) {
    if (gone.isEmpty()) {
      return;
    }
    for (Listeners.Bound bound : gone) {
      log.info("listener {} at {} leaves", bound.listener().name(), bound.address());
    }
    parts.listeners.leave();
    Duration quiet = parts.world.snapshot().config().timeouts().drainQuiet();
    Thread.ofPlatform()
        .name("leaving-listeners")
        .daemon()
        .start(() -> {
          try {
            do {
              Thread.sleep(quiet.plusMillis(10));
            } while (!drain.begun() && !parts.listeners.left());
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }
}
