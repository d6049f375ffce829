package io.meridian.proxy.cli;

import io.meridian.proxy.Meridian;
import java.io.PrintStream;
import java.util.List;

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
    return "meridian version\n";
  }

  @Override
  public int run(List<String> words) {
    out.println("meridian " + Meridian.version() + " on Java " + Runtime.version());
    return CommandLine.OK;
  }
}
