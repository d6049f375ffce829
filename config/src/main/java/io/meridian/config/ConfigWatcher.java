package io.meridian.config;

import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * Calls back when the file's content may have changed: written in place, renamed over, or reached
 * through a symbolic link that now leads elsewhere, as Kubernetes does.
 */
public final class ConfigWatcher implements AutoCloseable {
  private ConfigWatcher() {}

  /**
   * Starts watching on a thread of its own.
   *
   * @param onChange called on that thread, once for each settled change of the content
   */
  public static ConfigWatcher start(Path file, Consumer<Path> onChange) {
    throw new UnsupportedOperationException(file.toString() + onChange);
  }

  @Override
  public void close() {}
}
