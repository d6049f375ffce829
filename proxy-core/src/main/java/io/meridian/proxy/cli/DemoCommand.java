package io.meridian.proxy.cli;

import io.meridian.proxy.cli.Arguments.UsageException;
import io.meridian.proxy.demo.Demo;
import io.meridian.proxy.demo.Guide;
import io.meridian.proxy.demo.Show;
import io.meridian.proxy.demo.Spans;
import io.meridian.proxy.demo.Totals;
import java.io.Console;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/** Runs the proxy in front of five regions that it plays itself. */
final class DemoCommand implements CommandLine.Command {
  private static final Set<String> OPTIONS =
      Set.of("port", "admin-port", "control-port", "dir", "for");
  private static final Set<String> FLAGS = Set.of("no-tty", "no-traffic");
  private static final Duration EVER = Duration.ofDays(3_650);

  private final PrintStream out;
  private final PrintStream err;

  DemoCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  @Override
  public String summary() {
    return "see it route around five regions, on this machine";
  }

  @Override
  public String help() {
    return """
    meridian demo [--for 30s] [--no-tty] [--no-traffic] [--dir DIR]
                  [--port 8080] [--admin-port 9901] [--control-port 9902]
      Starts five regions as HTTP servers on loopback, each as far away as it really is from
      Frankfurt, and the proxy in front of them; says what to try.
        --for         ends by itself after this time
        --no-tty      plain lines instead of a live table
        --no-traffic  no requests but your own
        --dir         where meridian.yaml and access.log are written, and stay
      Exit code 1 if a port is in use.
      Examples: meridian demo
                meridian demo --for 30s --no-tty
    """;
  }

  @Override
  public int run(List<String> words) throws UsageException {
    Arguments arguments = Arguments.parse(words, OPTIONS, FLAGS);
    String dir = arguments.get("dir");
    Demo.Options options =
        new Demo.Options(
            Numbers.port(arguments, "port", 8080),
            Numbers.port(arguments, "admin-port", 9901),
            Numbers.port(arguments, "control-port", 9902),
            0,
            dir == null ? null : Path.of(dir),
            !arguments.has("no-traffic"));
    Duration span = span(arguments);
    CountDownLatch stop = new CountDownLatch(1);
    OsSignals.on("TERM", stop::countDown);
    OsSignals.on("INT", stop::countDown);
    try (Demo demo = Demo.start(options)) {
      out.print(Summary.of(demo.proxy(), demo.configuration()));
      out.print(Guide.text(demo));
      out.flush();
      Show show = new Show(demo, out);
      if (arguments.has("no-tty") || !isTerminal()) {
        show.lines(span, stop);
      } else {
        show.table(span, stop);
      }
      demo.stop();
      Totals totals = demo.totals();
      out.println("The demo ends: " + totals);
      return CommandLine.OK;
    } catch (IOException e) {
      err.println("meridian demo: " + e.getMessage());
      return CommandLine.FAILED;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return CommandLine.FAILED;
    }
  }

  private static boolean isTerminal() {
    return Optional.ofNullable(System.console()).map(Console::isTerminal).orElse(false);
  }

  private static Duration span(Arguments arguments) throws UsageException {
    String text = arguments.get("for");
    if (text == null) {
      return EVER;
    }
    try {
      return Spans.parse(text);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--for: " + e.getMessage());
    }
  }
}
