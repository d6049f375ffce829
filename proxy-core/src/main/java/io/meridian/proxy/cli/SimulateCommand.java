package io.meridian.proxy.cli;

import io.meridian.config.ConfigException;
import io.meridian.config.ConfigLoader;
import io.meridian.config.MeridianConfig;
import io.meridian.geo.GeoService;
import io.meridian.proxy.cli.Arguments.UsageException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;

/** Says what a configuration would have made of the requests of an access log. */
final class SimulateCommand implements CommandLine.Command {
  private final PrintStream out;
  private final PrintStream err;
  private final Map<String, String> environment;

  SimulateCommand(PrintStream out, PrintStream err, Map<String, String> environment) {
    this.out = out;
    this.err = err;
    this.environment = environment;
  }

  @Override
  public String summary() {
    return "replay an access log against a configuration";
  }

  @Override
  public String help() {
    return """
    meridian simulate --config FILE --log FILE [--down REGION]... [--suspect REGION]...
                      [--dial REGION=PERCENT]... [--rtt REGION=MS]... [--against FILE]
                      [--host H] [--column N] [--took MS] [--json]
      Replays recorded requests: Meridian's JSON lines, or common and combined format, in plain or
      compressed with gzip. Says what share each region gets, how far it is, what its busiest
      minute is, and what is refused. Every region counts as up and as far as its distance suggests
      unless --down, --suspect, --dial or --rtt say otherwise; what they change is told against the
      same configuration without them, or with --against, against that other configuration with
      them. --host: where a line names none (localhost). --column: which word of a line in common
      format is the client's address (1). Where regions have a capacity, they fill and spill as they
      would have, second by second; --took: how long a request was in flight whose line does not
      say (100). Logs hold no cookies and no other fields: who is pinned
      by them is sent as if he was new.
      Example: meridian simulate --config m.yaml --log access.log --down eu-west
    """;
  }

  @Override
  public int run(List<String> words) throws UsageException {
    Arguments arguments =
        Arguments.parse(
            words,
            Set.of(
                "config", "log", "down", "suspect", "dial", "rtt", "against", "host", "column",
                "took"),
            Set.of("json"));
    Path file = Path.of(arguments.require("config"));
    Path log = Path.of(arguments.require("log"));
    int column = column(arguments.get("column", "1"));
    try {
      MeridianConfig config = new ConfigLoader(environment).load(file);
      AssumedWorld world = AssumedWorld.of(config, arguments);
      MeridianConfig against = config;
      AssumedWorld other = null;
      String named = arguments.get("against");
      if (named != null) {
        against = new ConfigLoader(environment).load(Path.of(named));
        other = AssumedWorld.of(against, arguments);
      } else if (disturbed(arguments)) {
        other = AssumedWorld.undisturbed(config, arguments);
      }
      try (GeoService geo = GeoService.open(config.geo());
          GeoService otherGeo = GeoService.open(against.geo());
          InputStream in = open(log)) {
        Simulation simulation =
            new Simulation(
                world,
                geo.places(),
                other,
                otherGeo.places(),
                arguments.get("host", "localhost"),
                column,
                took(arguments.get("took", "100")));
        simulation.run(in);
        SimulationReport report = new SimulationReport(simulation);
        if (arguments.has("json")) {
          out.println(report.json());
        } else {
          report.table(out);
        }
      }
      return CommandLine.OK;
    } catch (ConfigException e) {
      err.println(e.getMessage());
      return CommandLine.CONFIG;
    } catch (IOException e) {
      err.println("meridian simulate: " + e.getMessage());
      return CommandLine.FAILED;
    }
  }

  private static boolean disturbed(Arguments arguments) {
    return arguments.has("down") || arguments.has("suspect") || arguments.has("dial");
  }

  private static InputStream open(Path log) throws IOException {
    InputStream in = Files.newInputStream(log);
    return log.toString().endsWith(".gz") ? new GZIPInputStream(in, 1 << 16) : in;
  }

  private static long took(String text) throws UsageException {
    if (!text.matches("[0-9]{1,7}(ms)?")) {
      throw new UsageException("--took " + text + " (expected: milliseconds, such as 100)");
    }
    return TimeUnit.MILLISECONDS.toNanos(Long.parseLong(text.replace("ms", "")));
  }

  private static int column(String text) throws UsageException {
    if (!text.matches("[1-9][0-9]{0,2}")) {
      throw new UsageException("--column " + text + " (expected: a number of 1 to 999)");
    }
    return Integer.parseInt(text);
  }
}
