package io.meridian.geo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.maxmind.db.InvalidDatabaseException;
import com.maxmind.db.Reader;
import java.io.ByteArrayInputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TreeWalkTest {
  private final SplittableRandom random = new SplittableRandom(128);

  @ParameterizedTest
  @CsvSource({"4,24", "4,28", "4,32", "6,24", "6,28", "6,32"})
  void every_layout_agrees_with_the_official_reader(int ipVersion, int recordBits)
      throws Exception {
    MmdbWriter writer = new MmdbWriter("Any-City", ipVersion, recordBits, 1);
    for (int i = 0; i < 500; i++) {
      int length = random.nextInt(8, 33);
      int address = random.nextInt(1 << 24) << 8 | i;
      address = length == 32 ? address : address & -1 << (32 - length);
      writer.put(text(ByteBuffer.allocate(4).putInt(address).array()) + "/" + length, place(i));
    }
    if (ipVersion == 6) {
      putV6(writer);
    }
    byte[] file = writer.bytes();
    FlatDatabase<Location> tables = load(file);
    try (Reader official = new Reader(new ByteArrayInputStream(file))) {
      for (int i = 0; i < 20_000; i++) {
        int address = tables.someV4(random) - (i & 1);
        byte[] four = ByteBuffer.allocate(4).putInt(address).array();
        assertEquals(official(official, four), tables.get(address));
        if (ipVersion == 6) {
          long upper = i % 3 == 0 ? tables.someV6(random) - (i & 1) : aliased(address, i);
          long lower = random.nextLong() | 1L << 62;
          byte[] six = ByteBuffer.allocate(16).putLong(upper).putLong(lower).array();
          assertEquals(official(official, six), tables.get(upper, lower), () -> text(six));
        } else {
          assertEquals(Location.UNKNOWN, tables.get(random.nextLong(), random.nextLong()));
        }
      }
    }
  }

  @Test
  void prefixes_longer_than_64_bits_are_told_apart() throws Exception {
    FlatDatabase<Location> tables =
        load(
            new MmdbWriter("Any-City", 6, 28, 1)
                .put("2001:db8::/48", place(1))
                .put("2001:db8:0:1:8000::/65", place(2))
                .put("2001:db8:0:1::77/128", place(3))
                .bytes());
    long upper = 0x20010db800000001L;
    assertEquals("city 1", tables.get(upper, 0).city());
    assertEquals("city 3", tables.get(upper, 0x77).city());
    assertEquals("city 1", tables.get(upper, 0x78).city());
    assertEquals("city 2", tables.get(upper, -1).city());
    assertEquals("city 1", tables.get(upper - 1, -1).city());
    assertEquals("city 1", tables.get(upper + 1, 0).city());
  }

  @Test
  void ipv4_in_ipv6_is_answered_from_the_ipv4_part() throws Exception {
    FlatDatabase<Location> tables =
        load(
            new MmdbWriter("Any-City", 6, 28, 1)
                .put("1.2.3.0/24", place(1))
                .alias("2002::/16", "0.0.0.0/0")
                .alias("2001::/32", "0.0.0.0/0")
                .alias("64:ff9b::/96", "0.0.0.0/0")
                .bytes());
    assertEquals("city 1", tables.get(0, 0x01020304L).city());
    assertEquals("city 1", tables.get(0x2002_0102_0304_0000L, 5).city());
    assertEquals("city 1", tables.get(0x2001_0000_0102_0304L, 5).city());
    assertEquals("city 1", tables.get(0x0064_ff9b_0000_0000L, 0x01020304L).city());
    assertEquals("", tables.get(0x0064_ff9b_0000_0000L, 0x01020404L).city());
    assertEquals("", tables.get(0x2002_0102_0404_0000L, 5).city());
    assertEquals(1, tables.networks());
  }

  @Test
  void a_whole_ipv4_space_with_one_record_is_one_range() throws Exception {
    FlatDatabase<Location> tables =
        load(new MmdbWriter("Any-City", 6, 24, 1).put("::/32", place(9)).bytes());
    assertEquals("city 9", tables.get(0).city());
    assertEquals("city 9", tables.get(-1).city());
    assertEquals("city 9", tables.get(0, 1).city());
  }

  @Test
  void a_country_database_without_coordinates_places_countries() throws Exception {
    FlatDatabase<Location> tables =
        load(
            new MmdbWriter("GeoLite2-Country", 6, 24, 1)
                .put("1.0.0.0/8", Map.of("country", Map.of("iso_code", "NO")))
                .put("2.0.0.0/8", Map.of("registered_country", Map.of("iso_code", "NO")))
                .bytes());
    assertEquals("NO", tables.get(0x01000000).country());
    assertTrue(!tables.get(0x01000000).hasCoordinates());
    assertEquals(Location.UNKNOWN, tables.get(0x02000000));
  }

  @ParameterizedTest
  @ValueSource(doubles = {90.01, -91, Double.POSITIVE_INFINITY})
  void a_latitude_off_the_globe_is_refused(double latitude) {
    byte[] file =
        new MmdbWriter("Any-City", 6, 24, 1)
            .put("1.0.0.0/8", MmdbWriter.place("NO", "x", latitude, 0))
            .bytes();
    assertThrows(InvalidDatabaseException.class, () -> load(file));
  }

  @Test
  void wrong_types_are_refused() {
    for (Object record :
        List.of(
            "text",
            Map.of("country", "NO"),
            Map.of("country", Map.of("iso_code", 47)),
            Map.of("subdivisions", Map.of()),
            Map.of("location", Map.of("latitude", "1", "longitude", "1")))) {
      byte[] file = new MmdbWriter("Any-City", 6, 24, 1).put("1.0.0.0/8", record).bytes();
      assertThrows(InvalidDatabaseException.class, () -> load(file), record.toString());
    }
  }

  @Test
  void a_file_cut_anywhere_is_refused() {
    byte[] file = small();
    for (int length = 0; length < file.length; length++) {
      byte[] cut = Arrays.copyOf(file, length);
      assertThrows(InvalidDatabaseException.class, () -> load(cut), "length " + length);
    }
  }

  @Test
  void a_file_with_flipped_bits_is_refused_or_read_but_never_breaks_anything() {
    byte[] file = small();
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] flipped = file.clone();
      for (int flips = random.nextInt(1, 4); flips > 0; flips--) {
        flipped[random.nextInt(file.length)] ^= (byte) (1 << random.nextInt(8));
      }
      try {
        FlatDatabase<Location> tables = load(flipped);
        for (int probe = 0; probe < 20; probe++) {
          tables.get(random.nextInt());
          tables.get(random.nextLong(), random.nextLong());
        }
      } catch (InvalidDatabaseException e) {
        refused++;
      }
    }
    assertTrue(refused > 5_000, "refused: " + refused);
  }

  @Test
  void a_tree_that_leads_back_to_itself_is_refused_at_once() {
    byte[] file = small();
    file[0] = 0; // the root's first record: the root
    file[1] = 0;
    file[2] = 0;
    assertThrows(InvalidDatabaseException.class, () -> load(file));
  }

  private void putV6(MmdbWriter writer) {
    for (int i = 0; i < 500; i++) {
      int length = random.nextInt(20, 61);
      long upper = 0x2a00L << 48 | random.nextLong() >>> 16;
      byte[] six = ByteBuffer.allocate(16).putLong(upper & -1L << (64 - length)).putLong(0).array();
      writer.put(text(six) + "/" + length, place(1000 + i));
      if (i % 10 == 0) {
        writer.put(text(six) + "/" + random.nextInt(65, 129), place(2000 + i));
      }
    }
    writer.alias("2002::/16", "0.0.0.0/0").alias("2001::/32", "0.0.0.0/0");
  }

  private long aliased(int address, int i) {
    long four = address & 0xffff_ffffL;
    return i % 2 == 0 ? 0x2002L << 48 | four << 16 | i : 0x2001_0000L << 32 | four;
  }

  private static byte[] small() {
    return new MmdbWriter("Any-City", 6, 24, 1)
        .put("1.0.0.0/8", place(1))
        .put("9.9.9.0/24", place(2))
        .put("2a00::/12", place(3))
        .put("2a00::1/128", place(4))
        .bytes();
  }

  private static Map<String, Object> place(int i) {
    return MmdbWriter.place("C" + i % 26, "city " + i, i % 90, i % 180);
  }

  private static FlatDatabase<Location> load(byte[] file) throws InvalidDatabaseException {
    return new TreeWalk<>(MmdbFile.parse(file), CitySchema.INSTANCE).run();
  }

  private static Location official(Reader reader, byte[] address) throws Exception {
    return CitySchema.INSTANCE.official(reader, InetAddress.getByAddress(address));
  }

  private static String text(byte[] address) {
    try {
      return InetAddress.getByAddress(address).getHostAddress();
    } catch (java.net.UnknownHostException e) {
      throw new AssertionError(e);
    }
  }
}
