package io.meridian.proxy.cli;

import io.meridian.config.ConfigException;
import io.meridian.config.ConfigLoader;
import io.meridian.config.MeridianConfig;
import io.meridian.geo.GeoService;
import io.meridian.proxy.cli.Arguments.UsageException;
import io.meridian.proxy.exchange.Explainer;
import io.meridian.proxy.exchange.Explainer.Answer;
import io.meridian.proxy.exchange.Explainer.Question;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Explains a decision without a running proxy, with health and round trips as assumed or given. */
final class ExplainCommand implements CommandLine.Command {
  private final PrintStream out;
  private final PrintStream err;
  private final Map<String, String> environment;

  ExplainCommand(PrintStream out, PrintStream err, Map<String, String> environment) {
    this.out = out;
    this.err = err;
    this.environment = environment;
  }

  @Override
  public String summary() {
    return "say where a request would go, and why";
  }

  @Override
  public String help() {
    return """
    meridian explain --config FILE --ip ADDRESS [--host H] [--path P] [--method M]
                     [--header NAME=VALUE]... [--trusted] [--random N] [--down REGION]...
                     [--suspect REGION]... [--dial REGION=PERCENT]... [--rtt REGION=MS]...
                     [--load REGION=N]... [--sni NAME]
      Needs no running proxy: every region counts as up unless --down or --suspect says otherwise,
      and as far as its distance suggests unless --rtt says so. --trusted: the request comes from
      a trusted proxy. --random: what chance gives, a whole number; without it what it gives most
      often. --load: what a region with a capacity has already. --sni: the name that the client asks
      for in TLS. A running proxy explains itself at /api/explain of its admin address.
      Exit code 0 also if it would be refused, 78 if the configuration is wrong.
      Example: meridian explain --config m.yaml --ip 203.0.113.7 --host api.example.com --down eu-west
    """;
  }

  @Override
  public int run(List<String> words) throws UsageException {
    Arguments arguments =
        Arguments.parse(
            words,
            Set.of(
                "config", "ip", "host", "path", "method", "header", "random", "down", "suspect",
                "dial", "rtt", "load", "sni"),
            Set.of("trusted"));
    Path file = Path.of(arguments.require("config"));
    try {
      MeridianConfig config = new ConfigLoader(environment).load(file);
      Question question =
          new Question(
              arguments.require("ip"),
              arguments.get("host", "localhost"),
              arguments.get("path", "/"),
              arguments.get("method", "GET").toUpperCase(Locale.ROOT),
              AssumedWorld.pairs(arguments.all("header")),
              arguments.has("trusted"),
              random(arguments),
              arguments.get("sni", "").toLowerCase(Locale.ROOT));
      AssumedWorld world = AssumedWorld.of(config, arguments);
      try (GeoService geo = GeoService.open(config.geo())) {
        print(Explainer.explain(question, world.config(), world.routing(), geo, world.loads()));
      }
      return CommandLine.OK;
    } catch (ConfigException e) {
      err.println(e.getMessage());
      return CommandLine.CONFIG;
    } catch (IllegalArgumentException e) { // of an address, a region, a figure
      throw new UsageException(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      err.println("meridian explain: " + e.getMessage());
      return CommandLine.FAILED;
    }
  }

  private static @Nullable Long random(Arguments arguments) throws UsageException {
    String text = arguments.get("random", "");
    try {
      return text.isEmpty() ? null : Long.valueOf(text);
    } catch (NumberFormatException e) {
      throw new UsageException("--random " + text + " (expected: a whole number)");
    }
  }

  private void print(Answer answer) {
    var client = answer.client();
    out.printf(
        "client    %s: %s%n",
        answer.question().ip(),
        client.country().isEmpty()
            ? "place unknown"
            : String.join(
                ", ",
                List.of(client.continent(), client.country(), client.subdivision(), client.city())
                    .stream()
                    .filter(part -> !part.isEmpty())
                    .toList()));
    out.printf("source    %s%n", client.source());
    out.printf("route     %s%n", answer.route() == null ? "none matches" : answer.route());
    if (answer.fence() != null) {
      out.printf(
          "fence     %s %s%n",
          answer.fence(), answer.fenceBinds() ? "binds this client" : "does not bind this client");
    }
    for (var verdict : answer.verdicts()) {
      out.printf(
          "%-9s %s %-14s %s%n",
          verdict.filter(), verdict.kept() ? "+" : "-", verdict.region(), verdict.detail());
    }
    if (answer.shares().values().stream().anyMatch(share -> share < 0.9999)) {
      out.printf(
          "shares    %s%n",
          answer.shares().entrySet().stream()
              .map(e -> String.format(Locale.ROOT, "%s %.1f %%", e.getKey(), e.getValue() * 100))
              .collect(Collectors.joining(", ")));
    }
    if (!answer.pin().equals("none")) {
      out.printf("pin       by %s%n", answer.pin());
    }
    if (answer.outcome().equals("forward")) {
      out.printf("decision  %s, %s%n", answer.order().getFirst().region(), answer.reason());
      out.printf(
          "order     %s%n",
          answer.order().stream().map(Explainer.Step::region).collect(Collectors.joining(" > ")));
      out.printf(
          "if it fails  %s%n",
          answer.ifFirstFails() == null ? "nothing is left" : answer.ifFirstFails());
    } else {
      out.printf("decision  refused with %d, %s%n", answer.status(), answer.reason());
    }
  }
}
