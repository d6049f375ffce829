package io.meridian.config;

import java.util.List;

/** What the process says of itself on standard error, apart from the access log. */
@Key("The process log, on standard error: changes of health and configuration, faults.")
public record ProcessLog(
    @Key(value = "`text` for people or `json`, one object a line.", or = "text") Format format,
    @Key(value = "What is said at least.", or = "info") Level level,
    @Key(value = "Other levels of single loggers and those below them.", or = "[]")
        List<LoggerLevel> levels) {
  /** How a line is written. */
  public enum Format {
    TEXT,
    JSON
  }

  /** From what on something is said. */
  public enum Level {
    ERROR,
    WARN,
    INFO,
    DEBUG,
    TRACE
  }

  /** The level of one logger. */
  @Key("The level of one logger.")
  public record LoggerLevel(
      @Key(
              value = "The logger's name: a package or class, such as `io.meridian.health`.",
              form = Form.NAME)
          String logger,
      @Key("What it says at least.") Level level) {}
}
