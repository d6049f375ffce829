package io.meridian.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.meridian.config.Node.Place;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/** The YAML parser's complaints in plain words, at the place where the mistake was made. */
final class SyntaxFaults {
  private SyntaxFaults() {}

  static void report(JsonProcessingException e, String text, Faults faults) {
    if (e.getCause() instanceof MarkedYAMLException marked && marked.getProblemMark() != null) {
      report(marked, text, faults);
      return;
    }
    int line = e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getLineNr());
    int column = e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getColumnNr());
    String problem =
        e.getOriginalMessage().startsWith("Expected a field name")
            ? "a key that is a map or a list (expected: a plain word)"
            : firstLine(e.getOriginalMessage());
    faults.add(new Place(line, column), "", "not valid YAML: " + problem);
  }

  private static void report(MarkedYAMLException e, String text, Faults faults) {
    String problem = String.valueOf(e.getProblem());
    String context = String.valueOf(e.getContext());
    Place noticed = place(e.getProblemMark());
    Place begun = e.getContextMark() == null ? noticed : place(e.getContextMark());
    Place quote = OpenQuotes.firstBefore(noticed, text);
    Place at = noticed;
    String message;
    if (quote != null) {
      at = quote;
      message =
          "a quoted text starts here and its closing quote is missing; noticed at line "
              + noticed.line();
    } else if (problem.contains("TAB")) {
      message = "a tab (expected: spaces; YAML allows no tabs for indentation)";
    } else if (context.contains("flow") && unclosed(text, begun, noticed)) {
      at = begun;
      message =
          "a "
              + (context.contains("sequence") ? "list, [" : "map, {")
              + " starts here and is not closed; noticed at line "
              + noticed.line();
    } else if (problem.startsWith("could not find expected ':'")) {
      at = begun;
      message = "a key without \":\" (expected: key: value)";
    } else if (problem.startsWith("mapping values are not allowed")) {
      message =
          "\": \" is not allowed here (expected: one key: value a line, keys of one map under each"
              + " other; a text that holds \": \" is put in quotes)";
    } else if (problem.contains("<block end>")) {
      message = "does not line up with the lines above (expected: the same indentation)";
    } else if (problem.contains("that cannot start any token")) {
      message = sign(text, noticed) + " can't start a value (expected: the value in quotes)";
    } else if (context.contains("flow")) {
      message =
          problem + (variable(text, noticed) ? "; put a value that holds ${...} in quotes" : "");
    } else {
      message = problem;
    }
    faults.add(at, "", "not valid YAML: " + message);
  }

  /**
   * Whether a line after the bracket's, up to where the parser gave up, or the text's end, is not
   * indented more than the bracket's: what was read into the list or map belongs to another key.
   */
  private static boolean unclosed(String text, Place begun, Place noticed) {
    List<String> lines = text.lines().toList();
    if (noticed.line() > lines.size()) {
      return true;
    }
    int indentation = indentation(lines.get(begun.line() - 1));
    return lines.subList(begun.line(), noticed.line()).stream()
        .anyMatch(line -> line.matches("\\s*[^\\s#\\]}].*") && indentation(line) <= indentation);
  }

  private static int indentation(String line) {
    return line.length() - line.stripLeading().length();
  }

  private static String sign(String text, Place at) {
    int[] line = line(text, at).codePoints().toArray();
    return at.column() <= line.length
        ? "\"" + Character.toString(line[at.column() - 1]) + "\""
        : "this";
  }

  private static boolean variable(String text, Place at) {
    return line(text, at).contains("${");
  }

  private static String line(String text, Place at) {
    return text.lines().skip(at.line() - 1L).findFirst().orElse("");
  }

  private static Place place(Mark mark) {
    return new Place(mark.getLine() + 1, mark.getColumn() + 1);
  }

  private static String firstLine(@Nullable String message) {
    return message == null ? "" : message.lines().findFirst().orElse("");
  }

  /** Reports the first character that YAML forbids; whether there is one. */
  static boolean unprintable(int[] characters, Faults faults) {
    int line = 1;
    int column = 1;
    for (int i = 0; i < characters.length; i++) {
      int c = characters[i];
      if (!printable(c)) {
        faults.add(
            new Place(line, column),
            "",
            String.format("the character U+%04X (expected: printable text)", c));
        return true;
      }
      boolean followed = i + 1 < characters.length && characters[i + 1] == '\n';
      if (c == '\n' || (c == '\r' && !followed)) {
        line++;
        column = 1;
      } else {
        column++;
      }
    }
    return false;
  }

  /** YAML 1.1, 5.1, and no byte order mark in the middle. */
  private static boolean printable(int c) {
    return c == '\t'
        || c == '\n'
        || c == '\r'
        || c == 0x85
        || (c >= 0x20 && c < 0x7f)
        || (c >= 0xa0 && c < 0xd800)
        || (c >= 0xe000 && c < 0xfffe && c != 0xfeff)
        || c > 0xffff;
  }
}
