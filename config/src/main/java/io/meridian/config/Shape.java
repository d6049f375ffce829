package io.meridian.config;

import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The keys of a map in the file, read off a record: one for each component, {@code replayOn503}
 * being {@code replay_on_503}. A component of a sealed type stands for several keys, one for each
 * record it permits, exactly one of which may be given.
 *
 * @param names all keys that may stand in the map, in their order
 * @param scalar the key that is meant where a scalar stands for the map; empty: none
 */
record Shape(
    Class<?> type,
    Constructor<?> constructor,
    String description,
    String scalar,
    List<Part> parts,
    Set<String> names) {

  private static final Pattern HUMP = Pattern.compile("([a-z])([A-Z]|[0-9]{2})");

  /**
   * One component.
   *
   * @param name the key
   * @param type the component's type, or of a list its items'
   * @param ways for a sealed type its records, by key
   */
  record Part(String name, Class<?> type, boolean list, Key key, Map<String, Class<?>> ways) {
    Form form() {
      return key.form() == Form.AUTO ? Form.of(type) : key.form();
    }

    /** Whether the value, or each item of the list, is a map. */
    boolean map() {
      return form() == Form.AUTO && type.isRecord();
    }

    boolean required() {
      return key.or().isEmpty() && key.absent().isEmpty();
    }
  }

  private static final ClassValue<Shape> SHAPES =
      new ClassValue<>() {
        @Override
        protected Shape computeValue(Class<?> type) {
          return read(type);
        }
      };

  static Shape of(Class<?> type) {
    return SHAPES.get(type);
  }

  /** The map under a key; this one if it is no map. */
  Shape under(String name) {
    for (Part part : parts) {
      Class<?> way = part.ways().get(name);
      if (way != null) {
        return of(way);
      } else if (part.name().equals(name) && part.map()) {
        return of(part.type());
      }
    }
    return this;
  }

  /**
   * @param values of the components, in their order
   */
  Object create(@Nullable Object[] values) {
    try {
      return constructor.newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException refused) {
        throw refused;
      }
      throw new IllegalStateException(e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Shape read(Class<?> type) {
    RecordComponent[] components = type.getRecordComponents();
    Class<?>[] types = new Class<?>[components.length];
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < components.length; i++) {
      RecordComponent component = components[i];
      types[i] = component.getType();
      Key key = component.getAnnotation(Key.class);
      if (key == null) {
        throw new IllegalStateException(type + "." + component.getName() + ": no @Key");
      }
      Class<?> of = component.getType();
      boolean list = of == List.class;
      if (list) {
        of =
            (Class<?>) ((ParameterizedType) component.getGenericType()).getActualTypeArguments()[0];
      }
      Map<String, Class<?>> ways = new LinkedHashMap<>();
      if (of.isSealed()) {
        for (Class<?> way : of.getPermittedSubclasses()) {
          ways.put(snake(way.getSimpleName()), way);
        }
      }
      parts.add(new Part(snake(component.getName()), of, list, key, ways));
    }
    Key key = type.getAnnotation(Key.class);
    return new Shape(
        type,
        constructor(type, types),
        key == null ? "" : key.value(),
        key == null ? "" : key.scalar(),
        List.copyOf(parts),
        names(parts));
  }

  private static Set<String> names(List<Part> parts) {
    Set<String> names = new LinkedHashSet<>();
    for (Part part : parts) {
      if (part.ways().isEmpty()) {
        names.add(part.name());
      } else {
        names.addAll(part.ways().keySet());
      }
    }
    return Collections.unmodifiableSet(names);
  }

  private static Constructor<?> constructor(Class<?> type, Class<?>[] types) {
    try {
      return type.getDeclaredConstructor(types);
    } catch (NoSuchMethodException e) {
      throw new IllegalStateException(e); // every record has one
    }
  }

  /** The spelling in the file; a single digit belongs to its word, as in {@code http2}. */
  static String snake(String name) {
    return HUMP.matcher(name).replaceAll("$1_$2").toLowerCase(Locale.ROOT);
  }
}
