package io.meridian.proxy;

import io.meridian.proxy.cli.CommandLine;

/** The program. */
public final class Main {
  private Main() {}

  /** Runs a command and exits with its code. */
  public static void main(String[] words) {
    LogFormat.install();
    System.exit(new CommandLine(System.out, System.err, System.getenv()).run(words));
  }
}
