package io.meridian.proxy.cli;

import io.meridian.proxy.cli.Arguments.UsageException;
import java.io.PrintStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Finds the command that the first word names and runs it. */
public final class CommandLine {
  /** All went well. */
  static final int OK = 0;

  /** It could not be done; what was wrong is said. */
  static final int FAILED = 1;

  /** The command line can't be understood (sysexits.h, EX_USAGE). */
  static final int USAGE = 64;

  /** Nobody answers where a running proxy was to be asked (sysexits.h, EX_UNAVAILABLE). */
  static final int UNAVAILABLE = 69;

  /** The configuration is wrong (sysexits.h, EX_CONFIG). */
  static final int CONFIG = 78;

  private final PrintStream out;
  private final PrintStream err;
  private final Map<String, Command> commands = new LinkedHashMap<>();

  public CommandLine(PrintStream out, PrintStream err, Map<String, String> environment) {
    this.out = out;
    this.err = err;
    commands.put("run", new RunCommand(out, err, environment));
    commands.put("check", new CheckCommand(out, err, environment));
    commands.put("explain", new ExplainCommand(out, err, environment));
    commands.put("simulate", new SimulateCommand(out, err, environment));
    commands.put("demo", new DemoCommand(out, err));
    commands.put("backend", new BackendCommand(out, err));
    commands.put("schema", new SchemaCommand(out));
    commands.put("top", new TopCommand(out, err, environment));
    commands.put("regions", new RegionsCommand(out, err, environment));
    commands.put("drill", new DrillCommand(out, err, environment));
    commands.put("health", new HealthCommand(out, err, environment));
    commands.put("completion", new CompletionCommand(out, commands));
    commands.put("train", new TrainCommand(out, err));
    commands.put("version", new VersionCommand(out));
  }

  /** Runs what the words say and returns the process's exit code. */
  public int run(String... words) {
    if (words.length == 0) {
      err.print(help());
      return USAGE;
    }
    if (isHelp(words[0]) || words[0].equals("help")) {
      out.print(help());
      return OK;
    }
    String name = words[0].equals("--version") ? "version" : words[0];
    Command command = commands.get(name);
    if (command == null) {
      err.println("meridian: unknown command: " + name);
      err.print(help());
      return USAGE;
    }
    List<String> rest = Arrays.asList(words).subList(1, words.length);
    int own = rest.indexOf("--");
    if ((own < 0 ? rest : rest.subList(0, own)).stream().anyMatch(CommandLine::isHelp)) {
      out.print(command.help());
      return OK;
    }
    try {
      return command.run(rest);
    } catch (UsageException e) {
      err.println("meridian " + name + ": " + e.getMessage());
      err.print(command.help());
      return USAGE;
    }
  }

  private static boolean isHelp(String word) {
    return word.equals("--help") || word.equals("-h");
  }

  private String help() {
    StringBuilder text = new StringBuilder();
    text.append(
        "Meridian, a reverse proxy that sends each request to the fastest healthy region\n");
    text.append("that may serve it.\n\n");
    commands.forEach(
        (name, command) -> text.append(String.format("  %-10s %s%n", name, command.summary())));
    text.append(
        """

        meridian COMMAND --help says more. Start with: meridian demo
        Exit codes: 0 all went well, 1 it could not be done or was refused, 64 the command line is
        wrong, 69 no running proxy answers, 70 a fault of Meridian, 78 the configuration is wrong.
        Options are written --name value, --name=value or name=value.
        """);
    return text.toString();
  }

  /** One command. */
  interface Command {
    /** One line. */
    String summary();

    /** What its first word may be, if that is no option. */
    default List<String> actions() {
      return List.of();
    }

    /** Usage, options, examples. */
    String help();

    int run(List<String> words) throws UsageException;
  }
}
