package io.meridian.proxy.telemetry;

import io.meridian.config.ProcessLog.Format;
import io.meridian.config.ProcessLog.Level;
import io.meridian.config.ProcessLog.LoggerLevel;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.logging.ConsoleHandler;
import java.util.logging.Handler;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/**
 * The process log: one line an event on standard error, in text or JSON, by levels that can change
 * while it runs. What an operator asks for by hand goes before the file, until its time is over.
 * Any thread.
 */
public final class ProcessLog {
  /** The logger of all others, in files and the API. */
  public static final String ROOT = "root";

  private final Map<String, Level> configured = new LinkedHashMap<>(); // guarded by this
  private final Map<String, ByHand> byHand = new LinkedHashMap<>(); // guarded by this

  /** Strongly held, as levels go with loggers that nobody refers to. */
  private final Map<String, Logger> loggers = new LinkedHashMap<>(); // guarded by this

  private record ByHand(Level level, long untilNanos) {}

  /**
   * A level in force.
   *
   * @param secondsLeft of one that an operator asked for; null if it stands in the file
   */
  public record Current(String logger, String level, @Nullable Long secondsLeft) {}

  /** Takes over standard error, in text, at level INFO. */
  public static void install() {
    Logger root = Logger.getLogger("");
    for (Handler handler : root.getHandlers()) {
      root.removeHandler(handler);
    }
    ConsoleHandler console = new ConsoleHandler();
    console.setFormatter(new LogLines(Format.TEXT));
    console.setLevel(java.util.logging.Level.ALL);
    console.setFilter(LogLines::worthSaying);
    root.addHandler(console);
    root.setLevel(java.util.logging.Level.INFO);
  }

  /** Applies what the file says. */
  public synchronized void configure(io.meridian.config.ProcessLog config, long nowNanos) {
    for (Handler handler : Logger.getLogger("").getHandlers()) {
      if (handler.getFormatter() instanceof LogLines) {
        handler.setFormatter(new LogLines(config.format()));
      }
    }
    configured.clear();
    configured.put(ROOT, config.level());
    for (LoggerLevel one : config.levels()) {
      configured.put(one.logger(), one.level());
    }
    apply(nowNanos);
  }

  /**
   * Sets a level by hand.
   *
   * @param untilNanos when it ends by itself
   */
  public synchronized void set(String logger, Level level, long untilNanos, long nowNanos) {
    byHand.put(logger, new ByHand(level, untilNanos));
    apply(nowNanos);
  }

  /** Ends what is over; called now and then. */
  public synchronized void tick(long nowNanos) {
    if (byHand.values().removeIf(one -> nowNanos - one.untilNanos >= 0)) {
      apply(nowNanos);
    }
  }

  /** What is in force. */
  public synchronized java.util.List<Current> levels(long nowNanos) {
    Map<String, Current> all = new LinkedHashMap<>();
    configured.forEach((name, level) -> all.put(name, new Current(name, label(level), null)));
    byHand.forEach((name, one) ->
        all.put(
            name,
            new Current(
                name, label(one.level), Math.max(0, (one.untilNanos - nowNanos) / 1_000_000_000))));
    return java.util.List.copyOf(all.values());
  }

  private void apply(long nowNanos) {
    byHand.values().removeIf(one -> nowNanos - one.untilNanos >= 0);
    Map<String, Level> wanted = new LinkedHashMap<>(configured);
    byHand.forEach((name, one) -> wanted.put(name, one.level));
    wanted.forEach((name, level) -> {
      Logger logger = Logger.getLogger(name.equals(ROOT) ? "" : name);
      loggers.put(name, logger);
      logger.setLevel(jul(level));
    });
    loggers
        .entrySet()
        .removeIf(one -> {
          boolean gone = !wanted.containsKey(one.getKey());
          if (gone) {
            one.getValue().setLevel(null); // as the one above it
          }
          return gone;
        });
  }

  private static String label(Level level) {
    return Labels.of(level);
  }

  private static java.util.logging.Level jul(Level level) {
    return switch (level) {
      case ERROR -> java.util.logging.Level.SEVERE;
      case WARN -> java.util.logging.Level.WARNING;
      case INFO -> java.util.logging.Level.INFO;
      case DEBUG -> java.util.logging.Level.FINE;
      case TRACE -> java.util.logging.Level.FINEST;
    };
  }
}
