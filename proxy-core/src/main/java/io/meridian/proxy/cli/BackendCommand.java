package io.meridian.proxy.cli;

import io.meridian.proxy.cli.Arguments.UsageException;
import io.meridian.proxy.demo.Backend;
import io.meridian.proxy.demo.Spans;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;

/** Plays one region, for trying the proxy where there are no backends yet. */
final class BackendCommand implements CommandLine.Command {
  private static final Set<String> OPTIONS = Set.of("name", "address", "port", "delay");

  private final PrintStream out;
  private final PrintStream err;

  BackendCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  @Override
  public String summary() {
    return "play one region, for trying things out";
  }

  @Override
  public String help() {
    return """
    meridian backend --name NAME [--address 127.0.0.1] [--port 8080] [--delay 0ms]
      An HTTP server that says who it is (X-Region), answers /healthz, and starts each answer so
      late. Runs until SIGTERM or SIGINT. Exit code 1 if the address is taken.
      Example: meridian backend --name eu-west --port 8081 --delay 27ms
    """;
  }

  @Override
  public int run(List<String> words) throws UsageException {
    Arguments arguments = Arguments.parse(words, OPTIONS, Set.of());
    String name = arguments.require("name");
    CountDownLatch stop = new CountDownLatch(1);
    OsSignals.on("TERM", stop::countDown);
    OsSignals.on("INT", stop::countDown);
    try (Backend backend =
        new Backend(
            name,
            InetAddress.getByName(arguments.get("address", "127.0.0.1")),
            Numbers.port(arguments, "port", 8080),
            delay(arguments.get("delay", "0ms")))) {
      out.println(name + " listens on port " + backend.port());
      stop.await();
      return CommandLine.OK;
    } catch (IOException e) {
      err.println("meridian backend: " + e.getMessage());
      return CommandLine.FAILED;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return CommandLine.FAILED;
    }
  }

  private static Duration delay(String text) throws UsageException {
    try {
      return text.equals("0ms") ? Duration.ZERO : Spans.parse(text);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--delay: " + e.getMessage());
    }
  }
}
