package io.meridian.proxy.routing;

import io.meridian.proxy.http.RequestHead;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Finding the route of a request among few or many, by host and path; 0 B/op expected. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RouteMatchBenchmark {
  @Param({"1", "10", "1000"})
  public int routes = 1;

  private RouteTable table = scene(1);
  private final RequestHead exact = head("/p1/x?y=1");
  private final RequestHead other = head("/elsewhere");

  @Setup
  public void build() {
    table = scene(routes);
  }

  private static RouteTable scene(int count) {
    StringBuilder yaml =
        new StringBuilder(
            "regions: [{ name: r, endpoints: [{ url: \"http://10.0.0.1:80\" }] }]\nroutes:\n");
    for (int i = 1; i < count; i++) {
      String host = i < 4 ? "a.test" : "h" + i / 4 + ".test";
      yaml.append(
          "  - { name: n%d, match: { hosts: [%s], paths: [/p%d/] } }%n".formatted(i, host, i % 4));
    }
    return Scene.of(yaml + "  - { name: all }\n").snapshot().routes();
  }

  private static RequestHead head(String path) {
    return Objects.requireNonNull(Scene.request("GET", path).head);
  }

  @Benchmark
  public @Nullable CompiledRoute exactHostAndPath() {
    return table.match(exact);
  }

  @Benchmark
  public @Nullable CompiledRoute anyHost() {
    return table.match(other);
  }
}
