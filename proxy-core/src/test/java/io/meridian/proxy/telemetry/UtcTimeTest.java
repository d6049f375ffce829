package io.meridian.proxy.telemetry;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Random;
import org.junit.jupiter.api.Test;

class UtcTimeTest {
  private static final DateTimeFormatter EXPECTED =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private final UtcTime time = new UtcTime();

  @Test
  void agrees_with_the_jdk_on_any_instant_from_1970_to_9999() {
    Random random = new Random(11);
    for (int i = 0; i < 100_000; i++) {
      agrees(random.nextLong(253_402_300_800_000L));
    }
    agrees(0);
    agrees(Instant.parse("2000-02-29T23:59:59.999Z").toEpochMilli());
    agrees(Instant.parse("2100-03-01T00:00:00.000Z").toEpochMilli());
    agrees(253_402_300_799_999L);
  }

  @Test
  void milliseconds_move_within_a_second() {
    for (long millis = 1_700_000_000_000L; millis < 1_700_000_002_000L; millis++) {
      agrees(millis);
    }
  }

  private void agrees(long epochMillis) {
    byte[] text = new byte[UtcTime.LENGTH + 1];
    time.write(epochMillis, text, 1);
    assertEquals(
        EXPECTED.format(Instant.ofEpochMilli(epochMillis)),
        new String(text, 1, UtcTime.LENGTH, StandardCharsets.US_ASCII));
  }
}
