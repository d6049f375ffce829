package io.meridian.geo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.meridian.config.Cidr;
import io.meridian.config.Coordinates;
import io.meridian.config.Geo.PrefixOverride;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class OverridesTest {
  @Test
  void the_longest_prefix_wins_whatever_the_order() {
    Overrides overrides =
        new Overrides(
            List.of(
                country("10.1.2.0/24", "NO"),
                country("10.0.0.0/8", "DE"),
                country("10.1.2.3/32", "FJ"),
                country("10.1.0.0/16", "US"),
                country("2001:db8::/32", "BR"),
                country("2001:db8:0:1:8000::/65", "JP")));
    assertEquals("FJ", at(overrides, "10.1.2.3"));
    assertEquals("NO", at(overrides, "10.1.2.4"));
    assertEquals("NO", at(overrides, "10.1.2.0"));
    assertEquals("US", at(overrides, "10.1.3.0"));
    assertEquals("DE", at(overrides, "10.255.255.255"));
    assertEquals("", at(overrides, "11.0.0.0"));
    assertEquals("", at(overrides, "9.255.255.255"));
    assertEquals("BR", at(overrides, "2001:db8:0:1:7fff:ffff:ffff:ffff"));
    assertEquals("JP", at(overrides, "2001:db8:0:1:8000::"));
    assertEquals("BR", at(overrides, "2001:db8:0:2::"));
    assertEquals("", at(overrides, "2001:db9::"));
  }

  @Test
  void a_prefix_of_length_0_holds_everything() {
    Overrides overrides = new Overrides(List.of(country("0.0.0.0/0", "CH"), country("::/0", "IS")));
    assertEquals("CH", at(overrides, "255.255.255.255"));
    assertEquals("IS", at(overrides, "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"));
  }

  @Test
  void what_is_not_given_is_unknown_except_the_continent_of_a_country() {
    Location place = new Overrides(List.of(country("10.0.0.0/8", "NO"))).find(0x0a000001);
    assertNotNull(place);
    assertEquals("EU", place.continent());
    assertEquals("", place.city());
    assertFalse(place.hasCoordinates());
  }

  @Test
  void all_that_is_given_is_taken() {
    PrefixOverride given =
        new PrefixOverride(
            Cidr.parse("192.0.2.0/24"), "AF", "SJ", "21", "Ny", new Coordinates(78.92, 11.93));
    Location place = new Overrides(List.of(given)).find(0xc0000201);
    assertEquals(new Location("AF", "SJ", "21", "Ny", 78.92, 11.93, 0, ""), place);
  }

  @Test
  void random_prefixes_agree_with_a_plain_search() {
    SplittableRandom random = new SplittableRandom(20);
    List<PrefixOverride> all = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      int length = random.nextInt(1, 33);
      int address = random.nextInt(16) << 28 | random.nextInt(1 << 20);
      byte[] network =
          ByteBuffer.allocate(4)
              .putInt(length == 32 ? address : address & -1 << (32 - length))
              .array();
      Cidr prefix = new Cidr(network, length);
      if (all.stream().noneMatch(known -> known.prefix().equals(prefix))) {
        all.add(new PrefixOverride(prefix, "EU", "C" + i, null, null, null));
      }
    }
    Overrides overrides = new Overrides(all);
    for (int i = 0; i < 20_000; i++) {
      byte[] address =
          ByteBuffer.allocate(4).putInt(random.nextInt(16) << 28 | random.nextInt(1 << 20)).array();
      PrefixOverride best = null;
      for (PrefixOverride each : all) {
        if (each.prefix().contains(address)
            && (best == null || each.prefix().prefixLength() > best.prefix().prefixLength())) {
          best = each;
        }
      }
      Location found = overrides.find(ByteBuffer.wrap(address).getInt());
      if (best == null) {
        assertNull(found);
      } else {
        assertNotNull(found);
        assertEquals(best.country(), found.country());
      }
    }
  }

  private static PrefixOverride country(String prefix, String country) {
    return new PrefixOverride(Cidr.parse(prefix), null, country, null, null, null);
  }

  private static String at(Overrides overrides, String text) {
    byte[] address = Addresses.parse(text);
    assertNotNull(address);
    ByteBuffer bits = ByteBuffer.wrap(address);
    Location place =
        address.length == 4
            ? overrides.find(bits.getInt())
            : overrides.find(bits.getLong(), bits.getLong());
    return place == null ? "" : place.country();
  }
}
