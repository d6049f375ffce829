package io.meridian.proxy.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SimulateCommandTest {
  private static final String CONFIG =
      """
      version: 1
      edge: { location: { latitude: 50.11, longitude: 8.68 } }
      listeners: [{ name: public, address: "127.0.0.1:0" }]
      geo:
        overrides:
          - { prefix: 10.1.0.0/16, country: DE, continent: EU, location: { latitude: 52.5, longitude: 13.4 } }
          - { prefix: 10.2.0.0/16, country: US, continent: NA, location: { latitude: 40.7, longitude: -74.0 } }
      regions:
        - { name: eu, location: { latitude: 53.34, longitude: -6.27 }, endpoints: [{ url: "http://127.0.0.1:80" }] }
        - { name: us, location: { latitude: 38.95, longitude: -77.45 }, endpoints: [{ url: "http://127.0.0.2:80" }] }
      fences: [{ name: gdpr, when: { client_continent: [EU] }, allow: [eu] }]
      routes: [{ name: api, match: { paths: [/api/] }, policy: geo, fence: gdpr }]
      """;

  /** Two in a minute from Europe, two from America, one for no route, and three that are none. */
  private static final String LOG =
      """
      {"time":"2026-11-20T10:00:01.000Z","client_ip":"10.1.0.1","method":"GET","host":"a.test","path":"/api/1","status":200,"timings":{"total":1,"path":"/no"},"region":"eu"}
      {"time":"2026-11-20T10:00:59.000Z","client_ip":"10.1.0.2","method":"POST","host":"a.test","path":"/api/2","status":200}
      10.2.0.1 - frank [20/Nov/2026:10:01:36 +0000] "GET /api/x?y=1 HTTP/1.1" 200 2326
      10.2.0.2 - - [20/Nov/2026:10:02:36 +0000] "GET /api/x HTTP/2.0" 200 2326 "http://ref/" "Mozilla/4.08 [en]"
      10.2.0.2 - - [20/Nov/2026:10:02:37 +0000] "GET /other HTTP/1.1" 404 0
      10.2.0.2 - - [20/Nov/2026:10:02:37 +0000] "\\x16\\x03" 400 0
      not a line
      {"time":"2026-11-20T10:00:01.000Z","client_ip":
      """;

  @TempDir Path directory;

  private Path config;
  private Path log;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @BeforeEach
  void files() throws IOException {
    config = Files.writeString(directory.resolve("m.yaml"), CONFIG);
    log = Files.writeString(directory.resolve("access.log"), LOG);
  }

  private String run(int code, String... more) {
    out.reset();
    PrintStream to = new PrintStream(out, true, StandardCharsets.UTF_8);
    String[] words = {"simulate", "--config", config.toString(), "--log", log.toString()};
    String[] all = java.util.Arrays.copyOf(words, words.length + more.length);
    System.arraycopy(more, 0, all, words.length, more.length);
    int found = new CommandLine(to, to, Map.of()).run(all);
    String text = out.toString(StandardCharsets.UTF_8);
    assertEquals(code, found, text);
    return text;
  }

  @Test
  void a_small_log_comes_out_as_written_here() {
    assertEquals(
        """
        5 requests, 3 lines passed over
        region             requests    share    rtt ms  peak req/s
        eu                        2   40.00%      32.3         0.0
        us                        2   40.00%     124.1         0.0
        mean round trip from the edge: 78.2 ms
        refused: no_route 1
        """,
        run(CommandLine.OK));
  }

  @Test
  void what_a_region_cannot_take_overflows_second_by_second() throws IOException {
    Files.writeString(
        config,
        CONFIG
            .replace("name: us,", "name: us, capacity: { by: rps, soft: 3, hard: 3 },")
            .replace("name: eu,", "name: eu, capacity: { soft: 2, hard: 2 },")
            .replace("policy: geo, fence: gdpr", "policy: priority, regions: [us, eu]"));
    StringBuilder lines = new StringBuilder();
    for (int second = 10; second < 20; second += 5) {
      for (int i = 0; i < 7; i++) {
        lines.append("10.2.0.1 - - [20/Nov/2026:10:01:");
        lines.append(second).append(" +0000] \"GET /api/x HTTP/1.1\" 200 1\n");
      }
    }
    Files.writeString(log, lines);
    String text = run(CommandLine.OK);
    assertTrue(text.contains("overflow: us > eu 4\n"), text);
    assertTrue(text.contains("overflow: us > refused 4\n"), text);
    assertTrue(text.contains("refused: capacity 4\n"), text);
    JsonNode json = new ObjectMapper().readTree(run(CommandLine.OK, "--took", "6000", "--json"));
    assertEquals(2, json.at("/result/overflow/us > eu").asInt());
    assertEquals(6, json.at("/result/refused/capacity").asInt());
  }

  @Test
  void what_a_failure_changes_is_told_against_the_undisturbed_world() {
    assertEquals(
        """
        5 requests, 3 lines passed over
        region             requests    share    rtt ms  peak req/s   against
        eu                        0    0.00%      32.3         0.0   -40.00%
        us                        2   40.00%     124.1         0.0    +0.00%
        mean round trip from the edge: 124.1 ms (+45.9 ms)
        refused: no_healthy_region 2
        refused: no_route 1
        bound by fence and refused: gdpr 2
        refused in the other: no_route 1
        moved: eu > refused 2
        """,
        run(CommandLine.OK, "--down", "eu"));
  }

  @Test
  void another_configuration_is_compared_and_told_as_json() throws IOException {
    Path other =
        Files.writeString(
            directory.resolve("other.yaml"),
            CONFIG.replace("policy: geo, fence: gdpr", "policy: priority, regions: [us]"));
    JsonNode root =
        new ObjectMapper().readTree(run(CommandLine.OK, "--against", other.toString(), "--json"));
    assertEquals(3, root.get("passed_over").asInt());
    assertEquals(2, root.get("moved").get("us > eu").asInt());
    assertEquals(4, root.get("against").get("regions").get(1).get("requests").asInt());
    assertEquals(0.4, root.get("result").get("regions").get(0).get("share").asDouble());
    assertEquals(1, root.get("result").get("refused").get("no_route").asInt());
  }

  @Test
  void a_large_log_in_gzip_is_counted_to_the_last_line() throws IOException {
    SplittableRandom random = new SplittableRandom(4);
    int europeans = 0;
    log = directory.resolve("large.log.gz");
    try (BufferedWriter writer =
        new BufferedWriter(
            new OutputStreamWriter(
                new GZIPOutputStream(Files.newOutputStream(log)), StandardCharsets.US_ASCII))) {
      for (int i = 0; i < 50_000; i++) {
        boolean european = random.nextBoolean();
        europeans += european ? 1 : 0;
        writer.write(
            "{\"time\":\"2026-11-20T10:"
                + (10 + i / 5_000)
                + ":00.000Z\",\"client_ip\":\"10."
                + (european ? 1 : 2)
                + "."
                + random.nextInt(256)
                + "."
                + random.nextInt(256)
                + "\",\"method\":\"GET\",\"host\":\"a.test\",\"path\":\"/api/"
                + i
                + "\"}"
                + (i == 49_999 ? "" : "\n"));
      }
    }
    JsonNode result = new ObjectMapper().readTree(run(CommandLine.OK, "--json")).get("result");
    assertEquals(50_000, result.get("requests").asInt());
    assertEquals(europeans, result.get("regions").get(0).get("requests").asInt());
    assertTrue(result.get("regions").get(0).get("peak_per_second").asDouble() > 30);
    JsonNode dialled =
        new ObjectMapper().readTree(run(CommandLine.OK, "--json", "--dial", "us=50")).get("result");
    int us = dialled.get("regions").get(1).get("requests").asInt();
    assertEquals((50_000 - europeans) / 2.0, us, 400);
  }

  @Test
  void mistakes_on_the_command_line_are_told() {
    for (List<String> words :
        List.of(
            List.of("--down", "mars"),
            List.of("--dial", "us=120"),
            List.of("--dial", "us"),
            List.of("--rtt", "us=far"),
            List.of("--column", "0"))) {
      String text = run(CommandLine.USAGE, words.toArray(String[]::new));
      assertTrue(text.startsWith("meridian simulate: "), text);
    }
    log = directory.resolve("gone");
    assertTrue(run(CommandLine.FAILED).contains("gone"));
  }

  @Test
  void explain_answers_without_a_running_proxy() {
    PrintStream to = new PrintStream(out, true, StandardCharsets.UTF_8);
    int code =
        new CommandLine(to, to, Map.of())
            .run(
                "explain",
                "--config",
                config.toString(),
                "--ip",
                "10.1.0.1",
                "--path",
                "/api/",
                "--dial",
                "eu=40");
    assertEquals(
        """
        client    10.1.0.1: EU, DE
        source    override 10.1.0.0/16
        route     api
        fence     gdpr binds this client
        fence     + eu             allowed
        fence     - us             gdpr forbids it
        controls  + eu             dial 40 %
        health    + eu             healthy
        order     + eu             place 1, 1318 km from the client
        shares    eu 40.0 %
        decision  refused with 503, dialled_off
        """,
        out.toString(StandardCharsets.UTF_8));
    assertEquals(CommandLine.OK, code);
  }
}
