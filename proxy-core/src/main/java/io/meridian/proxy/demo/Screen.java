package io.meridian.proxy.demo;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/**
 * A table on a terminal, drawn over itself (ECMA-48), with the last log messages below it: while it
 * is open, messages are kept from the terminal.
 */
final class Screen implements AutoCloseable {
  private static final int MESSAGES = 5;
  private static final String NO_WRAP = "\033[?7l";
  private static final String WRAP = "\033[?7h";
  private static final String CLEAR_BELOW = "\033[J";
  private static final String DIM = "\033[2m";
  private static final String PLAIN = "\033[0m";

  private final PrintStream out;
  private final Messages messages = new Messages();
  private final Handler[] usual;
  private int drawn;

  Screen(PrintStream terminal) {
    out = new PrintStream(terminal, false, StandardCharsets.UTF_8);
    Logger root = Logger.getLogger("");
    usual = root.getHandlers();
    for (Handler handler : usual) {
      messages.setFormatter(handler.getFormatter());
      root.removeHandler(handler);
    }
    root.addHandler(messages);
  }

  void draw(List<String> lines) {
    StringBuilder text = new StringBuilder(NO_WRAP);
    if (drawn > 0) {
      text.append("\033[").append(drawn).append("A\r");
    }
    text.append(CLEAR_BELOW);
    drawn = 0;
    for (String line : lines) {
      text.append(line).append('\n');
      drawn++;
    }
    for (String message : messages.last()) {
      text.append(DIM).append("  ").append(message).append(PLAIN).append('\n');
      drawn++;
    }
    out.print(text.append(WRAP));
    out.flush();
  }

  @Override
  public void close() {
    Logger root = Logger.getLogger("");
    root.removeHandler(messages);
    for (Handler handler : usual) {
      root.addHandler(handler);
    }
  }

  /** The last few lines of the log. */
  private static final class Messages extends Handler {
    private final Deque<String> lines = new ArrayDeque<>(); // guarded by this

    @Override
    public synchronized void publish(LogRecord entry) {
      Formatter formatter = getFormatter();
      String text = formatter == null ? entry.getMessage() : formatter.format(entry);
      for (String line : text.strip().split("\n", -1)) {
        lines.addLast(line);
        if (lines.size() > MESSAGES) {
          lines.removeFirst();
        }
      }
    }

    synchronized List<String> last() {
      return List.copyOf(lines);
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
