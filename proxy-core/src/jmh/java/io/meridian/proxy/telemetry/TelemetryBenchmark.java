package io.meridian.proxy.telemetry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** What each request pays: its counters, and its access log line into the ring. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TelemetryBenchmark {
  private final RouteMeters route = new RouteMeters("public", "api", 2);
  private final EndpointMeters endpoint = new EndpointMeters("eu-west", "10.1.0.10:8080", 2);
  private final RegionMeters region = new RegionMeters("eu-west", 2);
  private final RequestLog log = new RequestLog();
  private final LogEncoder encoder = new LogEncoder();
  private final ByteRing ring = new ByteRing(1 << 20);
  private final java.nio.ByteBuffer sink = java.nio.ByteBuffer.allocate(1 << 20);
  private long now;

  @Setup
  public void plainRequest() {
    log.reset();
    log.epochMillis = 1_700_000_000_000L;
    log.requestId.set("01HF7YAT4Z0000000000000000".getBytes(UTF_8));
    log.route = route;
    log.clientIp.set("203.0.113.9".getBytes(UTF_8));
    log.clientCountry = "DE";
    log.clientContinent = "EU";
    log.method.set("GET".getBytes(UTF_8));
    log.host.set("api.example.com".getBytes(UTF_8));
    log.path.set("/api/v1/orders/12345".getBytes(UTF_8));
    log.protocol.set("HTTP/1.1".getBytes(UTF_8));
    log.userAgent.set("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Firefox/128.0".getBytes(UTF_8));
    log.status = 200;
    log.bytesIn = 420;
    log.bytesOut = 1432;
    log.headNanos = 20_000;
    log.connectNanos = 0;
    log.ttfbNanos = 1_400_000;
    log.totalNanos = 1_700_000;
    log.upstream = endpoint;
    log.upstreamStatus = 200;
    log.decision = DecisionReason.FASTEST;
    log.orderJson = "[\"eu-west\",\"us-east\"]".getBytes(UTF_8);
    log.attempt(endpoint, 30_000, 1_500_000, 0, 1_400_000, AttemptOutcome.SUCCESS, 200);
  }

  @Benchmark
  public double meters() {
    now += 20_000;
    endpoint.active(1, 1);
    region.decided(1, DecisionReason.FASTEST);
    endpoint.ttfb(1, 1_400_000, now);
    endpoint.attempt(1, AttemptOutcome.SUCCESS);
    endpoint.active(1, -1);
    route.finished(1, 0, 200, 1_700_000, 420, 1432);
    return endpoint.peakEwmaNanos(1, now);
  }

  @Benchmark
  public boolean logLine() {
    log.epochMillis++;
    JsonLine line = encoder.encode(log);
    if (ring.halfFull()) {
      ring.drain(sink, ring.end());
      sink.clear();
    }
    return ring.offer(line.bytes(), line.length());
  }
}
