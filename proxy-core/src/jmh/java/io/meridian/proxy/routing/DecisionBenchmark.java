package io.meridian.proxy.routing;

import io.meridian.geo.Location;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/**
 * Where a request goes, by policy and number of regions, for clients all over the world; 0 B/op
 * expected. {@code fenced} orders by latency, and a third of the clients may use a third of the
 * regions alone.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class DecisionBenchmark {
  private static final int CLIENTS = 1 << 10;

  @Param({"latency", "fenced", "weighted", "geo"})
  public String policy = "latency";

  @Param({"3", "100"})
  public int regions = 3;

  private final Location[] places = new Location[CLIENTS];
  private final RouteQuery query = Scene.get();
  private RoutingSnapshot snapshot = scene("latency", 1).snapshot();
  private CompiledRoute route = snapshot.routes().routes().getFirst();
  private int next;

  @Setup
  public void build() {
    Scene scene = scene(policy, regions);
    snapshot = scene.snapshot();
    route = snapshot.routes().routes().getFirst();
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < CLIENTS; i++) {
      places[i] =
          new Location(
              i % 3 == 0 ? "EU" : "NA",
              i % 3 == 0 ? "DE" : "US",
              "",
              "",
              random.nextDouble(-60, 60),
              random.nextDouble(-180, 180),
              10,
              "");
    }
  }

  private static Scene scene(String policy, int count) {
    SplittableRandom random = new SplittableRandom(2);
    double[] millis = new double[count];
    StringBuilder yaml = new StringBuilder("regions:\n");
    for (int i = 0; i < count; i++) {
      millis[i] = random.nextDouble(5, 300);
      yaml.append(
          String.format(
              Locale.ROOT,
              "  - { name: r%d, bias: %d, weight: %d, location: { latitude: %.2f, longitude: %.2f },"
                  + " endpoints: [{ url: \"http://10.0.%d.1:80\" }] }%n",
              i,
              i % 7 == 0 ? 20 : 0,
              1 + i % 5,
              random.nextDouble(-60, 60),
              random.nextDouble(-180, 180),
              i));
    }
    yaml.append("fences: [{ name: f, when: { client_continent: [EU] }, allow: [");
    for (int i = 0; i < count; i += 3) {
      yaml.append(i == 0 ? "" : ", ").append('r').append(i);
    }
    yaml.append("] }]\nroutes: [{ name: all, policy: ")
        .append(policy.equals("fenced") ? "latency, fence: f" : policy)
        .append(" }]\n");
    return Scene.of(yaml.toString()).rtts(millis);
  }

  @Benchmark
  public RouteDecision decide() {
    int client = next++ & (CLIENTS - 1);
    query.location = places[client];
    query.random = client * 0x9e3779b97f4a7c15L;
    return Router.decide(route, query, snapshot);
  }
}
