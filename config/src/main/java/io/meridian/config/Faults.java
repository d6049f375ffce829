package io.meridian.config;

import io.meridian.config.ConfigException.Fault;
import io.meridian.config.Node.Place;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects what is wrong with one file, so that the operator sees all of it at once. */
final class Faults {
  private final String file;
  private final List<Fault> faults = new ArrayList<>();

  Faults(String file) {
    this.file = file;
  }

  void add(Place at, String key, String message) {
    faults.add(new Fault(file, at.line(), at.column(), key, message));
  }

  /**
   * @throws ConfigException with all faults, sorted by position, if there are any
   */
  void throwIfAny() throws ConfigException {
    if (!faults.isEmpty()) {
      throw new ConfigException(
          faults.stream()
              .distinct()
              .sorted(Comparator.comparingInt(Fault::line).thenComparingInt(Fault::column))
              .toList());
    }
  }
}
