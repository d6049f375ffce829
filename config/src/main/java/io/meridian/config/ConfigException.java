package io.meridian.config;

import java.util.List;
import java.util.stream.Collectors;

/** The configuration was refused; the message holds every fault, one a line. */
public final class ConfigException extends Exception {
  private final List<Fault> faults;

  public ConfigException(List<Fault> faults) {
    super(faults.stream().map(Fault::toString).collect(Collectors.joining("\n")));
    this.faults = List.copyOf(faults);
  }

  public List<Fault> faults() {
    return faults;
  }

  /**
   * One thing wrong.
   *
   * @param file as the operator named it
   * @param line from 1; 0 if the file could not be read at all
   * @param column from 1
   * @param key path of the key, {@code regions[1].endpoints[0].url}; may be empty
   * @param message what was found, what was expected, and what may have been meant
   */
  public record Fault(String file, int line, int column, String key, String message) {
    @Override
    public String toString() {
      String where = line > 0 ? file + ":" + line + ":" + column : file;
      return where + ": " + (key.isEmpty() ? "" : key + ": ") + message;
    }
  }
}
