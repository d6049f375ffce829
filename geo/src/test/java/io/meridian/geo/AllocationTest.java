package io.meridian.geo;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.meridian.config.Cidr;
import io.meridian.config.Geo;
import io.meridian.config.Geo.PrefixOverride;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class AllocationTest {
  private static final int LOOKUPS = 100_000;
  private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private int known; // keeps the lookups from being optimised away

  @Test
  void lookups_and_reading_ipv4_text_make_no_garbage() throws Exception {
    PrefixOverride own =
        new PrefixOverride(Cidr.parse("2001:db8::/32"), null, "NO", null, null, null);
    byte[] text = "203.0.113.77".getBytes(ISO_8859_1);
    byte[] four = new byte[4];
    byte[] six = new byte[16];
    try (GeoService service = GeoService.open(new Geo(null, null, List.of(own)))) {
      SplittableRandom random = new SplittableRandom(64);
      Runnable lookups =
          () -> {
            for (int i = 0; i < LOOKUPS; i++) {
              random.nextBytes(four);
              random.nextBytes(six);
              six[0] = 0x2a;
              Places places = service.places();
              known += places.locate(four).hasCoordinates() ? 1 : 0;
              known += places.locate(six).hasCoordinates() ? 1 : 0;
              known += places.locateV4((int) Addresses.parseV4(text, 0, 12)).hashCode() & 1;
              known += (int) places.autonomousSystem(four).number();
            }
          };
      lookups.run();
      lookups.run();
      long before = threads.getCurrentThreadAllocatedBytes();
      lookups.run();
      long bytes = threads.getCurrentThreadAllocatedBytes() - before;
      assertTrue(bytes < LOOKUPS / 100, bytes + " bytes in " + LOOKUPS + " lookups");
      assertTrue(known != 0);
    }
  }
}
