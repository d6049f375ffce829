package io.meridian.config;

import io.meridian.config.Node.Kind;
import io.meridian.config.Node.Mapping;
import io.meridian.config.Node.Scalar;
import io.meridian.config.Node.Sequence;
import io.meridian.config.Shape.Part;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How complaints, the schema and the reference put things. */
final class Words {
  private static final int LONGEST = 60;

  private Words() {}

  static String path(String map, String key) {
    return map.isEmpty() ? key : map + "." + key;
  }

  /** What was found: a value as it was written, shortened. */
  static String found(Node node) {
    return switch (node) {
      case Mapping _ -> "a map";
      case Sequence _ -> "a list";
      case Scalar(_, String text, Kind kind, _) when kind == Kind.NOTHING && text.isEmpty() ->
          "nothing";
      case Scalar scalar when scalar.kind() == Kind.TEXT -> quoted(scalar.text());
      case Scalar scalar -> cut(scalar.text());
    };
  }

  static String quoted(String text) {
    return "\"" + cut(text) + "\"";
  }

  private static String cut(String text) {
    String line = text.replace("\n", "\\n");
    return line.length() <= LONGEST
        ? line
        : line.substring(
                0,
                line.offsetByCodePoints(
                    0, Math.min(LONGEST, line.codePointCount(0, line.length()))))
            + "...";
  }

  /** What the value of this key looks like. */
  static String expected(Part part) {
    if (!part.list()) {
      return one(part);
    }
    return part.map()
        ? "a list of maps with the keys " + keys(part)
        : "a list, each item " + one(part);
  }

  /** What the value, or one item of the list, looks like. */
  static String one(Part part) {
    if (part.map()) {
      return "a map with the keys " + keys(part);
    } else if (part.key().only().length > 0) {
      return String.join(" or ", part.key().only());
    } else if (part.form() == Form.CHOICE) {
      return "one of " + choices(part.type());
    }
    String range = range(part);
    return part.form().expected() + (range.isEmpty() ? "" : ", " + range);
  }

  private static String keys(Part part) {
    return String.join(", ", Shape.of(part.type()).names());
  }

  /** "1 to 10", or empty. */
  static String range(Part part) {
    String min = part.key().min();
    String max = part.key().max();
    if (min.isEmpty() && max.isEmpty()) {
      return "";
    }
    return max.isEmpty()
        ? "at least " + min
        : min.isEmpty() ? "at most " + max : min + " to " + max;
  }

  /** The words of an enum as the file spells them. */
  static String choices(Class<?> type) {
    return Arrays.stream(type.getEnumConstants())
        .map(Words::word)
        .collect(Collectors.joining(", "));
  }

  static String word(Object constant) {
    return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT);
  }

  /** A description without Markdown's marks. */
  static String plain(String description) {
    return description.replace("`", "");
  }
}
