package io.meridian.config;

import io.meridian.config.Node.Place;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds a quote that is not closed on its line. YAML reads on to the next quote, which is the start
 * of another text, and complains there; the mistake is where the first one starts.
 */
final class OpenQuotes {
  private OpenQuotes() {}

  /** The first such quote up to that line, or null. */
  static @Nullable Place firstBefore(Place noticed, String text) {
    List<String> lines = text.lines().limit(noticed.line()).toList();
    for (int line = 1; line <= lines.size(); line++) {
      int column = open(lines.get(line - 1).codePoints().toArray());
      if (column > 0) {
        return new Place(line, column);
      }
    }
    return null;
  }

  /** The column, from 1, of a quote that is not closed; 0 if there is none. */
  private static int open(int[] line) {
    for (int i = 0; i < line.length; i++) {
      int before = i == 0 ? ' ' : line[i - 1];
      boolean startsToken = " \t[{,:".indexOf(before) >= 0;
      if (line[i] == '#' && (before == ' ' || before == '\t')) {
        return 0;
      }
      if (startsToken && (line[i] == '"' || line[i] == '\'')) {
        int end = end(line, i);
        if (end < 0) {
          return i + 1;
        }
        i = end;
      }
    }
    return 0;
  }

  private static int end(int[] line, int start) {
    for (int i = start + 1; i < line.length; i++) {
      if (line[i] == '\\' && line[start] == '"') {
        i++;
      } else if (line[i] == line[start]) {
        if (line[i] == '"' || i + 1 >= line.length || line[i + 1] != '\'') {
          return i;
        }
        i++; // two single quotes stand for one
      }
    }
    return -1;
  }
}
