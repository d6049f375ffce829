package io.meridian.config;

import org.jspecify.annotations.Nullable;

/**
 * Where in the file a part stands. Made for every part and read of faults only: the text, such as
 * {@code regions[2].name}, is put together when it is asked for.
 *
 * @param parent null: this is the whole file
 * @param key of a map
 * @param item the index in a list; negative: it is under a key
 */
record KeyPath(@Nullable KeyPath parent, String key, int item) {
  static final KeyPath ROOT = new KeyPath(null, "", -1);

  /** What stands under a key of this map. */
  KeyPath key(String name) {
    return new KeyPath(this, name, -1);
  }

  /** An item of this list. */
  KeyPath item(int index) {
    return new KeyPath(this, "", index);
  }

  boolean root() {
    return parent == null;
  }

  @Override
  public String toString() {
    return text(new StringBuilder()).toString();
  }

  private StringBuilder text(StringBuilder to) {
    if (parent == null) {
      return to;
    }
    parent.text(to);
    return item >= 0
        ? to.append('[').append(item).append(']')
        : to.append(to.isEmpty() ? "" : ".").append(key);
  }
}
