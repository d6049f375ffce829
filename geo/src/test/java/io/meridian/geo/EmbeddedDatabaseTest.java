package io.meridian.geo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.maxmind.db.Reader;
import com.maxmind.geoip2.DatabaseReader;
import io.meridian.config.Geo;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class EmbeddedDatabaseTest {
  private static GeoService service;
  private static Reader official;

  @BeforeAll
  static void open() throws Exception {
    service = GeoService.open(new Geo(null, null, List.of()));
    official = new Reader(file());
  }

  @AfterAll
  static void close() throws Exception {
    service.close();
    official.close();
  }

  @Test
  void it_says_where_it_is_from_and_how_old_it_is() {
    assertEquals(1, service.status().size());
    GeoService.DatabaseStatus status = service.status().getFirst();
    assertEquals("city", status.kind());
    assertEquals("embedded", status.source());
    assertEquals("Meridian-City", status.databaseType());
    assertEquals("IP Geolocation by DB-IP (https://db-ip.com), CC BY 4.0", status.attribution());
    Duration age = Duration.ofSeconds(1_780_617_600 - status.buildEpochSeconds()); // 2026-06-05
    assertTrue(age.abs().toDays() < 31, "built at " + status.buildEpochSeconds());
    assertTrue(status.networks() > 700_000, "networks: " + status.networks());
  }

  @Test
  void what_the_build_laid_out_is_what_walking_the_file_gives() throws Exception {
    assertNotNull(Location.class.getResource("embedded.tables"), "the build did not lay it out");
    Database<Location> laidOut = EmbeddedTables.load();
    Database<Location> walked = EmbeddedTables.walk();
    assertEquals(walked.type(), laidOut.type());
    assertEquals(walked.buildEpochSeconds(), laidOut.buildEpochSeconds());
    assertEquals(walked.tables().networks(), laidOut.tables().networks());
    assertEquals(walked.tables().ranges(), laidOut.tables().ranges());
    assertEquals(walked.tables().values(), laidOut.tables().values());
  }

  @Test
  void it_agrees_with_the_official_reader_on_400_000_ipv4_addresses() throws Exception {
    SplittableRandom random = new SplittableRandom(400_000);
    for (int i = 0; i < 400_000; i++) {
      int address = random.nextInt();
      byte[] bytes = ByteBuffer.allocate(4).putInt(address).array();
      Location expected = CitySchema.INSTANCE.official(official, InetAddress.getByAddress(bytes));
      assertEquals(expected, service.places().locateV4(address));
      if (i % 16 == 0) {
        assertEquals(expected, service.places().locate(bytes));
      }
    }
  }

  @Test
  void it_agrees_with_the_official_reader_on_100_000_ipv6_addresses() throws Exception {
    SplittableRandom random = new SplittableRandom(100_000);
    int known = 0;
    long[] prefixes = {0x2001L << 48, 0x2400L << 48, 0x2600L << 48, 0x2a00L << 48, 0x2002L << 48};
    for (int i = 0; i < 100_000; i++) {
      long upper = random.nextLong();
      if (i % 8 != 0) { // most in the blocks in use
        upper = prefixes[i % prefixes.length] + (upper >>> (i % 2 == 0 ? 12 : 16));
      }
      byte[] bytes = ByteBuffer.allocate(16).putLong(upper).putLong(random.nextLong()).array();
      Location expected = CitySchema.INSTANCE.official(official, InetAddress.getByAddress(bytes));
      Location found = service.places().locate(bytes);
      assertEquals(expected, found, () -> Long.toHexString(ByteBuffer.wrap(bytes).getLong()));
      known += found.country().isEmpty() ? 0 : 1;
    }
    assertTrue(known > 20_000, "known: " + known);
  }

  @Test
  void geoip2_reads_the_same_file_the_same_way() throws Exception {
    SplittableRandom random = new SplittableRandom(2);
    try (DatabaseReader reader = new DatabaseReader.Builder(file()).build()) {
      for (int i = 0; i < 5_000; i++) {
        byte[] bytes = ByteBuffer.allocate(4).putInt(random.nextInt()).array();
        Location found = service.places().locate(bytes);
        var city = reader.tryCity(InetAddress.getByAddress(bytes));
        assertEquals(
            city.map(c -> c.country().isoCode() == null ? "" : c.country().isoCode()).orElse(""),
            found.country());
      }
    }
  }

  @Test
  void private_and_reserved_addresses_are_unknown() throws Exception {
    for (String text :
        List.of(
            "10.1.2.3",
            "127.0.0.1",
            "192.168.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1")) {
      byte[] address = InetAddress.ofLiteral(text).getAddress();
      assertEquals(Location.UNKNOWN, service.places().locate(address), text);
    }
  }

  @Test
  void equal_places_are_one_object() {
    Map<Location, Location> seen = new HashMap<>();
    SplittableRandom random = new SplittableRandom(3);
    for (int i = 0; i < 50_000; i++) {
      Location found = service.places().locateV4(random.nextInt());
      Location first = seen.putIfAbsent(found, found);
      if (first != null) {
        assertSame(first, found);
      }
    }
  }

  @Test
  void each_country_of_the_database_has_the_continent_that_an_override_would_get() {
    SplittableRandom random = new SplittableRandom(249);
    Map<String, Set<String>> continents = new HashMap<>();
    for (int i = 0; i < 1_000_000; i++) {
      Location found = service.places().locateV4(random.nextInt());
      if (!found.country().isEmpty()) {
        continents.computeIfAbsent(found.country(), _ -> new HashSet<>()).add(found.continent());
      }
    }
    continents.remove("RU"); // MaxMind says EU, this database's author AS
    continents.forEach(
        (country, seen) -> assertTrue(seen.contains(Continents.of(country)), country + seen));
    assertTrue(continents.size() > 200, "countries: " + continents.size());
  }

  private static InputStream file() {
    InputStream in = Location.class.getResourceAsStream("meridian-city-lite-dbip-2026-06.mmdb");
    if (in == null) {
      throw new AssertionError("the embedded database is missing");
    }
    return in;
  }
}
