package io.meridian.config;

import java.nio.file.Path;
import java.util.Map;

/**
 * Reads a configuration file into a {@link MeridianConfig}, or says everything that is wrong with
 * it.
 */
public final class ConfigLoader {
  private final Map<String, String> environment;

  /**
   * @param environment what {@code ${NAME}} and {@code ${NAME:-default}} stand for
   */
  public ConfigLoader(Map<String, String> environment) {
    this.environment = environment;
  }

  /**
   * @throws ConfigException with every fault of the file
   */
  public MeridianConfig load(Path file) throws ConfigException {
    throw new UnsupportedOperationException(file + " " + environment.size());
  }

  /**
   * As {@link #load}, from text.
   *
   * @param name what faults call the text
   */
  public MeridianConfig parse(String name, String text) throws ConfigException {
    throw new UnsupportedOperationException(name + text.length());
  }
}
