package io.meridian.proxy.cache;

import io.meridian.proxy.http.FieldSection;
import org.jspecify.annotations.Nullable;

/** Values of fields that have no id of their own; names in lower case. */
final class Fields {
  private Fields() {}

  /** The value of the first field of that name; null: there is none. */
  static @Nullable String first(FieldSection head, String name) {
    int i = head.find(name, 0);
    return i < 0 ? null : head.value(i);
  }

  /** All fields of that name as one list; null: there is none. */
  static @Nullable String all(FieldSection head, String name) {
    int i = head.find(name, 0);
    if (i < 0) {
      return null;
    }
    String value = head.value(i);
    int next = head.find(name, i + 1);
    if (next < 0) {
      return value;
    }
    StringBuilder list = new StringBuilder(value);
    for (; next >= 0; next = head.find(name, next + 1)) {
      list.append(", ").append(head.value(next));
    }
    return list.toString();
  }
}
