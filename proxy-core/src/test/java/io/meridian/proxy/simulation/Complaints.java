package io.meridian.proxy.simulation;

import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;

/** Hears what is logged as an error: in a simulation nothing may be. */
final class Complaints extends Handler {
  private static volatile @Nullable String first;

  static @Nullable String first() {
    return first;
  }

  static Complaints begin() {
    first = null;
    Complaints made = new Complaints();
    Logger.getLogger("").addHandler(made);
    return made;
  }

  @Override
  public void publish(LogRecord line) {
    if (line.getLevel().intValue() >= Level.SEVERE.intValue() && first == null) {
      Throwable cause = line.getThrown();
      StringBuilder text = new StringBuilder(line.getMessage()).append(' ').append(cause);
      if (cause != null) {
        for (StackTraceElement at : cause.getStackTrace()) {
          text.append("\n    ").append(at);
        }
      }
      first = text.toString();
    }
  }

  @Override
  public void flush() {
    // nothing waits
  }

  @Override
  public void close() {
    Logger.getLogger("").removeHandler(this);
  }
}
