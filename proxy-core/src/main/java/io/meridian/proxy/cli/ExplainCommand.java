package io.meridian.proxy.cli;

import io.meridian.config.ConfigException;
import io.meridian.config.ConfigLoader;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.geo.GeoService;
import io.meridian.health.EndpointHealth;
import io.meridian.health.HealthState;
import io.meridian.health.HealthView;
import io.meridian.health.Prior;
import io.meridian.health.RegionHealth;
import io.meridian.proxy.cli.Arguments.UsageException;
import io.meridian.proxy.exchange.Explainer;
import io.meridian.proxy.exchange.Explainer.Answer;
import io.meridian.proxy.exchange.Explainer.Question;
import io.meridian.proxy.exchange.HeadRules;
import io.meridian.proxy.routing.Ranking;
import io.meridian.proxy.routing.RoutingRules;
import io.meridian.proxy.routing.RoutingSnapshot;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

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
                     [--header NAME=VALUE]... [--down REGION]... [--rtt REGION=MS]...
      Needs no running proxy: every region counts as up unless --down says otherwise, and as far
      as its distance suggests unless --rtt says so. A running proxy explains itself at
      /api/explain of its admin address.
      Example: meridian explain --config m.yaml --ip 203.0.113.7 --host api.example.com --down eu-west
    """;
  }

  @Override
  public int run(List<String> words) throws UsageException {
    Arguments arguments =
        Arguments.parse(
            words,
            Set.of("config", "ip", "host", "path", "method", "header", "down", "rtt"),
            Set.of());
    Path file = Path.of(arguments.require("config"));
    try {
      MeridianConfig config = new ConfigLoader(environment).load(file);
      Question question =
          new Question(
              arguments.require("ip"),
              arguments.get("host", "localhost"),
              arguments.get("path", "/"),
              arguments.get("method", "GET").toUpperCase(Locale.ROOT),
              pairs(arguments.all("header")));
      HealthView health = assumed(config, arguments);
      RoutingSnapshot routing =
          new Ranking((_, _) -> 0).next(RoutingRules.compile(config), health, 0);
      try (GeoService geo = GeoService.open(config.geo())) {
        print(Explainer.explain(question, routing, geo.places(), HeadRules.of(config)));
      }
      return CommandLine.OK;
    } catch (ConfigException e) {
      err.println(e.getMessage());
      return CommandLine.CONFIG;
    } catch (IOException | IllegalArgumentException e) {
      err.println("meridian explain: " + e.getMessage());
      return CommandLine.FAILED;
    }
  }

  private static HealthView assumed(MeridianConfig config, Arguments arguments)
      throws UsageException {
    Map<String, String> rtt = pairs(arguments.all("rtt"));
    List<String> down = arguments.all("down");
    List<String> names = config.regions().stream().map(Region::name).toList();
    for (String name : rtt.keySet()) {
      known(names, name);
    }
    for (String name : down) {
      known(names, name);
    }
    List<RegionHealth> regions = new ArrayList<>();
    for (Region region : config.regions()) {
      HealthState state = down.contains(region.name()) ? HealthState.EJECTED : HealthState.HEALTHY;
      String given = rtt.get(region.name());
      double millis;
      try {
        millis =
            given == null
                ? Math.exp(Prior.between(config.edge().location(), region.location()).logMean())
                : Double.parseDouble(given);
      } catch (NumberFormatException e) {
        throw new UsageException(
            "--rtt " + region.name() + "=" + given + " (expected: milliseconds)");
      }
      List<EndpointHealth> endpoints =
          region.endpoints().stream()
              .map(e -> new EndpointHealth(region.name(), e.name(), state, 1, millis, 0, ""))
              .toList();
      regions.add(
          new RegionHealth(
              region.name(), state, 1, millis, 0.33, given == null ? 0 : 1, 0, "", endpoints));
    }
    return new HealthView(1, regions, false, true);
  }

  private static void known(List<String> names, String name) throws UsageException {
    if (!names.contains(name)) {
      throw new UsageException("no such region: " + name + " (expected one of " + names + ")");
    }
  }

  private static Map<String, String> pairs(List<String> words) throws UsageException {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (String word : words) {
      int equals = word.indexOf('=');
      if (equals < 1) {
        throw new UsageException(word + " (expected: NAME=VALUE)");
      }
      pairs.put(word.substring(0, equals), word.substring(equals + 1));
    }
    return pairs;
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
    if (answer.outcome().equals("forward")) {
      out.printf("decision  %s, %s%n", answer.order().getFirst().region(), answer.reason());
      out.printf(
          "if it fails  %s%n",
          answer.ifFirstFails() == null ? "nothing is left" : answer.ifFirstFails());
    } else {
      out.printf("decision  refused with %d, %s%n", answer.status(), answer.reason());
    }
  }
}
