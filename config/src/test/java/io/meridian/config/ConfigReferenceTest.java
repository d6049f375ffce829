package io.meridian.config;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.Shape.Part;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ConfigReferenceTest {
  private final String page = ConfigReference.markdown();

  @Test
  void every_key_has_a_row_with_a_description() {
    Set<Class<?>> seen = new java.util.LinkedHashSet<>();
    check(Shape.of(MeridianConfig.class), seen);
    assertTrue(seen.size() > 12, seen.toString());
  }

  private void check(Shape shape, Set<Class<?>> seen) {
    seen.add(shape.type());
    assertTrue(shape.description().endsWith("."), shape.type() + " is described by a sentence");
    for (String name : new TreeSet<>(shape.names())) {
      assertTrue(page.contains("| `" + name + "` | "), name);
    }
    for (Part part : shape.parts()) {
      String text = part.key().value();
      assertTrue(text.length() > 8 && text.endsWith("."), shape.type() + " " + part.name());
      part.ways().values().forEach(way -> check(Shape.of(way), seen));
      if (part.map()) {
        check(Shape.of(part.type()), seen);
      }
    }
  }

  @Test
  void defaults_ranges_and_what_is_required_are_told() {
    assertTrue(page.contains("| `deadline` | duration, 10ms to 1h | `15s` | "), page);
    assertTrue(page.contains("| `url` | URL | **required** | "), page);
    assertTrue(
        page.contains("| `retry_on` | list: whole number, 400 to 599 | `[500, 502, 503, 504]` |"));
    assertTrue(page.contains("| `name` | name | `route-1`, ... | "));
    assertTrue(page.contains("| `tcp` | map | if none is given | "));
    assertTrue(page.contains("## `regions[].endpoints[]`"));
  }
}
