package io.meridian.proxy.cli;

import io.meridian.proxy.Meridian;
import io.meridian.proxy.cli.Arguments.UsageException;
import java.io.PrintStream;
import java.util.List;
import java.util.Set;

/** Says what this is. */
final class VersionCommand implements CommandLine.Command {
  private final PrintStream out;

  VersionCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public String summary() {
    return "print the version";
  }

  @Override
  public String help() {
    return """
    meridian version
      Prints the version, and that of Java.
      Example: meridian version
    """;
  }

  @Override
  public int run(List<String> words) throws UsageException {
    Arguments.parse(words, Set.of(), Set.of());
    out.println("meridian " + Meridian.version() + " on Java " + Runtime.version());
    return CommandLine.OK;
  }
}
