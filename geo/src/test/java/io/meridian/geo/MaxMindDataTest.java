package io.meridian.geo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.maxmind.db.InvalidDatabaseException;
import io.meridian.config.Geo;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** MaxMind's own test databases, and the JSON they were made from. */
class MaxMindDataTest {
  private static final Path DATA = Path.of("../../shared/data/geo/maxmind-test");

  @BeforeAll
  static void needsTheData() {
    assumeTrue(Files.isDirectory(DATA), "skipped: " + DATA + " is absent");
  }

  /** A network of the JSON and its record. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Entry(byte[] first, byte[] last, JsonNode record) {
    boolean holds(byte[] address) {
      return address.length == first.length
          && java.util.Arrays.compareUnsigned(first, address) <= 0
          && java.util.Arrays.compareUnsigned(address, last) <= 0;
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GeoIP2-City-Test",
        "GeoLite2-City-Test",
        "GeoIP2-Country-Test",
        "GeoLite2-Country-Test"
      })
  void every_network_of_the_source_data_is_placed_as_it_says(String name) throws Exception {
    List<Entry> entries = entries(name);
    try (GeoService service =
        GeoService.open(new Geo(DATA.resolve("test-data/" + name + ".mmdb"), null, List.of()))) {
      for (Entry entry : entries) {
        for (byte[] address : List.of(entry.first, entry.last)) {
          Location expected = location(holder(entries, address));
          assertEquals(expected, service.places().locate(address), () -> hex(address));
        }
      }
    }
    assertTrue(entries.size() > 200, "entries: " + entries.size());
  }

  @Test
  void every_network_of_the_source_data_has_its_autonomous_system() throws Exception {
    List<Entry> entries = entries("GeoLite2-ASN-Test");
    Path file = DATA.resolve("test-data/GeoLite2-ASN-Test.mmdb");
    try (GeoService service = GeoService.open(new Geo(null, file, List.of()))) {
      for (Entry entry : entries) {
        for (byte[] address : List.of(entry.first, entry.last)) {
          JsonNode record = holder(entries, address);
          AutonomousSystem expected =
              new AutonomousSystem(
                  record.path("autonomous_system_number").asLong(0),
                  record.path("autonomous_system_organization").asText(""));
          assertEquals(expected, service.places().autonomousSystem(address), () -> hex(address));
        }
      }
      assertEquals("asn", service.status().get(1).kind());
    }
  }

  @Test
  void every_broken_file_is_refused_for_its_bytes_whatever_its_type() throws Exception {
    for (Path file : broken()) {
      byte[] bytes = Files.readAllBytes(file);
      assertThrows(
          InvalidDatabaseException.class,
          () -> new TreeWalk<>(MmdbFile.parse(bytes), CitySchema.INSTANCE).run(),
          file.toString());
    }
  }

  @Test
  void every_broken_file_is_refused_at_start_and_at_reload(@TempDir Path folder) throws Exception {
    List<Path> broken = broken();
    Path watched = folder.resolve("city.mmdb");
    Files.copy(DATA.resolve("test-data/GeoIP2-City-Test.mmdb"), watched);
    try (GeoService service =
        GeoService.open(new Geo(watched, null, List.of()), GeoServiceTest.FAST)) {
      Places before = service.places();
      int refused = 0;
      for (Path file : broken) {
        IOException atStart =
            assertThrows(IOException.class, () -> GeoService.open(new Geo(file, null, List.of())));
        assertTrue(
            String.valueOf(atStart.getMessage()).startsWith(file.toString()), atStart.toString());
        Path next = folder.resolve("next");
        Files.copy(file, next);
        Files.move(next, watched, java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        refused++;
        int expected = refused;
        Await.until(() -> service.status().getFirst().refused() == expected);
        assertEquals(before, service.places());
      }
      assertEquals(0, service.status().getFirst().reloads());
    }
  }

  private static List<Path> broken() throws IOException {
    List<Path> broken = new ArrayList<>();
    try (Stream<Path> files = Files.walk(DATA.resolve("bad-data"))) {
      files.filter(file -> file.toString().endsWith(".mmdb")).forEach(broken::add);
    }
    try (Stream<Path> files = Files.list(DATA.resolve("test-data"))) {
      files
          .filter(file -> file.toString().matches(".*(?i:broken|invalid).*mmdb"))
          .forEach(broken::add);
    }
    assertTrue(broken.size() >= 8, broken.toString());
    return broken;
  }

  /** Records are put one after the other, so the last that holds an address is the one. */
  private static JsonNode holder(List<Entry> entries, byte[] address) {
    JsonNode found = null;
    for (Entry entry : entries) {
      if (entry.holds(address)) {
        found = entry.record;
      }
    }
    assertNotNull(found);
    return found;
  }

  private static Location location(JsonNode record) {
    JsonNode point = record.path("location");
    return new Location(
        record.path("continent").path("code").asText(""),
        record.path("country").path("iso_code").asText(""),
        record.path("subdivisions").path(0).path("iso_code").asText(""),
        record.path("city").path("names").path("en").asText(""),
        point.path("latitude").asDouble(Double.NaN),
        point.path("longitude").asDouble(Double.NaN),
        point.path("accuracy_radius").asInt(0),
        point.path("time_zone").asText(""));
  }

  private static List<Entry> entries(String name) throws IOException {
    List<Entry> entries = new ArrayList<>();
    Path json = DATA.resolve("source-data/" + name + ".json");
    for (JsonNode object : new ObjectMapper().readTree(json.toFile())) {
      for (Map.Entry<String, JsonNode> entry : object.properties()) {
        entries.add(entry(entry.getKey(), entry.getValue()));
      }
    }
    return entries;
  }

  /** An IPv4 network may be written as ::1.2.3.0/120. */
  private static Entry entry(String network, JsonNode record) {
    int slash = network.indexOf('/');
    byte[] first = Addresses.parse(network.substring(0, slash));
    assertNotNull(first);
    int length = Integer.parseInt(network.substring(slash + 1));
    byte[] last = first.clone();
    for (int bit = length; bit < last.length * 8; bit++) { // the data has some host bits set
      first[bit >> 3] &= (byte) ~(1 << (7 - (bit & 7)));
      last[bit >> 3] |= (byte) (1 << (7 - (bit & 7)));
    }
    boolean four = first.length == 16 && new java.math.BigInteger(1, first).bitLength() <= 32;
    return four && length >= 96
        ? new Entry(
            java.util.Arrays.copyOfRange(first, 12, 16),
            java.util.Arrays.copyOfRange(last, 12, 16),
            record)
        : new Entry(first, last, record);
  }

  private static String hex(byte[] address) {
    return java.util.HexFormat.of().formatHex(address);
  }
}
