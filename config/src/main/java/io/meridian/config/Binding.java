package io.meridian.config;

import io.meridian.config.Node.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A part of the file with the value that it means, for the rules that look at several parts.
 *
 * @param at where it stands; of a default the map that lacks the key
 * @param given whether the file says it
 * @param value null if it is left out and has no default, or is not {@code sound}
 * @param sound whether the value could be made
 * @param keys of a map: those that the file gives, and those that it should
 * @param defaults of a map: what its other keys mean, wherever that stands
 * @param items of a list
 */
record Binding(
    Place at,
    boolean given,
    KeyPath where,
    @Nullable Object value,
    boolean sound,
    Map<String, Binding> keys,
    Map<String, Binding> defaults,
    List<Binding> items) {

  /** What is no map and no list. */
  static Binding single(
      Place at, boolean given, KeyPath where, @Nullable Object value, boolean sound) {
    return new Binding(at, given, where, value, sound, Map.of(), Map.of(), List.of());
  }

  static Binding broken(Place at, KeyPath where) {
    return single(at, true, where, null, false);
  }

  /** The part under this key; where there is none, an empty one at this place. */
  Binding get(String key) {
    Binding part = keys.get(key);
    if (part == null) {
      part = defaults.get(key);
    }
    if (part == null) {
      return single(at, false, where.key(key), null, true);
    }
    return part.given() ? part : part.moved(at, where.key(key));
  }

  /** The path of keys to it, as faults have it. */
  String path() {
    return where.toString();
  }

  /** The value if it is of this type, else null. */
  <T> @Nullable T as(Class<T> type) {
    return type.isInstance(value) ? type.cast(value) : null;
  }

  /** A default is the same wherever it is: only its place differs. */
  private Binding moved(Place to, KeyPath path) {
    List<Binding> there = items;
    if (!items.isEmpty()) {
      there = new ArrayList<>();
      for (int i = 0; i < items.size(); i++) {
        there.add(items.get(i).moved(to, path.item(i)));
      }
    }
    return new Binding(to, given, path, value, sound, keys, defaults, there);
  }
}
