package io.meridian.config;

import java.util.List;
import java.util.Map;

/** What the file says, before anything is known about what it means; every part knows its place. */
sealed interface Node {
  Place at();

  /** Line and column, both from 1, as an editor counts them. */
  record Place(int line, int column) implements Comparable<Place> {
    @Override
    public int compareTo(Place other) {
      return line != other.line
          ? Integer.compare(line, other.line)
          : Integer.compare(column, other.column);
    }
  }

  /** What YAML takes a scalar for. */
  enum Kind {
    TEXT,
    NUMBER,
    BOOLEAN,
    NOTHING
  }

  /**
   * @param text as written, without quotes
   * @param expanded whether a variable went into it, so that its kind says nothing
   */
  record Scalar(Place at, String text, Kind kind, boolean expanded) implements Node {}

  record Sequence(Place at, List<Node> items) implements Node {}

  /**
   * @param entries in the file's order; of a key given twice the first
   */
  record Mapping(Place at, Map<String, Entry> entries) implements Node {}

  /**
   * @param at the key's place
   */
  record Entry(Place at, Node value) {}
}
