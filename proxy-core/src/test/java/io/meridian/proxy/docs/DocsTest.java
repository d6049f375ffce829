package io.meridian.proxy.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.ConfigException;
import io.meridian.config.ConfigLoader;
import io.meridian.config.ConfigReference;
import io.meridian.proxy.telemetry.MetricsReference;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DocsTest {
  /** Fenced blocks of YAML. */
  private static final Pattern YAML = Pattern.compile("(?ms)^```yaml\\R(.*?)^```");

  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]*)(?:#([^)]*))?\\)");

  private static final Pattern HEADING = Pattern.compile("(?m)^#{1,6} (.*)$");

  @TempDir Path directory;

  @Test
  void the_reference_of_the_configuration_is_the_generated_one() throws IOException {
    assertEquals(
        ConfigReference.markdown().strip(),
        Files.readString(root().resolve("docs/configuration.md")).strip(),
        "regenerate it: ./meridian schema --markdown > docs/configuration.md");
  }

  @Test
  void the_reference_of_the_metrics_is_the_generated_one() throws IOException {
    assertEquals(
        MetricsReference.markdown().strip(),
        Files.readString(root().resolve("docs/metrics.md")).strip(),
        "regenerate it: ./meridian schema --metrics > docs/metrics.md");
  }

  @Test
  void every_configuration_in_the_manual_loads() throws IOException, ConfigException {
    int examples = 0;
    for (Path page : pages()) {
      Matcher block = YAML.matcher(Files.readString(page));
      while (block.find()) {
        examples++;
        Path file =
            Files.writeString(
                directory.resolve("example.yaml"), StandIns.local(block.group(1), directory));
        new ConfigLoader(Map.of()).load(file);
      }
    }
    assertTrue(examples >= 2, "examples found: " + examples);
  }

  @Test
  void every_link_within_the_manual_leads_somewhere() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path page : pages()) {
      Matcher link = LINK.matcher(Files.readString(page));
      while (link.find()) {
        Path target = link.group(1).isEmpty() ? page : page.resolveSibling(link.group(1));
        String anchor = link.group(2);
        if (!Files.exists(target) || (anchor != null && !anchors(target).contains(anchor))) {
          broken.add(root().relativize(page) + ": " + link.group());
        }
      }
    }
    assertEquals(List.of(), broken);
  }

  @Test
  void every_page_is_in_the_index() throws IOException {
    String index = Files.readString(root().resolve("docs/README.md"));
    List<String> missing = new ArrayList<>();
    for (Path page : pages()) {
      String name = page.getFileName().toString();
      if (!name.equals("README.md") && !index.contains("](" + name + ")")) {
        missing.add(name);
      }
    }
    assertEquals(List.of(), missing);
  }

  /** What can stand behind the # of a link to a page, as GitHub makes it of headings. */
  static Set<String> anchors(Path page) throws IOException {
    return HEADING
        .matcher(Files.readString(page))
        .results()
        .map(heading ->
            heading
                .group(1)
                .strip()
                .toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-'))
        .collect(Collectors.toSet());
  }

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>(List.of(root().resolve("README.md")));
    try (Stream<Path> files = Files.list(root().resolve("docs"))) {
      files.filter(file -> file.toString().endsWith(".md")).sorted().forEach(pages::add);
    }
    assertFalse(pages.isEmpty());
    return pages;
  }

  /** Of the checkout: tests run in the module's directory. */
  static Path root() {
    Path directory = Path.of("").toAbsolutePath();
    return Files.exists(directory.resolve("docs"))
        ? directory
        : directory.resolve("..").normalize();
  }
}
