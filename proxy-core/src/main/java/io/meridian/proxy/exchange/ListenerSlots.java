package io.meridian.proxy.exchange;

import java.util.ArrayList;
import java.util.List;

/**
 * A number for each listener by its name, the place of its meters in every snapshot. It stays when
 * a reload takes the listener away, as connections that came by it may live on. Any thread.
 */
public final class ListenerSlots {
  private final List<String> names = new ArrayList<>();

  /** The listener's number; a new one if it has none. */
  public synchronized int of(String name) {
    int known = names.indexOf(name);
    if (known >= 0) {
      return known;
    }
    names.add(name);
    return names.size() - 1;
  }

  /** All names that there have been, by number. */
  public synchronized List<String> names() {
    return List.copyOf(names);
  }
}
