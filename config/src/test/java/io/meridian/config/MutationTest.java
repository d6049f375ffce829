package io.meridian.config;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.ConfigException.Fault;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class MutationTest {
  private static final String SIGNS = " \n\t:-[]{}\"'#&*!|>%@`$0NO~.,/\\x\u00e9\u0001";

  @Test
  void a_file_changed_at_random_is_read_or_refused_with_places() throws Exception {
    String original = ConfigLoaderTest.example();
    Random random = new Random(20261121);
    ConfigLoader loader = new ConfigLoader(Map.of("GEO_CITY", ""));
    int refused = 0;
    for (int round = 0; round < 3000; round++) {
      String text = original;
      for (int change = random.nextInt(4); change >= 0; change--) {
        text = mutated(text, random);
      }
      try {
        loader.parse("mutated", text);
      } catch (ConfigException e) {
        refused++;
        assertPlaces(e, text);
      } catch (RuntimeException e) {
        throw new AssertionError("round " + round + ":\n" + text, e);
      }
    }
    assertTrue(refused > 1000, "only " + refused + " were refused");
  }

  private static void assertPlaces(ConfigException e, String text) {
    assertFalse(e.faults().isEmpty());
    long lines = text.lines().count() + 1;
    int last = 0;
    for (Fault fault : e.faults()) {
      assertTrue(fault.line() >= 1 && fault.column() >= 1, () -> fault + "\n" + text);
      assertTrue(fault.line() <= lines, () -> fault + "\n" + text);
      assertTrue(fault.line() >= last, "sorted");
      last = fault.line();
    }
  }

  private static String mutated(String text, Random random) {
    int at = random.nextInt(text.length() + 1);
    int end = Math.min(text.length(), at + 1 + random.nextInt(6));
    return switch (random.nextInt(5)) {
      case 0 -> text.substring(0, at) + text.substring(end);
      case 1 -> text.substring(0, at) + sign(random) + text.substring(at);
      case 2 -> text.substring(0, at) + sign(random) + text.substring(end);
      case 3 -> text.substring(0, at) + text.substring(at, end) + text.substring(at);
      default -> {
        List<String> lines = new ArrayList<>(text.lines().toList());
        if (lines.size() > 1) {
          int line = random.nextInt(lines.size());
          int to = random.nextInt(lines.size());
          lines.add(to, lines.remove(line));
        }
        yield String.join("\n", lines) + "\n";
      }
    };
  }

  private static char sign(Random random) {
    return SIGNS.charAt(random.nextInt(SIGNS.length()));
  }
}
