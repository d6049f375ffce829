package io.meridian.config;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import io.meridian.config.Node.Entry;
import io.meridian.config.Node.Kind;
import io.meridian.config.Node.Mapping;
import io.meridian.config.Node.Place;
import io.meridian.config.Node.Scalar;
import io.meridian.config.Node.Sequence;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * YAML text to a {@link Node} tree. What YAML allows and a configuration is better off without is
 * refused: keys given twice, anchors, aliases, tags, several documents.
 */
final class TreeReader {
  private static final int MAX_DEPTH = 32;
  private static final YAMLFactory YAML = new YAMLFactory();

  private final String text;
  private final int[] characters;
  private final Faults faults;

  private TreeReader(String text, Faults faults) {
    this.text = text;
    this.characters = text.codePoints().toArray();
    this.faults = faults;
  }

  /** The document, or null if it can't be read; then, and for what is refused, with faults. */
  static @Nullable Node read(String text, Faults faults) {
    return new TreeReader(text, faults).document();
  }

  private @Nullable Node document() {
    if (SyntaxFaults.unprintable(characters, faults)) {
      return null;
    }
    try (YAMLParser parser = YAML.createParser(text)) {
      if (parser.nextToken() == null) {
        faults.add(
            new Place(1, 1), "", "the file is empty (expected: a map, starting with version: 1)");
        return null;
      }
      Node root = node(parser, KeyPath.ROOT, 0);
      if (parser.nextToken() != null) {
        faults.add(
            documentStart(place(parser.currentTokenLocation())),
            "",
            "a second document starts here (expected: one document in a file)");
      }
      return root;
    } catch (TooDeep e) {
      faults.add(e.at, e.path.toString(), "nested deeper than " + MAX_DEPTH + " levels");
    } catch (JsonProcessingException e) {
      SyntaxFaults.report(e, text, faults);
    } catch (IOException e) {
      throw new IllegalStateException(e); // it is read from memory
    }
    return null;
  }

  private Node node(YAMLParser parser, KeyPath path, int depth) throws IOException {
    JsonLocation location = parser.currentTokenLocation();
    Place at = place(location);
    if (depth > MAX_DEPTH) {
      throw new TooDeep(at, path);
    }
    refuseReferences(location, at, path);
    return switch (parser.currentToken()) {
      case START_OBJECT -> mapping(parser, at, path, depth);
      case START_ARRAY -> sequence(parser, at, path, depth);
      case VALUE_TRUE, VALUE_FALSE -> new Scalar(at, parser.getText(), Kind.BOOLEAN, false);
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT ->
          new Scalar(at, parser.getText(), Kind.NUMBER, false);
      case VALUE_NULL -> new Scalar(at, parser.getText(), Kind.NOTHING, false);
      default -> new Scalar(at, parser.getText(), Kind.TEXT, false);
    };
  }

  private Mapping mapping(YAMLParser parser, Place at, KeyPath path, int depth) throws IOException {
    Map<String, Entry> entries = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      JsonLocation location = parser.currentTokenLocation();
      Place keyAt = place(location);
      String key = parser.getText();
      KeyPath keyPath = path.key(key);
      refuseReferences(location, keyAt, keyPath);
      parser.nextToken();
      Node value = node(parser, keyPath, depth + 1);
      if (value instanceof Scalar(_, String written, Kind kind, _) && written.isEmpty()) {
        value = new Scalar(kind == Kind.NOTHING ? keyAt : value.at(), written, kind, false);
      }
      Entry first = entries.putIfAbsent(key, new Entry(keyAt, value));
      if (first != null) {
        faults.add(
            keyAt,
            keyPath.toString(),
            "given twice (expected: each key once); first at line " + first.at().line());
      }
    }
    return new Mapping(at, entries);
  }

  private Sequence sequence(YAMLParser parser, Place at, KeyPath path, int depth)
      throws IOException {
    List<Node> items = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      items.add(node(parser, path.item(items.size()), depth + 1));
    }
    return new Sequence(at, items);
  }

  /** An unquoted scalar never starts with one of these signs, so the source's text tells. */
  private void refuseReferences(JsonLocation location, Place at, KeyPath path) {
    long offset = location.getCharOffset();
    String found =
        switch (offset >= 0 && offset < characters.length ? characters[(int) offset] : 0) {
          case '&' -> "an anchor (&)";
          case '*' -> "an alias (*)";
          case '!' -> "a tag (!)";
          default -> "";
        };
    if (!found.isEmpty()) {
      faults.add(
          at,
          path.toString(),
          found + " (expected: plain values; a text that starts with this sign is put in quotes)");
    }
  }

  private static Place place(JsonLocation location) {
    return new Place(Math.max(1, location.getLineNr()), Math.max(1, location.getColumnNr()));
  }

  /** The {@code ---} before a document's first token. */
  private Place documentStart(Place token) {
    List<String> lines = text.lines().toList();
    for (int line = Math.min(token.line(), lines.size()); line > 0; line--) {
      if (lines.get(line - 1).startsWith("---")) {
        return new Place(line, 1);
      }
    }
    return token;
  }

  private static final class TooDeep extends IOException {
    final transient Place at;
    final transient KeyPath path;

    TooDeep(Place at, KeyPath path) {
      super(path.toString());
      this.at = at;
      this.path = path;
    }
  }
}
