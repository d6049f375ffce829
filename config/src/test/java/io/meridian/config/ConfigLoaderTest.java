package io.meridian.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.meridian.config.ConfigException.Fault;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigLoaderTest {
  static final String SMALL =
      """
      version: 1
      listeners:
        - { name: public, address: "0.0.0.0:8080" }
      regions:
        - { name: eu-west, endpoints: [{ url: "http://10.1.0.10:8080" }] }
        - { name: us-east, endpoints: [{ url: "http://10.2.0.10" }] }
      """;

  @TempDir Path directory;

  static String example() throws Exception {
    try (InputStream in = ConfigLoaderTest.class.getResourceAsStream("/example.yaml")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void the_example_loads() throws Exception {
    Path city = Files.createFile(directory.resolve("city.mmdb"));

    MeridianConfig config =
        new ConfigLoader(Map.of("GEO_CITY", city.toString())).parse("example", example());

    assertEquals(new Edge("fra-1", new Coordinates(50.11, 8.68)), config.edge());
    assertEquals(
        List.of(
            new Listener(
                "public",
                new HostPort("0.0.0.0", 8080),
                List.of(Cidr.parse("10.0.0.0/8")),
                true,
                false,
                null,
                null,
                null,
                null)),
        config.listeners());
    assertEquals(city, config.geo().city());
    assertEquals(
        List.of("eu-west", "us-east", "eu-central"),
        config.regions().stream().map(Region::name).toList());
    assertEquals(2, config.regions().get(1).endpoints().getFirst().weight());
    assertEquals(
        new Health.Http("GET", "/healthz", null, List.of(new Health.StatusRange(200, 299)), null),
        config.health().check());
    assertEquals(
        new Fence(
            "gdpr",
            new Fence.When(
                List.of("EU"), List.of(), List.of(), List.of(), List.of(), List.of(), List.of()),
            List.of("eu-west", "eu-central"),
            null,
            Fence.Unknown.APPLY,
            503),
        config.fences().getFirst());
    assertEquals(
        new Route(
            "route-1",
            new Route.Match(List.of("*.example.com"), List.of("/api/"), List.of(), List.of()),
            List.of("eu-west", "us-east", "eu-central"),
            Route.Policy.LATENCY,
            Route.LatencyFrom.EDGE,
            Duration.ofMillis(10),
            10,
            List.of(),
            List.of(),
            List.of(),
            Route.Promotion.AUTOMATIC,
            null,
            null,
            null,
            false,
            null,
            List.of("gdpr"),
            Duration.ofSeconds(5),
            null,
            null,
            false,
            null,
            null,
            false,
            null),
        config.routes().getFirst());
  }

  @Test
  void what_is_left_out_has_its_default() throws Exception {
    MeridianConfig config = parse(SMALL);

    assertEquals(new Edge("edge", null), config.edge());
    assertEquals(0, config.workers());
    assertEquals(MeridianConfig.Transport.AUTO, config.transport());
    assertEquals(List.of(), config.listeners().getFirst().trustedProxies());
    assertTrue(config.listeners().getFirst().http2());
    ControlRules controls =
        new ControlRules(
            1,
            Duration.ofHours(24),
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            new DrillRules(5, Duration.ofSeconds(5), 20, null));
    assertEquals(new Admin(new HostPort("127.0.0.1", 9901), null, controls), config.admin());
    assertEquals(new Geo(null, null, List.of()), config.geo());
    Region region = config.regions().getFirst();
    assertNull(region.location());
    assertNull(region.weight());
    assertEquals(100, region.dial());
    assertEquals(1, region.endpoints().getFirst().weight());
    assertEquals(80, config.regions().get(1).endpoints().getFirst().port());
    assertEquals(
        new Health(
            new Health.Tcp(),
            Duration.ofSeconds(1),
            Duration.ofMillis(100),
            Duration.ofMillis(500),
            2,
            2,
            Health.Measure.CONNECT,
            null,
            new Health.Replica(null, Health.Unit.S, null, Duration.ofSeconds(30)),
            false),
        config.health());
    assertEquals(List.of(), config.fences());
    assertEquals(
        List.of(
            new Route(
                "default",
                new Route.Match(List.of(), List.of(), List.of(), List.of()),
                List.of("eu-west", "us-east"),
                Route.Policy.LATENCY,
                Route.LatencyFrom.EDGE,
                Duration.ofMillis(10),
                10,
                List.of(),
                List.of(),
                List.of(),
                Route.Promotion.AUTOMATIC,
                null,
                null,
                null,
                false,
                null,
                List.of(),
                Duration.ofSeconds(15),
                null,
                null,
                false,
                null,
                null,
                false,
                null)),
        config.routes());
    assertEquals(
        new Failover(
            4,
            true,
            true,
            List.of(500, 502, 503, 504),
            true,
            20,
            3,
            65_536,
            67_108_864,
            Duration.ofSeconds(5)),
        config.failover());
    assertEquals(
        new Timeouts(
            Duration.ofSeconds(10),
            Duration.ofSeconds(30),
            Duration.ofSeconds(2),
            Duration.ofSeconds(30),
            Duration.ofSeconds(60),
            Duration.ofSeconds(30),
            Duration.ofMinutes(5),
            Duration.ZERO,
            Duration.ofSeconds(30),
            Duration.ofSeconds(30),
            Duration.ofSeconds(1),
            Duration.ofSeconds(5),
            Duration.ofSeconds(5)),
        config.timeouts());
    assertEquals(
        new Limits(
            16_384,
            65_536,
            128,
            0,
            null,
            128,
            1024,
            256,
            new ClientLimits(null, 32, 64, 100_000, Duration.ofHours(1), 240, 240, null, 100_000),
            new Overload(10_000, Duration.ofSeconds(1), 75)),
        config.limits());
    assertEquals(
        new AccessLog(AccessLog.Output.STDOUT, null, new AccessLog.Sample(1, null, false)),
        config.accessLog());
    assertEquals(
        new ProcessLog(ProcessLog.Format.TEXT, ProcessLog.Level.INFO, List.of()), config.log());
    assertNull(config.tracing());
  }

  @Test
  void rates_are_read_with_their_time() throws Exception {
    MeridianConfig config =
        parse(
            SMALL
                + """
                limits: { client: { rate_limit: { requests: 600/m } } }
                routes:
                  - { rate_limit: { requests: 100/s, burst: 5, by: all } }
                """);

    RateLimit global = Objects.requireNonNull(config.limits().client().rateLimit());
    assertEquals(
        new RateLimit(new Rate(600, Duration.ofMinutes(1)), null, RateLimit.By.CLIENT), global);
    assertEquals(10, global.burstOrDefault());
    assertEquals(100_000_000, global.requests().intervalNanos());
    RateLimit route = Objects.requireNonNull(config.routes().getFirst().rateLimit());
    assertEquals(new RateLimit(new Rate(100, Duration.ofSeconds(1)), 5, RateLimit.By.ALL), route);
    assertEquals(5, route.burstOrDefault());
  }

  @Test
  void every_kind_of_value_is_read() throws Exception {
    MeridianConfig config =
        parse(
            SMALL
                + """
                workers: 2
                transport: io_uring
                geo:
                  overrides:
                    - { prefix: "2001:db8::/32", continent: EU, country: "NO", subdivision: "03",
                        city: Oslo, location: { latitude: 59, longitude: 10.5 } }
                health: { tls: { server_name: a.example.com }, interval: 1.5s, timeout: 1s }
                fences:
                  - name: abroad
                    when: { client_country: ["NO", SE], client_prefix: [10.0.0.0/8, "::1"] }
                    deny: [us-east]
                    unknown: skip
                    status: 451
                routes:
                  - name: canary
                    match:
                      methods: [GET, HEAD]
                      headers: [{ name: X-Canary, value: "1" }, { name: x-any }]
                    regions: [us-east, eu-west]
                    policy: priority
                    deadline: 1m
                  - match: { paths: [/] }
                failover: { budget: 5%, retry_on: [], replay_on_503: false, replay_body: 10KB }
                timeouts: { drain: 0s, tunnel_idle: 1h }
                limits: { body: 1.5GiB, head: 8192, request_line: 1024B }
                access_log: off
                """);

    assertEquals(2, config.workers());
    assertEquals(MeridianConfig.Transport.IO_URING, config.transport());
    assertEquals(
        new Geo.PrefixOverride(
            Cidr.parse("2001:db8::/32"), "EU", "NO", "03", "Oslo", new Coordinates(59, 10.5)),
        config.geo().overrides().getFirst());
    assertEquals(new Health.Tls("a.example.com"), config.health().check());
    assertEquals(Duration.ofMillis(1500), config.health().interval());
    assertEquals(List.of("NO", "SE"), config.fences().getFirst().when().clientCountry());
    assertEquals(
        List.of(Cidr.parse("10.0.0.0/8"), Cidr.parse("::1/128")),
        config.fences().getFirst().when().clientPrefix());
    assertEquals(Fence.Unknown.SKIP, config.fences().getFirst().unknown());
    assertEquals(451, config.fences().getFirst().status());
    assertEquals(
        List.of(new Route.HeaderMatch("x-canary", "1"), new Route.HeaderMatch("x-any", null)),
        config.routes().getFirst().match().headers());
    assertEquals(List.of("us-east", "eu-west"), config.routes().getFirst().regions());
    assertEquals("route-2", config.routes().get(1).name());
    assertEquals(List.of("eu-west", "us-east"), config.routes().get(1).regions());
    assertEquals(
        new Failover(
            4, true, true, List.of(), false, 5, 3, 10_000, 67_108_864, Duration.ofSeconds(5)),
        config.failover());
    assertEquals(Duration.ZERO, config.timeouts().drain());
    assertEquals(Duration.ofHours(1), config.timeouts().tunnelIdle());
    assertEquals(1_610_612_736L, config.limits().body());
    assertEquals(8192, config.limits().head());
    assertEquals(1024, config.limits().requestLine());
    assertEquals(AccessLog.Output.OFF, config.accessLog().output());
  }

  @Test
  void statuses_are_a_list_or_one_range() throws Exception {
    assertEquals(
        List.of(new Health.StatusRange(200, 299), new Health.StatusRange(304, 304)),
        statuses("[200-299, 304]"));
    assertEquals(List.of(new Health.StatusRange(200, 399)), statuses("\"200-399\""));
    assertEquals(List.of(new Health.StatusRange(204, 204)), statuses("204"));
  }

  private static List<Health.StatusRange> statuses(String text) throws Exception {
    return ((Health.Http)
            parse(SMALL + "health: { http: { statuses: " + text + " } }").health().check())
        .statuses();
  }

  @Test
  void the_round_trip_of_an_http_probe_may_be_that_of_its_first_byte() throws Exception {
    assertEquals(
        Health.Measure.FIRST_BYTE,
        parse(SMALL + "health: { measure: first_byte, http: {} }").health().measure());
  }

  @Test
  void a_check_without_settings_may_be_left_empty() throws Exception {
    assertEquals(new Health.Tcp(), parse(SMALL + "health:\n  tcp:\n").health().check());
    assertEquals(new Health.Tls(null), parse(SMALL + "health:\n  tls:\n").health().check());
  }

  @Test
  void a_variable_takes_the_type_that_its_key_needs() throws Exception {
    Map<String, String> environment =
        Map.of("WORKERS", "4", "RACE", "false", "HOST", "10.9.0.1", "EMPTY", "", "NO", "NO");
    MeridianConfig config =
        new ConfigLoader(environment)
            .parse(
                "test",
                SMALL
                    + """
                      - name: third
                        endpoints: [{ url: "http://${HOST}:${PORT:-8081}" }]
                    workers: ${WORKERS}
                    edge: { name: "${EMPTY:-here}" }
                    geo: { city: "${EMPTY}" }
                    failover: { race: "${RACE}", budget: "${BUDGET:-7%}" }
                    fences: [{ name: f, when: { client_country: ["${NO}"] }, allow: [third] }]
                    routes:
                      - match: { headers: [{ name: x-price, value: "$$5 ${HOST} $" }] }
                    """);

    assertEquals(4, config.workers());
    assertEquals("here", config.edge().name());
    assertNull(config.geo().city());
    assertEquals(7, config.failover().budget());
    assertEquals(false, config.failover().race());
    assertEquals("10.9.0.1:8081", config.regions().get(2).endpoints().getFirst().name());
    assertEquals(List.of("NO"), config.fences().getFirst().when().clientCountry());
    assertEquals("$5 10.9.0.1 $", config.routes().getFirst().match().headers().getFirst().value());
  }

  @Test
  void a_value_from_the_environment_is_checked_like_any_other() {
    Fault fault = only(new ConfigLoader(Map.of("WORKERS", "010")), SMALL + "workers: ${WORKERS}\n");

    assertEquals(7, fault.line());
    assertTrue(fault.message().contains("write 10"), fault.message());
  }

  @Test
  void an_empty_file_is_refused_at_its_start() {
    for (String text : List.of("", "\n\n", "# nothing\n", "---\n", "\ufeff")) {
      Fault fault = only(new ConfigLoader(Map.of()), text);
      assertTrue(fault.line() >= 1, fault.toString());
    }
  }

  @Test
  void a_byte_order_mark_and_foreign_line_ends_change_nothing() throws Exception {
    assertEquals(parse(SMALL), parse("\ufeff" + SMALL.replace("\n", "\r\n")));
    Fault fault = only(new ConfigLoader(Map.of()), SMALL.replace("\n", "\r\n") + "workers: x\r\n");
    assertEquals(List.of(7, 10), List.of(fault.line(), fault.column()));
  }

  @Test
  void a_file_that_cannot_be_read_is_one_fault_without_a_line() throws Exception {
    Path missing = directory.resolve("missing.yaml");
    assertEquals(missing + ": the file does not exist", loadFault(missing).toString());
    assertTrue(loadFault(directory).message().contains("directory"));
    Path large = directory.resolve("large.yaml");
    Files.writeString(large, "#".repeat((1 << 20) + 1));
    assertTrue(loadFault(large).message().contains("1 MiB"));
    assertEquals(0, loadFault(large).line());
  }

  @Test
  void a_file_without_permission_is_refused() throws Exception {
    Path file = Files.writeString(directory.resolve("secret.yaml"), SMALL);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("---------"));
    assumeFalse(Files.isReadable(file), "this user may read every file");

    assertTrue(loadFault(file).message().contains("can't be read"));
  }

  @Test
  void a_file_that_is_not_utf_8_is_refused_at_its_first_foreign_byte() throws Exception {
    Path file = directory.resolve("latin1.yaml");
    Files.write(file, "version: 1\nedge: { name: Zürich }\n".getBytes(StandardCharsets.ISO_8859_1));

    Fault fault = loadFault(file);

    assertEquals(List.of(2, 16), List.of(fault.line(), fault.column()));
    assertTrue(fault.message().contains("0xfc is not UTF-8"), fault.message());
  }

  @Test
  void relative_paths_start_beside_the_file() throws Exception {
    Files.createFile(directory.resolve("city.mmdb"));
    Files.writeString(directory.resolve("token"), "s3cret\n");
    Path file =
        Files.writeString(
            directory.resolve("meridian.yaml"),
            SMALL
                + """
                geo: { city: city.mmdb }
                admin: { token_file: token }
                access_log: { output: file, file: access.log }
                """);

    MeridianConfig config = new ConfigLoader(Map.of()).load(file);

    assertEquals(directory.resolve("city.mmdb"), config.geo().city());
    assertEquals(directory.resolve("token"), config.admin().tokenFile());
    assertEquals(directory.resolve("access.log"), config.accessLog().file());
  }

  @Test
  void an_empty_secret_is_refused() throws Exception {
    Path token = Files.writeString(directory.resolve("token"), "\n");

    Fault fault = only(new ConfigLoader(Map.of()), SMALL + "admin:\n  token_file: " + token + "\n");

    assertEquals("admin.token_file", fault.key());
    assertTrue(fault.message().contains("is empty"), fault.message());
  }

  @Test
  void ports_chosen_by_the_system_do_not_clash() throws Exception {
    MeridianConfig config =
        parse(
            SMALL.replace("8080\" }\nregions", "0\" }\nregions")
                + "admin: { address: \"0.0.0.0:0\" }");

    assertEquals(0, config.admin().address().port());
  }

  @Test
  void faults_are_told_one_a_line_in_the_order_of_the_file() {
    ConfigException refused =
        assertThrows(
            ConfigException.class,
            () -> parse("version: 3\nregions: []\nworkers: many\nlisteners: []\n"));

    assertEquals(
        """
        test:1:10: version: 3 (expected: 1)
        test:2:10: regions: an empty list (expected: at least one item, a map with the keys name, location, weight, dial, emergency, bias, capacity, endpoints, protocol, tls, send_proxy_protocol, public_url)
        test:3:10: workers: "many" (expected: a whole number, 0 to 1024)
        test:4:12: listeners: an empty list (expected: at least one item, a map with the keys name, address, trusted_proxies, http2, forwarded, tls, proxy_protocol, redirect_to_https, hsts)\
        """,
        refused.getMessage());
  }

  private static MeridianConfig parse(String text) throws ConfigException {
    return new ConfigLoader(Map.of()).parse("test", text);
  }

  private static Fault only(ConfigLoader loader, String text) {
    List<Fault> faults =
        assertThrows(ConfigException.class, () -> loader.parse("test", text)).faults();
    assertEquals(1, faults.size(), faults.toString());
    return faults.getFirst();
  }

  private static Fault loadFault(Path file) {
    return assertThrows(ConfigException.class, () -> new ConfigLoader(Map.of()).load(file))
        .faults()
        .getFirst();
  }
}
