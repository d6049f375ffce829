package io.meridian.config;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** One JSON line a request. */
@Key(
    value = "The access log: one JSON line a request. `off` and `stdout` may stand for the map.",
    scalar = "output")
public record AccessLog(
    @Key(value = "Where lines go: `stdout`, `file` or `off`.", or = "stdout") Output output,
    @Key(
            value = "The file to append to, with `output: file`. Its directory must exist.",
            absent = "none",
            form = Form.WRITABLE_FILE)
        @Nullable Path file) {
  /** Where lines go. */
  public enum Output {
    OFF,
    STDOUT,
    FILE
  }
}
