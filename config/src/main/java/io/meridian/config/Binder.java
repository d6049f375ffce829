package io.meridian.config;

import io.meridian.config.Node.Entry;
import io.meridian.config.Node.Kind;
import io.meridian.config.Node.Mapping;
import io.meridian.config.Node.Place;
import io.meridian.config.Node.Scalar;
import io.meridian.config.Node.Sequence;
import io.meridian.config.Shape.Part;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Makes records of a {@link Node} tree as their {@link Shape}s say. Faults do not stop it. */
final class Binder {
  private static final String NUMBERED = "{n}";
  private static final Binding LEFT_OUT =
      Binding.single(new Place(1, 1), false, KeyPath.ROOT, null, true);
  private static final Map<String, Node> DEFAULTS = new ConcurrentHashMap<>(); // by their text

  private final Faults faults;
  private final Scalars scalars;
  private final Variables variables;
  private final IdentityHashMap<Shape, Map<String, Binding>> standards = new IdentityHashMap<>();
  private @Nullable Place defaulting; // the map whose defaults are being bound, else null

  Binder(Faults faults, Scalars scalars, Variables variables) {
    this.faults = faults;
    this.scalars = scalars;
    this.variables = variables;
  }

  Binding bind(Class<?> type, Node root) {
    return map(Shape.of(type), root, KeyPath.ROOT, 0);
  }

  private Binding map(Shape shape, Node node, KeyPath path, int index) {
    Place at = at(node);
    if (node instanceof Scalar scalar
        && !shape.scalar().isEmpty()
        && scalar.kind() != Kind.NOTHING) {
      Entry entry = new Entry(scalar.at(), scalar);
      return map(shape, new Mapping(scalar.at(), Map.of(shape.scalar(), entry)), path, index);
    }
    if (!(node instanceof Mapping mapping)) {
      String hint = node instanceof Sequence && path.root() ? "; remove the \"- \"" : "";
      return refuse(
          at,
          path,
          Words.found(node)
              + " (expected: a map with the keys "
              + String.join(", ", shape.names())
              + ")"
              + hint);
    }
    Set<String> meant = refuseUnknown(shape, mapping, path);
    Map<String, Binding> keys = HashMap.newHashMap(mapping.entries().size());
    Map<String, Binding> standard = standards.computeIfAbsent(shape, _ -> new HashMap<>());
    @Nullable Object[] values = new @Nullable Object[shape.parts().size()];
    boolean sound = true;
    for (int i = 0; i < values.length; i++) {
      Part part = shape.parts().get(i);
      Binding bound =
          part.ways().isEmpty()
              ? key(part, mapping, at, path, index, keys, standard, meant)
              : way(part, mapping, at, path, keys);
      values[i] = bound.value();
      sound &= bound.sound();
    }
    Object value = null;
    if (sound) {
      try {
        value = shape.create(values);
      } catch (IllegalArgumentException e) {
        return refuse(at, path, String.valueOf(e.getMessage()));
      }
    }
    return new Binding(at, given(), path, value, sound, keys, standard, List.of());
  }

  private Binding key(
      Part part,
      Mapping mapping,
      Place at,
      KeyPath path,
      int index,
      Map<String, Binding> keys,
      Map<String, Binding> standard,
      Set<String> meant) {
    Entry entry = mapping.entries().get(part.name());
    // null too for a variable that is empty
    Binding bound = entry == null ? null : value(part, entry.value(), path.key(part.name()));
    if (bound == null && part.key().or().contains(NUMBERED)) {
      bound = numbered(part, at, path.key(part.name()), index);
    } else if (bound == null && !part.key().or().isEmpty()) {
      return defaultOf(part, at, path, standard);
    } else if (bound == null && !part.required()) {
      return LEFT_OUT;
    } else if (bound == null) {
      bound = Binding.single(at, false, path.key(part.name()), null, false);
      if (!meant.contains(part.name())) {
        fault(at, bound.where(), "missing (expected: " + Words.expected(part) + ")");
      }
    }
    keys.put(part.name(), bound);
    return bound;
  }

  /** A default; the plain ones, nearly all, need no YAML parser. */
  static Node standard(String yaml) {
    Place start = new Place(1, 1);
    return switch (yaml) {
      case "{}" -> new Mapping(start, Map.of());
      case "[]" -> new Sequence(start, List.of());
      case "true", "false" -> new Scalar(start, yaml, Kind.BOOLEAN, false);
      case "null", "on", "off", "yes", "no", "y", "n" -> parsed(yaml);
      default -> {
        Kind kind = plain(yaml);
        yield kind == null ? parsed(yaml) : new Scalar(start, yaml, kind, false);
      }
    };
  }

  /** What YAML takes digits, letters, or digits and then letters ({@code 64KiB}) for; else null. */
  private static @Nullable Kind plain(String yaml) {
    int digits = 0;
    while (digits < yaml.length() && yaml.charAt(digits) >= '0' && yaml.charAt(digits) <= '9') {
      digits++;
    }
    for (int i = digits; i < yaml.length(); i++) {
      int letter = yaml.charAt(i) | 0x20;
      if (letter < 'a' || letter > 'z') {
        return null;
      }
    }
    return digits < yaml.length() ? Kind.TEXT : Kind.NUMBER;
  }

  private static Node parsed(String yaml) {
    Faults none = new Faults(yaml);
    return Objects.requireNonNull(TreeReader.read(yaml, none), yaml);
  }

  /** A default, which is made once, for the first map that lacks the key. */
  private Binding defaultOf(Part part, Place at, KeyPath path, Map<String, Binding> standard) {
    Binding known = standard.get(part.name());
    if (known == null) {
      Node node = DEFAULTS.computeIfAbsent(part.key().or(), Binder::standard);
      known = byDefault(part, node, at, path.key(part.name()));
      standard.put(part.name(), known);
    }
    return known;
  }

  /** A default that says which item of its list it is in. */
  private Binding numbered(Part part, Place at, KeyPath path, int index) {
    String text = part.key().or().replace(NUMBERED, Integer.toString(index + 1));
    return byDefault(part, new Scalar(at, text, Kind.TEXT, false), at, path);
  }

  private Binding byDefault(Part part, Node node, Place at, KeyPath path) {
    Place outer = defaulting;
    defaulting = outer == null ? at : outer;
    try {
      return Objects.requireNonNull(value(part, node, path), part.name());
    } finally {
      defaulting = outer;
    }
  }

  /** The one of several keys that is given. */
  private Binding way(
      Part part, Mapping mapping, Place at, KeyPath path, Map<String, Binding> keys) {
    String chosen = null;
    boolean sound = true;
    for (String name : mapping.entries().keySet()) {
      if (!part.ways().containsKey(name)) {
        continue;
      }
      if (chosen == null) {
        chosen = name;
      } else {
        Entry second = Objects.requireNonNull(mapping.entries().get(name));
        fault(
            second.at(),
            path.key(name),
            "given beside "
                + chosen
                + " (expected: one of "
                + String.join(", ", part.ways().keySet())
                + ")");
        sound = false;
      }
    }
    Node node = new Mapping(at, Map.of());
    if (chosen == null) {
      chosen = part.key().or();
    } else {
      Node value = Objects.requireNonNull(mapping.entries().get(chosen)).value();
      node = value instanceof Scalar(_, _, Kind kind, _) && kind == Kind.NOTHING ? node : value;
    }
    Class<?> type = Objects.requireNonNull(part.ways().get(chosen));
    Binding bound = map(Shape.of(type), node, path.key(chosen), 0);
    keys.put(chosen, bound);
    return sound ? bound : Binding.broken(bound.at(), bound.where());
  }

  /** Null if it is as if the key had been left out. */
  private @Nullable Binding value(Part part, Node node, KeyPath path) {
    return part.list() ? list(part, node, path) : single(part, node, path, 0);
  }

  private @Nullable Binding list(Part part, Node node, KeyPath path) {
    if (node instanceof Scalar && part.key().single()) {
      node = new Sequence(node.at(), List.of(node));
    }
    if (!(node instanceof Sequence(Place start, List<Node> nodes))) {
      String hint =
          switch (node) {
            case Scalar(_, String text, Kind kind, _) when kind != Kind.NOTHING ->
                "; write [" + text + "]";
            case Mapping _ -> "; put \"- \" before each item";
            default -> "";
          };
      return refuse(
          node.at(), path, Words.found(node) + " (expected: " + Words.expected(part) + ")" + hint);
    }
    if (given() && nodes.size() < part.key().atLeast()) {
      return refuse(
          start, path, "an empty list (expected: at least one item, " + Words.one(part) + ")");
    }
    List<Binding> items = new ArrayList<>(nodes.size());
    List<Object> values = new ArrayList<>(nodes.size());
    Set<Object> seen = part.map() ? Set.of() : HashSet.newHashSet(nodes.size());
    boolean sound = true;
    for (int i = 0; i < nodes.size(); i++) {
      KeyPath itemPath = path.item(i);
      Binding item = single(part, nodes.get(i), itemPath, i);
      if (item == null) {
        continue;
      }
      items.add(item);
      sound &= item.sound();
      Object value = item.value();
      if (value != null) {
        values.add(value);
        if (!part.map() && !seen.add(value)) {
          fault(
              item.at(), itemPath, Words.found(nodes.get(i)) + " is listed twice (expected: once)");
        }
      }
    }
    return new Binding(
        defaulting == null ? start : defaulting,
        given(),
        path,
        sound ? List.copyOf(values) : null,
        sound,
        Map.of(),
        Map.of(),
        items);
  }

  private @Nullable Binding single(Part part, Node node, KeyPath path, int index) {
    if (part.map()) {
      return map(Shape.of(part.type()), node, path, index);
    }
    if (!(node instanceof Scalar written)) {
      String hint =
          node instanceof Mapping(_, var entries) && variable(entries)
              ? "; put a value that starts with ${...} in quotes"
              : node instanceof Sequence && part.form() == Form.ADDRESS ? "; put it in quotes" : "";
      return refuse(
          node.at(), path, Words.found(node) + " (expected: " + Words.one(part) + ")" + hint);
    }
    try {
      Scalar scalar = variables.expand(written);
      if (scalar.expanded() && scalar.text().isEmpty() && !part.key().absent().isEmpty()) {
        return null;
      }
      Object value = scalars.parse(part, scalar);
      return Binding.single(at(node), given(), path, value, true);
    } catch (IllegalArgumentException e) {
      return refuse(node.at(), path, String.valueOf(e.getMessage()));
    }
  }

  private static boolean variable(Map<String, Entry> entries) {
    return entries.size() == 1
        && entries.values().iterator().next().value() instanceof Scalar(_, _, Kind kind, _)
        && kind == Kind.NOTHING;
  }

  /** Refuses keys that the map does not have; the keys that they may stand for. */
  private Set<String> refuseUnknown(Shape shape, Mapping mapping, KeyPath path) {
    if (shape.names().containsAll(mapping.entries().keySet())) {
      return Set.of();
    }
    Set<String> meant = new HashSet<>();
    mapping
        .entries()
        .forEach((name, entry) -> {
          if (!shape.names().contains(name)) {
            String key = Hints.meant(name, shape);
            if (key != null) {
              meant.add(key);
            }
            fault(entry.at(), path.key(name), "unknown key" + Hints.key(name, shape));
          }
        });
    return meant;
  }

  private Binding refuse(Place at, KeyPath path, String message) {
    fault(at, path, message);
    return Binding.broken(at, path);
  }

  private void fault(Place at, KeyPath path, String message) {
    faults.add(at, path.toString(), message);
  }

  private Place at(Node node) {
    return defaulting == null ? node.at() : defaulting;
  }

  private boolean given() {
    return defaulting == null;
  }
}
