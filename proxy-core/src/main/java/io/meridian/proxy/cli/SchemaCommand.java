package io.meridian.proxy.cli;

import io.meridian.config.ConfigReference;
import io.meridian.config.ConfigSchema;
import io.meridian.proxy.cli.Arguments.UsageException;
import io.meridian.proxy.telemetry.MetricsReference;
import java.io.PrintStream;
import java.util.List;
import java.util.Set;

/** Prints the configuration's JSON Schema, or its manual. */
final class SchemaCommand implements CommandLine.Command {
  private final PrintStream out;

  SchemaCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public String summary() {
    return "print the configuration's JSON Schema, for editors";
  }

  @Override
  public String help() {
    return """
    meridian schema [--markdown | --metrics]
      Prints the JSON Schema of the configuration file; with --markdown the reference of all
      keys and their defaults, with --metrics that of all meters.
      Example: meridian schema > meridian.schema.json
      An editor with a YAML language server uses it by a first line like:
        # yaml-language-server: $schema=meridian.schema.json
    """;
  }

  @Override
  public int run(List<String> words) throws UsageException {
    Arguments arguments = Arguments.parse(words, Set.of(), Set.of("markdown", "metrics"));
    if (arguments.has("metrics")) {
      out.print(MetricsReference.markdown());
    } else {
      out.println(arguments.has("markdown") ? ConfigReference.markdown() : ConfigSchema.json());
    }
    return CommandLine.OK;
  }
}
