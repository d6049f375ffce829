package io.meridian.config;

import io.meridian.config.Node.Place;
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
 * @param keys of a map
 * @param items of a list
 */
record Binding(
    Place at,
    boolean given,
    String path,
    @Nullable Object value,
    boolean sound,
    Map<String, Binding> keys,
    List<Binding> items) {

  /** The part under this key; where there is none, an empty one at this place. */
  Binding get(String key) {
    Binding part = keys.get(key);
    return part != null
        ? part
        : new Binding(
            at, false, path.isEmpty() ? key : path + "." + key, null, true, Map.of(), List.of());
  }

  /** The value if it is of this type, else null. */
  <T> @Nullable T as(Class<T> type) {
    return type.isInstance(value) ? type.cast(value) : null;
  }

  static Binding broken(Place at, String path) {
    return new Binding(at, true, path, null, false, Map.of(), List.of());
  }
}
