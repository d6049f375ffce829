package io.meridian.config;

import java.nio.file.Path;
import java.time.Duration;
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
        @Nullable Path file,
    @Key(value = "Which requests get a line.", or = "{}") Sample sample) {
  /** Where lines go. */
  public enum Output {
    OFF,
    STDOUT,
    FILE
  }

  /** Which requests get a line. */
  @Key(
      "Which requests get a line. Those that failed (5xx or any flag) or were tried more than once"
          + " always do.")
  public record Sample(
      @Key(
              value =
                  "One of so many other requests gets a line, which then says `one_in`, so that"
                      + " sums can be made. 1: every one.",
              or = "1",
              min = "1",
              max = "1000000")
          int oneIn,
      @Key(
              value = "Requests that took so long always get a line.",
              absent = "how long they took does not matter",
              min = "1ms",
              max = "1h")
          @Nullable Duration slow,
      @Key(value = "Whether answers with 4xx always get a line.", or = "false")
          boolean clientErrors) {}
}
