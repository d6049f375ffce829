package io.meridian.config;

import io.meridian.config.Shape.Part;
import java.util.LinkedHashMap;
import java.util.Map;

/** The manual's page of all keys with their defaults, in Markdown. */
public final class ConfigReference {
  private static final String INTRODUCTION =
      """
      # Configuration

      One YAML file, read strictly: a key that is unknown, given twice or of the wrong kind is an
      error, and all errors are reported at once with file, line and column. This page is generated
      from the records that the file is read into.

      - Durations carry a unit: `500ms`, `1.5s`, `2m`, `1h`. Sizes do, or are bytes: `64KiB`,
        `10MB`, `512`. Percentages carry their sign: `20%`. Rates carry their time: `100/s`, `30/m`,
        `1000/h`.
      - `${NAME}` and `${NAME:-default}` in a value stand for an environment variable, whatever type
        the key needs; a variable that is empty counts as not set where a default is given. `$$` is
        a dollar sign. Put such values in quotes inside `{ }` and `[ ]`. A key that may be left out
        is left out where the result is empty.
      - Paths that do not start with `/` are looked for beside the file.
      - What YAML would read as something else is put in quotes: the country `"NO"`, the text `"1"`.
      - Anchors, aliases, tags and more than one document are refused.
      """;

  private final StringBuilder out = new StringBuilder(INTRODUCTION);

  private ConfigReference() {}

  /** The page; it ends in a newline. */
  public static String markdown() {
    ConfigReference page = new ConfigReference();
    page.section("", Shape.of(MeridianConfig.class));
    return page.out.toString();
  }

  private void section(String path, Shape shape) {
    if (shape.parts().isEmpty()) {
      out.append("\n## `").append(path).append("`\n\n").append(shape.description()).append('\n');
      return;
    }
    out.append("\n## ").append(path.isEmpty() ? "The file" : "`" + path + "`").append("\n\n");
    out.append(shape.description()).append("\n\n");
    out.append("| key | value | default | |\n|---|---|---|---|\n");
    Map<String, Shape> inner = new LinkedHashMap<>();
    for (Part part : shape.parts()) {
      part.ways()
          .forEach((name, type) -> {
            Shape way = Shape.of(type);
            String standard = name.equals(part.key().or()) ? "if none is given" : "";
            row(name, "map", standard, way.description());
            inner.put(Words.path(path, name), way);
          });
      if (part.ways().isEmpty()) {
        row(part.name(), kind(part), standard(part), part.key().value());
        if (part.map()) {
          String list = part.list() ? "[]" : "";
          inner.put(Words.path(path, part.name()) + list, Shape.of(part.type()));
        }
      }
    }
    inner.forEach(this::section);
  }

  private void row(String key, String kind, String standard, String description) {
    out.append("| `").append(key).append("` | ").append(kind).append(" | ").append(standard);
    out.append(" | ").append(description.replace("|", "\\|")).append(" |\n");
  }

  private static String kind(Part part) {
    if (part.map()) {
      return part.list() ? "list of maps" : "map";
    }
    Form form = part.form();
    String one =
        switch (form) {
          case DURATION -> "duration";
          case SIZE -> "size";
          case PERCENT -> "percentage";
          case RATE -> "rate";
          case NUMBER -> "whole number";
          case DECIMAL -> "number";
          case SWITCH -> "`true` or `false`";
          case CHOICE -> "`" + Words.choices(part.type()).replace(", ", "`, `") + "`";
          case READABLE_FILE, SECRET_FILE, WRITABLE_FILE, WRITABLE_DIRECTORY -> "path";
          case ADDRESS -> "`host:port`";
          case PREFIX -> "prefix";
          case URL -> "URL";
          case NAME -> "name";
          default -> "text";
        };
    if (part.key().only().length > 0) {
      one = "`" + String.join("`, `", part.key().only()) + "`";
    } else if (!Words.range(part).isEmpty()) {
      one += ", " + Words.range(part);
    }
    return part.list() ? "list: " + one : one;
  }

  private static String standard(Part part) {
    Key key = part.key();
    if (part.required()) {
      return "**required**";
    } else if (key.or().isEmpty()) {
      return key.absent();
    } else if (key.or().equals("{}")) {
      return "its keys' defaults";
    }
    return "`" + key.or().replace("{n}", "1") + "`" + (key.or().contains("{n}") ? ", ..." : "");
  }
}
