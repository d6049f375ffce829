package io.meridian.proxy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.meridian.config.ConfigException;
import io.meridian.config.ConfigLoader;
import io.meridian.config.MeridianConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A whole proxy with two workers in front of some origins, tried in the order given. Probes run
 * once, so that what health knows comes from the traffic of the test. Closing it asserts that
 * nothing is left over.
 */
final class Proxy implements AutoCloseable {
  private final String transport;
  private final Map<String, String> sections = new LinkedHashMap<>();
  private final Map<String, Place> regions = new LinkedHashMap<>();

  /** Where a region is, and what else the file says of it. */
  private record Place(String url, int port, String more) {}

  private final Map<String, Integer> dials = new LinkedHashMap<>();

  private final Path log;
  private Meridian meridian;

  @SuppressWarnings("NullAway.Init") // set by start
  private Proxy(String transport) {
    this.transport = transport;
    try {
      log = Files.createTempFile("access", ".log");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    sections.put("workers", "2");
    sections.put("health", "{ tcp: {}, interval: 1h, burst_interval: 1h, timeout: 1s }");
    sections.put("listeners", "[{ name: public, address: \"127.0.0.1:0\" }]");
    sections.put("admin", "{ address: \"127.0.0.1:0\" }");
    sections.put("access_log", "{ output: file, file: \"" + log + "\" }");
  }

  static Proxy on(String transport) {
    return new Proxy(transport);
  }

  Proxy region(String name, Origin origin) {
    return region(name, origin, "");
  }

  /** A region with further keys, such as {@code protocol: http2}. */
  Proxy region(String name, Origin origin, String more) {
    return region(name, origin.url(), origin.port(), more);
  }

  Proxy region(String name, String url, int port, String more) {
    regions.put(name, new Place(url, port, more.isEmpty() ? "" : ", " + more));
    return this;
  }

  /** How much of its traffic a region gets, in percent. */
  Proxy dial(String region, int percent) {
    dials.put(region, percent);
    return this;
  }

  /** A top-level key of the configuration and its YAML. */
  Proxy with(String key, String yaml) {
    sections.put(key, yaml);
    return this;
  }

  Proxy trusting(String prefix) {
    return with(
        "listeners",
        "[{ name: public, address: \"127.0.0.1:0\", trusted_proxies: [\"" + prefix + "\"] }]");
  }

  Proxy start() throws IOException {
    meridian = Meridian.start(config());
    Await.until("the first probes", () -> meridian.health().firstRoundDone());
    return this;
  }

  MeridianConfig config() {
    StringBuilder yaml = new StringBuilder("version: 1\n");
    yaml.append("transport: ").append(transport).append("\nregions:\n");
    regions.forEach((name, place) ->
        yaml.append("  - { name: ")
            .append(name)
            .append(", dial: ")
            .append(dials.getOrDefault(name, 100))
            .append("%, endpoints: [{ url: \"")
            .append(place.url())
            .append("\" }]")
            .append(place.more())
            .append(" }\n"));
    sections.putIfAbsent(
        "routes",
        "[{ name: all, policy: priority, regions: ["
            + String.join(", ", regions.keySet())
            + "] }]");
    sections.forEach((key, value) -> yaml.append(key).append(": ").append(value).append('\n'));
    try {
      return new ConfigLoader(Map.of()).parse("test", yaml.toString());
    } catch (ConfigException e) {
      throw new AssertionError(yaml.toString(), e);
    }
  }

  Meridian meridian() {
    return meridian;
  }

  int port() {
    return meridian.listeners().getFirst().address().getPort();
  }

  Wire client() throws IOException {
    return Wire.connect(port());
  }

  /** One GET on a connection of its own. */
  Wire.Message get(String target) throws IOException {
    try (Wire client = client()) {
      return client.get(target).response();
    }
  }

  /** What is written in the access log, as soon as so many lines are there. */
  List<JsonNode> log(int lines) {
    Await.until(() -> lines + " log lines in " + text(), () -> text().lines().count() >= lines);
    ObjectMapper json = new ObjectMapper();
    List<JsonNode> nodes = new ArrayList<>();
    text()
        .lines()
        .forEach(line -> {
          try {
            nodes.add(json.readTree(line));
          } catch (IOException e) {
            throw new UncheckedIOException(line, e);
          }
        });
    return nodes;
  }

  private String text() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What the metrics say of a series, 0 if it is not there. */
  double metric(String series) {
    return meridian
        .telemetry()
        .scrape(null)
        .lines()
        .filter(line -> line.startsWith(series))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private long inFlight() {
    return regions.entrySet().stream()
        .mapToLong(region ->
            meridian
                .telemetry()
                .endpoint(region.getKey(), "127.0.0.1:" + region.getValue().port())
                .inFlight())
        .sum();
  }

  /** Nothing is in progress any more, and nothing is held. */
  void assertQuiet() {
    Await.until(
        () -> "requests in progress: " + meridian.requestsInProgress(),
        () -> meridian.requestsInProgress() == 0);
    Await.until(() -> "attempts in flight: " + inFlight(), () -> inFlight() == 0);
    Await.until(
        () -> "bytes held: " + meridian.replayBytesHeld(), () -> meridian.replayBytesHeld() == 0);
    Await.until(
        () -> "requests parked: " + meridian.requestsParked(),
        () -> meridian.requestsParked() == 0);
  }

  @Override
  public void close() throws IOException {
    try {
      assertQuiet();
    } finally {
      meridian.close();
      Files.deleteIfExists(log);
    }
  }
}
