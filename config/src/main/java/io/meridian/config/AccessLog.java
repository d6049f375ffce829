package io.meridian.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * One JSON line a request.
 *
 * @param output where lines go
 * @param file the path, for {@code FILE}
 */
public record AccessLog(Output output, @Nullable Path file) {
  /** Where lines go. */
  public enum Output {
    OFF,
    STDOUT,
    FILE
  }
}
