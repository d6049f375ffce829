package io.meridian.proxy.cli;

import io.meridian.proxy.cli.Arguments.UsageException;
import io.meridian.proxy.demo.Training;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Makes the start-up cache. */
final class TrainCommand implements CommandLine.Command {
  private static final Set<String> OPTIONS = Set.of("cache", "natives", "log", "for");

  private final PrintStream out;
  private final PrintStream err;

  TrainCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  @Override
  public String summary() {
    return "make the cache by which later starts are quick";
  }

  @Override
  public String help() {
    return """
    meridian train --cache FILE [--natives DIR] [--log FILE] [--for 2s] [-- JVM OPTIONS]
      Runs the proxy in a process of its own on free ports of loopback, gives it work of every
      kind (each for so long), and has the Java runtime write what it has loaded and learned to
      the file, for -XX:AOTCache=FILE. A later start must use the same jar and the same options.
        --natives  unpacks native libraries for this machine to DIR, for -Djava.library.path=DIR,
                   instead of at each start
      The launcher and the build call this by themselves.
      Exit code 1 if there is no cache afterwards.
    """;
  }

  @Override
  public int run(List<String> words) throws UsageException {
    int dashes = words.indexOf("--");
    List<String> own = dashes < 0 ? words : words.subList(0, dashes);
    Arguments arguments = Arguments.parse(own, OPTIONS, Set.of());
    Path cache = Path.of(arguments.require("cache")).toAbsolutePath();
    Path log = Path.of(arguments.get("log", cache + ".log")).toAbsolutePath();
    List<String> java = new ArrayList<>();
    java.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    java.addAll(dashes < 0 ? List.of() : words.subList(dashes + 1, words.size()));
    try {
      String natives = arguments.get("natives", "");
      if (!natives.isEmpty()) {
        Natives.unpack(jar(), Path.of(natives).toAbsolutePath());
      }
      java.addAll(List.of("-jar", jar().toString()));
      long answered = new Training(cache, java, span(arguments.get("for", "2s")), log).run();
      out.println("trained with " + answered + " requests: " + cache);
      return CommandLine.OK;
    } catch (IOException e) {
      err.println("meridian train: " + e.getMessage());
      return CommandLine.FAILED;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return CommandLine.FAILED;
    }
  }

  private static Path jar() throws IOException {
    try {
      return Path.of(
          TrainCommand.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IOException("this does not run from a jar", e);
    }
  }

  private static Duration span(String text) throws UsageException {
    try {
      return io.meridian.proxy.demo.Spans.parse(text);
    } catch (IllegalArgumentException e) {
      throw new UsageException("--for: " + e.getMessage());
    }
  }
}
