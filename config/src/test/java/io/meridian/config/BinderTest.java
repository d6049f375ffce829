package io.meridian.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.Node.Mapping;
import io.meridian.config.Node.Scalar;
import io.meridian.config.Node.Sequence;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BinderTest {
  @Test
  void every_default_is_read_as_a_YAML_parser_reads_it() {
    Set<String> defaults = new HashSet<>();
    collect(MeridianConfig.class, new HashSet<>(), defaults);
    assertTrue(defaults.size() > 50, defaults::toString);
    for (String yaml : defaults) {
      Node read = Objects.requireNonNull(TreeReader.read(yaml, new Faults(yaml)));
      assertEquals(text(read), text(Binder.standard(yaml)), yaml);
    }
  }

  private static void collect(Class<?> type, Set<Class<?>> seen, Set<String> defaults) {
    if (!seen.add(type)) {
      return;
    }
    for (Shape.Part part : Shape.of(type).parts()) {
      String yaml = part.key().or();
      if (!yaml.isEmpty() && !yaml.contains("{n}")) {
        defaults.add(yaml);
      }
      if (part.map()) {
        collect(part.type(), seen, defaults);
      }
      part.ways().values().forEach(way -> collect(way, seen, defaults));
    }
  }

  /** What it says, wherever it stands. */
  private static String text(Node node) {
    return switch (node) {
      case Scalar(_, var text, var kind, _) -> kind + " " + text;
      case Sequence(_, var items) -> items.stream().map(BinderTest::text).toList().toString();
      case Mapping(_, var entries) -> {
        StringBuilder all = new StringBuilder("{");
        entries.forEach(
            (key, entry) -> all.append(key).append(": ").append(text(entry.value())).append(", "));
        yield all.append('}').toString();
      }
    };
  }
}
