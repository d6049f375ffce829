package io.meridian.proxy.cli;

import io.meridian.config.ConfigException;
import io.meridian.config.ConfigLoader;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.proxy.cli.Arguments.UsageException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads a configuration and says what is wrong with it, all at once. */
final class CheckCommand implements CommandLine.Command {
  private final PrintStream out;
  private final PrintStream err;
  private final Map<String, String> environment;

  CheckCommand(PrintStream out, PrintStream err, Map<String, String> environment) {
    this.out = out;
    this.err = err;
    this.environment = environment;
  }

  @Override
  public String summary() {
    return "check a configuration file";
  }

  @Override
  public String help() {
    return """
    meridian check --config FILE
      Reads the file and lists everything that is wrong with it, as FILE:LINE:COLUMN.
      Exit code 0 if it is right, 78 if not.
      Example: meridian check --config /etc/meridian/meridian.yaml
    """;
  }

  @Override
  public int run(List<String> words) throws UsageException {
    Arguments arguments = Arguments.parse(words, Set.of("config"), Set.of());
    Path file = Path.of(arguments.require("config"));
    try {
      MeridianConfig config = new ConfigLoader(environment).load(file);
      out.println(
          file
              + ": right: "
              + config.listeners().size()
              + " listeners, "
              + config.regions().size()
              + " regions, "
              + config.routes().size()
              + " routes, "
              + config.fences().size()
              + " fences");
      for (Region region : config.regions()) {
        if (!region.tls().verify()) {
          err.println(
              "warning: region "
                  + region.name()
                  + ": tls.verify is false: certificates are not checked, anybody on the way can"
                  + " read and change its traffic");
        }
      }
      return CommandLine.OK;
    } catch (ConfigException e) {
      err.println(e.getMessage());
      err.println(e.faults().size() == 1 ? "1 fault" : e.faults().size() + " faults");
      return CommandLine.CONFIG;
    }
  }
}
