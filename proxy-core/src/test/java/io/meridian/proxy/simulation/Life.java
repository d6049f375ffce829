package io.meridian.proxy.simulation;

import io.meridian.config.ConfigException;
import io.meridian.config.ConfigLoader;
import io.meridian.config.MeridianConfig;
import io.meridian.geo.GeoService;
import io.meridian.health.HealthMonitor;
import io.meridian.health.HealthView;
import io.meridian.health.ProbePath;
import io.meridian.proxy.SimulatedWorld;
import io.meridian.proxy.downstream.Listeners;
import io.meridian.proxy.exchange.ClientConnections;
import io.meridian.proxy.exchange.LoopContext;
import io.meridian.proxy.exchange.ReplayMemory;
import io.meridian.proxy.loop.DirectMemory;
import io.meridian.proxy.loop.Transport;
import io.meridian.proxy.loop.Worker;
import io.meridian.proxy.simulation.Host.Behaviour;
import io.meridian.proxy.simulation.Request.End;
import io.meridian.proxy.telemetry.EndpointMeters;
import io.meridian.proxy.telemetry.Telemetry;
import io.meridian.proxy.upstream.EndpointPool;
import io.meridian.proxy.upstream.Pools;
import io.meridian.proxy.upstream.Target;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.resolver.DefaultAddressResolverGroup;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One proxy in one random network: its real listeners, exchanges, pools, probes, health and routing
 * on one thread in virtual time. It lives through episodes of random requests and faults; after
 * each of them everything must have come to its end. The same seed gives the same life.
 */
final class Life implements AutoCloseable {
  private static final long MILLI = 1_000_000;
  private static final String[] METHODS = {
    "GET", "GET", "GET", "POST", "POST", "HEAD", "PUT", "PATCH"
  };

  private static final List<Behaviour> BEHAVIOURS = List.of(Behaviour.values());

  private final VirtualLoop loop = new VirtualLoop();
  private final Network network;
  private final SplittableRandom random;
  private final RandomConfig randomConfig;
  private final Telemetry telemetry = new Telemetry(1, "simulated");
  private final HealthMonitor health;
  private final ReplayMemory memory;
  private final LoopContext context;
  private final Listeners listeners;
  private @Nullable SimulatedWorld world;
  private MeridianConfig config;
  private int ids;

  Life(long seed, GeoService geo, boolean traced) throws IOException {
    network = new Network(loop, seed, traced);
    random = network.random;
    randomConfig = new RandomConfig(random);
    config = config();
    hosts();
    Transport transport =
        new Transport(
            "virtual",
            NioIoHandler.newFactory(),
            VirtualServerChannel.class,
            VirtualChannel.class,
            NioDatagramChannel.class,
            null,
            null,
            null,
            true,
            false);
    health =
        new HealthMonitor(
            loop,
            loop.ticker(),
            () -> Instant.ofEpochMilli(loop.now() / MILLI),
            random.split(),
            this::viewed,
            event -> network.say("health: %s", event),
            ProbePath.PLAIN,
            VirtualChannel.class,
            NioDatagramChannel.class);
    health.configure(config);
    SimulatedWorld made = new SimulatedWorld(telemetry, config, health.view(), loop.ticker());
    world = made;
    memory = new ReplayMemory(config.failover().replayTotal());
    Worker worker = new Worker(0, loop, loop.ticker(), network.allocator, seed);
    Pools pools =
        new Pools(
            worker,
            transport,
            DefaultAddressResolverGroup.INSTANCE,
            config.limits(),
            config.timeouts());
    context =
        new LoopContext(
            worker,
            pools,
            made::snapshot,
            geo,
            (region, endpoint, outcome) ->
                loop.after(
                    random.nextInt(2_000_000),
                    () -> {
                      network.say("signal: %s %s %s", region, endpoint, outcome);
                      health.failure(region, endpoint, outcome);
                    }),
            memory,
            telemetry,
            null,
            new DirectMemory(config.limits().overload().memory()),
            1);
    context.start();
    listeners =
        new Listeners(
            transport,
            loop,
            List.of(context),
            telemetry,
            made.slots(),
            new ClientConnections(config.limits()));
    listeners.prepare(config.listeners()).apply();
    network.judge.configured(config);
    network.judge.usable =
        name ->
            health.view().regions().stream()
                .anyMatch(region -> region.name().equals(name) && region.state().usable());
    every(100 * MILLI, this::fold);
    loop.runUntil(loop.now() + random.nextInt(3) * 300L * MILLI);
  }

  private MeridianConfig config() {
    while (true) {
      String yaml = randomConfig.yaml();
      try {
        MeridianConfig made = new ConfigLoader(Map.of()).parse("random.yaml", yaml);
        network.say("configuration%n%s", yaml);
        return made;
      } catch (ConfigException e) {
        String why = e.faults().toString();
        if (!why.contains("leaves none") && !why.contains("every region's dial is 0%")) {
          throw new IllegalStateException(yaml, e);
        }
        // rightly refused: another one
      }
    }
  }

  private void hosts() {
    for (int r = 0; r < randomConfig.regionCount(); r++) {
      long half = random.nextInt(1, 100) * MILLI / (random.nextInt(4) == 0 ? 1 : 4);
      for (int e = 0; e < randomConfig.endpoints(r); e++) {
        var address = new InetSocketAddress(RandomConfig.host(r, e), 80);
        String name = RandomConfig.host(r, e) + ":80";
        network.add(new Host(randomConfig.region(r), name, address, half));
        network.say("%s is %.1f ms away", name, 2 * half / 1e6);
      }
    }
  }

  private void viewed(HealthView view) {
    SimulatedWorld current = world;
    if (current != null) {
      current.update(view, loop.now());
    }
  }

  /** As the proxy's control loop does. */
  private void fold() {
    SimulatedWorld current = world;
    if (current == null) {
      return;
    }
    for (var region : current.snapshot().routing().regions()) {
      for (var endpoint : region.endpoints()) {
        EndpointMeters.Fold fold = current.snapshot().target(endpoint.id()).meters().drain();
        if (!fold.isEmpty()) {
          health.traffic(
              region.name(),
              endpoint.name(),
              fold.successes(),
              fold.failures(),
              fold.logMeanMillis(),
              fold.samples());
        }
      }
    }
  }

  private void every(long nanos, Runnable task) {
    loop.after(
        nanos,
        () -> {
          task.run();
          every(nanos, task);
        });
  }

  Judge judge() {
    return network.judge;
  }

  Network network() {
    return network;
  }

  long events() {
    return loop.ran;
  }

  // ---- an episode

  /** Lives through one; false if something was not as promised. */
  boolean episode() {
    long begin = loop.now();
    network.say("---- episode");
    long span = random.nextInt(50, 1_500) * MILLI;
    faults(span);
    List<Request> requests = new ArrayList<>();
    int clients = random.nextInt(1, 5);
    for (int i = 0; i < clients; i++) {
      client(requests, random.nextLong(span));
    }
    if (random.nextInt(20) == 0) {
      loop.after(random.nextLong(span), this::reload);
    }
    loop.runUntil(begin + span);
    network.hostList.forEach(host -> host.heal(loop.now()));
    network.say("all is well again");
    long limit = loop.now() + 30_000 * MILLI;
    while (loop.now() < limit && (running(requests) || context.active() > 0)) {
      loop.runUntil(loop.now() + 100 * MILLI);
    }
    for (Request request : requests) {
      if (request.end == End.NONE) {
        network.judge.wrong("%s has no end", request);
      }
    }
    settled();
    return network.judge.verdict == null;
  }

  private static boolean running(List<Request> requests) {
    for (Request request : requests) {
      if (request.end == End.NONE) {
        return true;
      }
    }
    return false;
  }

  private void client(List<Request> requests, long at) {
    boolean fenced = random.nextInt(3) == 0;
    int count = random.nextInt(3) == 0 ? random.nextInt(2, 5) : 1;
    List<Request> own = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String method = METHODS[random.nextInt(METHODS.length)];
      boolean body = !method.equals("GET") && !method.equals("HEAD");
      int length =
          !body ? 0 : random.nextInt(6) == 0 ? random.nextInt(100_000) : random.nextInt(2_000);
      own.add(
          new Request(
              ++ids,
              method,
              method.equals("POST") && random.nextInt(4) == 0,
              random.nextInt(3),
              fenced,
              length,
              body && random.nextInt(3) == 0,
              1));
    }
    requests.addAll(own);
    Client client = new Client(network, own);
    InetSocketAddress from = new InetSocketAddress(fenced ? "10.1.0.9" : "10.2.0.9", 40_000);
    InetSocketAddress to = new InetSocketAddress("10.0.0.1", 80);
    loop.after(at, () -> client.connect(to, from));
  }

  private void faults(long span) {
    int count = random.nextInt(5);
    for (int i = 0; i < count; i++) {
      boolean all = random.nextInt(6) == 0;
      boolean region = random.nextInt(2) == 0;
      Host one = network.hostList.get(random.nextInt(network.hostList.size()));
      List<Host> hit = new ArrayList<>();
      for (Host host : network.hostList) {
        if (all || host == one || (region && host.region.equals(one.region))) {
          hit.add(host);
        }
      }
      int kind = random.nextInt(8);
      long at = random.nextLong(span);
      long until = random.nextInt(3) == 0 ? at + random.nextLong(span) : span;
      double share = random.nextInt(2) == 0 ? 1 : random.nextDouble();
      Behaviour behaviour = BEHAVIOURS.get(random.nextInt(1, BEHAVIOURS.size()));
      long extra = random.nextInt(100, 3_000) * MILLI;
      boolean lie = random.nextBoolean();
      loop.after(
          at,
          () -> {
            for (Host host : hit) {
              network.say("fault %d at %s: %s %.2f", kind, host, behaviour, share);
              host.probesLie = lie;
              switch (kind) {
                case 0 -> host.kill();
                case 1 -> host.dropsPackets = true;
                case 2 -> host.backlogFull = true;
                case 3 -> host.extraNanos = extra;
                case 4 -> List.copyOf(host.links).forEach(Link::closeIdle);
                default -> {
                  host.behaviour = behaviour;
                  host.share = share;
                }
              }
            }
          });
      loop.after(
          until,
          () -> {
            network.say("fault %d is over at %s", kind, hit);
            hit.forEach(host -> host.heal(loop.now()));
          });
    }
  }

  /** As the proxy does it. */
  private void reload() {
    SimulatedWorld current = world;
    if (current == null) {
      return;
    }
    MeridianConfig old = config;
    MeridianConfig next = config();
    config =
        new MeridianConfig(
            next.version(),
            next.edge(),
            next.workers(),
            next.transport(),
            next.listeners(),
            next.admin(),
            next.geo(),
            next.regions(),
            next.groups(),
            next.health(),
            next.fences(),
            next.routes(),
            old.failover(),
            next.timeouts(),
            next.limits(),
            next.paths(),
            next.accessLog(),
            next.log(),
            next.tracing(),
            next.cache());
    network.say("reload, but %s", config.failover());
    network.judge.configured(config);
    health.configure(config);
    current.configure(config, health.view(), loop.now());
    context.configure(config);
    BitSet configured = new BitSet();
    current
        .snapshot()
        .routing()
        .regions()
        .forEach(region -> region.endpoints().forEach(endpoint -> configured.set(endpoint.id())));
    context.pools().retain(configured::get);
  }

  /** Nothing is left of what requests have used. */
  private void settled() {
    Judge judge = network.judge;
    loop.runUntil(loop.now() + 100 * MILLI);
    if (context.active() != 0) {
      judge.wrong("%d exchanges have not ended", context.active());
    }
    if (context.parked() != 0) {
      judge.wrong("%d requests still wait", context.parked());
    }
    if (memory.used() != 0) {
      judge.wrong("%d bytes of bodies are still held", memory.used());
    }
    SimulatedWorld current = world;
    if (current != null) {
      for (var region : current.snapshot().routing().regions()) {
        for (var endpoint : region.endpoints()) {
          Target target = current.snapshot().target(endpoint.id());
          EndpointPool pool = context.pools().at(target.id());
          if ((pool != null && pool.inFlight() != 0) || target.meters().inFlight() != 0) {
            judge.wrong("%s: requests in flight for ever", target.name());
          }
        }
      }
    }
    if (!loop.thrown.isEmpty()) {
      judge.wrong("thrown: %s", stack(loop.thrown.getFirst()));
    }
    if (Complaints.first() != null) {
      judge.wrong("logged: %s", Complaints.first());
    }
  }

  /** Ends it: everything is closed, and no buffer is left. */
  @Override
  public void close() {
    health.close();
    for (VirtualChannel channel : network.channels()) {
      channel.close();
    }
    context.pools().close();
    loop.runUntil(loop.now() + TimeUnit.SECONDS.toNanos(3));
    loop.end();
    if (network.allocator.held() != 0 && network.judge.verdict == null) {
      network.judge.wrong("%d bytes of buffers were not released", network.allocator.held());
    }
    telemetry.close();
  }

  private static String stack(Throwable e) {
    StringBuilder text = new StringBuilder(e.toString());
    for (StackTraceElement at : e.getStackTrace()) {
      if (text.length() < 1_500) {
        text.append("\n    ").append(at);
      }
    }
    return text.toString();
  }
}
