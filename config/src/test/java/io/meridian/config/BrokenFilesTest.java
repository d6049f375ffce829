package io.meridian.config;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.ConfigException.Fault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The files in {@code broken}. Each starts with what must be said of it, all of it and in order, a
 * line each: {@code #! line:column | key | part of the message}.
 */
class BrokenFilesTest {
  private static final Path BROKEN = Path.of("src/test/resources/broken");

  static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(BROKEN)) {
      return files.sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("files")
  void a_broken_file_is_refused_with_the_place_and_the_cause(Path file) throws Exception {
    List<String[]> expected =
        Files.readAllLines(file).stream()
            .filter(line -> line.startsWith("#!"))
            .map(line -> line.substring(2).strip().split(" \\| ?", 3))
            .toList();
    ConfigLoader loader = new ConfigLoader(Map.of());

    List<Fault> faults = assertThrows(ConfigException.class, () -> loader.load(file)).faults();

    String all = faults.stream().map(Fault::toString).reduce("", (a, b) -> a + "\n" + b);
    assertEquals(expected.size(), faults.size(), all);
    for (int i = 0; i < faults.size(); i++) {
      Fault fault = faults.get(i);
      String[] want = expected.get(i);
      assertAll(
          all,
          () -> assertEquals(file.toString(), fault.file()),
          () -> assertEquals(want[0], fault.line() + ":" + fault.column()),
          () -> assertEquals(want[1].strip(), fault.key()),
          () -> assertTrue(fault.message().contains(want[2]), want[2]));
    }
  }
}
