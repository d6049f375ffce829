package io.meridian.proxy.telemetry;

import io.meridian.config.ProcessLog.Format;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.concurrent.RejectedExecutionException;
import java.util.logging.Formatter;
import java.util.logging.Level;
import java.util.logging.LogRecord;

/** One event of the process log as text or JSON; a stack trace means a fault of ours. */
final class LogLines extends Formatter {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

  private final Format format;

  LogLines(Format format) {
    this.format = format;
  }

  /**
   * Whether a line says something: that an event loop which has ended takes no task of a channel
   * which has ended too (io_uring, at the stop) helps nobody.
   */
  static boolean worthSaying(LogRecord entry) {
    return !(entry.getThrown() instanceof RejectedExecutionException
        && String.valueOf(entry.getLoggerName()).startsWith("io.netty.channel."));
  }

  @Override
  public String format(LogRecord entry) {
    return switch (format) {
      case TEXT -> text(entry);
      case JSON -> json(entry);
    };
  }

  private String text(LogRecord entry) {
    return TIME.format(entry.getInstant())
        + ' '
        + level(entry.getLevel())
        + ' '
        + formatMessage(entry)
        + '\n'
        + trace(entry);
  }

  private String json(LogRecord entry) {
    String trace = trace(entry);
    return "{\"time\":\""
        + TIME.format(entry.getInstant())
        + "\",\"level\":\""
        + level(entry.getLevel())
        + "\",\"logger\":"
        + Json.quote(String.valueOf(entry.getLoggerName()))
        + ",\"message\":"
        + Json.quote(formatMessage(entry))
        + (trace.isEmpty() ? "" : ",\"stack\":" + Json.quote(trace))
        + "}\n";
  }

  private static String trace(LogRecord entry) {
    if (entry.getThrown() == null) {
      return "";
    }
    StringWriter trace = new StringWriter();
    entry.getThrown().printStackTrace(new PrintWriter(trace));
    return trace.toString();
  }

  private static String level(Level level) {
    int value = level.intValue();
    return value >= Level.SEVERE.intValue()
        ? "ERROR"
        : value >= Level.WARNING.intValue()
            ? "WARN"
            : value >= Level.INFO.intValue()
                ? "INFO"
                : value >= Level.FINE.intValue() ? "DEBUG" : "TRACE";
  }
}
