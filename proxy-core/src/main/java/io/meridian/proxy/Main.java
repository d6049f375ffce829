package io.meridian.proxy;

import io.meridian.proxy.cli.CommandLine;
import io.meridian.proxy.telemetry.ProcessLog;
import java.util.logging.Level;
import java.util.logging.Logger;

/** The program. */
public final class Main {
  /** The program is wrong (sysexits.h, EX_SOFTWARE). */
  private static final int FAULT = 70;

  private Main() {}

  /** Runs a command and exits with its code. */
  public static void main(String[] words) {
    // Named, so that SLF4J does not open each jar to look for one, nor says that it was.
    System.setProperty("slf4j.provider", "org.slf4j.jul.JULServiceProvider");
    System.setProperty("slf4j.internal.verbosity", "WARN");
    ProcessLog.install();
    int code;
    try {
      code = new CommandLine(System.out, System.err, System.getenv()).run(words);
    } catch (Throwable fault) { // threads that are running already must not keep the process
      Logger.getLogger(Main.class.getName()).log(Level.SEVERE, "a fault of Meridian", fault);
      code = FAULT;
    }
    System.exit(code);
  }
}
