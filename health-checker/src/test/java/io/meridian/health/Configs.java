package io.meridian.health;

import io.meridian.config.AccessLog;
import io.meridian.config.Admin;
import io.meridian.config.Cache;
import io.meridian.config.ClientLimits;
import io.meridian.config.ControlRules;
import io.meridian.config.Coordinates;
import io.meridian.config.DrillRules;
import io.meridian.config.Edge;
import io.meridian.config.Failover;
import io.meridian.config.Geo;
import io.meridian.config.Health;
import io.meridian.config.HostPort;
import io.meridian.config.Limits;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Overload;
import io.meridian.config.Paths;
import io.meridian.config.ProcessLog;
import io.meridian.config.Region;
import io.meridian.config.Timeouts;
import io.meridian.config.UpstreamTls;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Configurations for tests: all that health does not read has some value. */
final class Configs {
  static final Health.Http HEALTHZ =
      new Health.Http("GET", "/healthz", null, List.of(new Health.StatusRange(200, 399)), null);

  private Configs() {}

  static Health health(Health.Check check) {
    return health(check, Health.Measure.CONNECT);
  }

  static Health health(Health.Check check, Health.Measure measure) {
    return new Health(
        check,
        Duration.ofSeconds(1),
        Duration.ofMillis(100),
        Duration.ofMillis(500),
        2,
        2,
        measure,
        null,
        new Health.Replica(null, Health.Unit.S, null, Duration.ofSeconds(30)),
        false);
  }

  /** The same, but what traffic shows is only reported. */
  static Health reporting(Health health) {
    return new Health(
        health.check(),
        health.interval(),
        health.burstInterval(),
        health.timeout(),
        health.rise(),
        health.fall(),
        health.measure(),
        health.stateFile(),
        health.replica(),
        true);
  }

  /** The same, with a file that keeps the state. */
  static Health keeping(Health health, Path file) {
    return new Health(
        health.check(),
        health.interval(),
        health.burstInterval(),
        health.timeout(),
        health.rise(),
        health.fall(),
        health.measure(),
        file,
        health.replica(),
        health.reportOnly());
  }

  static Region region(String name, @Nullable Coordinates location, String... urls) {
    return new Region(
        name,
        location,
        null,
        100,
        false,
        0,
        null,
        Arrays.stream(urls).map(u -> new Region.Endpoint(URI.create(u), 1)).toList(),
        Region.Protocol.HTTP1,
        new UpstreamTls(null, null, null, null, 1.2, true),
        Region.ProxyHeader.OFF,
        null);
  }

  static MeridianConfig config(@Nullable Coordinates edge, Health health, List<Region> regions) {
    Duration second = Duration.ofSeconds(1);
    return new MeridianConfig(
        1,
        new Edge("test", edge),
        1,
        MeridianConfig.Transport.NIO,
        List.of(),
        new Admin(
            new HostPort("127.0.0.1", 0),
            null,
            new ControlRules(
                1,
                Duration.ofHours(1),
                Duration.ZERO,
                Duration.ZERO,
                new DrillRules(5, second, 20, null))),
        new Geo(null, null, List.of()),
        regions,
        List.of(),
        health,
        List.of(),
        List.of(),
        new Failover(
            3,
            true,
            true,
            List.of(502, 503, 504),
            true,
            20,
            3,
            65536,
            1 << 20,
            Duration.ofSeconds(5)),
        new Timeouts(
            second, second, second, second, second, second, second, second, second, second, second,
            second, second),
        new Limits(
            8192,
            65536,
            100,
            0,
            1000,
            128,
            100,
            10,
            new ClientLimits(null, 32, 64, 0, second, 0, 0, null, 100),
            new Overload(100, second, 75)),
        new Paths(true, Paths.Separator.REJECT, Paths.Separator.REJECT),
        new AccessLog(AccessLog.Output.OFF, null, new AccessLog.Sample(1, null, false)),
        new ProcessLog(ProcessLog.Format.TEXT, ProcessLog.Level.INFO, List.of()),
        null,
        new Cache(1 << 20, 1 << 16));
  }
}
