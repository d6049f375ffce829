package io.meridian.proxy.cli;

import io.meridian.config.Capacity;
import io.meridian.config.MeridianConfig;
import io.meridian.config.Region;
import io.meridian.health.EndpointHealth;
import io.meridian.health.HealthState;
import io.meridian.health.HealthView;
import io.meridian.health.Prior;
import io.meridian.health.RegionHealth;
import io.meridian.proxy.cli.Arguments.UsageException;
import io.meridian.proxy.exchange.RouteSecrets;
import io.meridian.proxy.routing.Loads;
import io.meridian.proxy.routing.Ranking;
import io.meridian.proxy.routing.RoutingRules;
import io.meridian.proxy.routing.RoutingSnapshot;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The world as a command line assumes it: every region up and as far as its distance suggests,
 * unless {@code --down}, {@code --suspect}, {@code --rtt} or {@code --dial} say otherwise.
 *
 * @param config with the dials that were given
 * @param loadsByRegion what regions have of their capacity; 0 for those that are not named
 */
record AssumedWorld(
    MeridianConfig config,
    RoutingRules rules,
    RoutingSnapshot routing,
    Map<String, Double> loadsByRegion) {

  /** What regions with a capacity have; null: none has one. */
  @Nullable Loads loads() {
    if (config.regions().stream().allMatch(region -> region.capacity() == null)) {
      return null;
    }
    Loads loads = new Loads();
    loads.clear(config.regions().size());
    for (int i = 0; i < config.regions().size(); i++) {
      Region region = config.regions().get(i);
      Capacity capacity = region.capacity();
      if (capacity != null) {
        loads.set(
            i,
            loadsByRegion.getOrDefault(region.name(), 0.0),
            capacity.soft(),
            capacity.hard(),
            capacity.spillLoss().toNanos() / 1e6);
      }
    }
    return loads;
  }

  static AssumedWorld of(MeridianConfig file, Arguments arguments)
      throws UsageException, IOException {
    return of(
        file,
        arguments.all("down"),
        arguments.all("suspect"),
        numbers("rtt", arguments, 0, 1e6),
        numbers("dial", arguments, 0, 100),
        numbers("load", arguments, 0, 1e7));
  }

  /** The same without what is down, suspect or dialled by the command line. */
  static AssumedWorld undisturbed(MeridianConfig file, Arguments arguments)
      throws UsageException, IOException {
    return of(file, List.of(), List.of(), numbers("rtt", arguments, 0, 1e6), Map.of(), Map.of());
  }

  private static AssumedWorld of(
      MeridianConfig file,
      List<String> down,
      List<String> suspect,
      Map<String, Double> rtt,
      Map<String, Double> dial,
      Map<String, Double> load)
      throws UsageException, IOException {
    List<String> names = file.regions().stream().map(Region::name).toList();
    for (var given : List.of(down, suspect, rtt.keySet(), dial.keySet(), load.keySet())) {
      for (String name : given) {
        if (!names.contains(name)) {
          throw new UsageException("no such region: " + name + " (expected one of " + names + ")");
        }
      }
    }
    MeridianConfig config = file.withDials(dial);
    List<RegionHealth> regions = new ArrayList<>();
    for (Region region : config.regions()) {
      HealthState state =
          down.contains(region.name())
              ? HealthState.EJECTED
              : suspect.contains(region.name()) ? HealthState.SUSPECT : HealthState.HEALTHY;
      Double given = rtt.get(region.name());
      double prior = Math.exp(Prior.between(config.edge().location(), region.location()).logMean());
      double millis = given == null ? prior : given;
      List<EndpointHealth> endpoints =
          region.endpoints().stream()
              .map(e -> new EndpointHealth(region.name(), e.name(), state, 1, millis, 0, ""))
              .toList();
      regions.add(
          new RegionHealth(
              region.name(), state, 1, millis, 0.33, given == null ? 0 : 1, 0, "", endpoints));
    }
    RoutingRules rules = RoutingRules.compile(config, RouteSecrets.read(config));
    HealthView health = new HealthView(1, regions, false, true);
    return new AssumedWorld(config, rules, new Ranking((_, _) -> 0).next(rules, health, 0), load);
  }

  private static Map<String, Double> numbers(
      String option, Arguments arguments, double least, double most) throws UsageException {
    Map<String, Double> numbers = new LinkedHashMap<>();
    for (Map.Entry<String, String> pair : pairs(arguments.all(option)).entrySet()) {
      double value;
      try {
        value = Double.parseDouble(pair.getValue().replaceFirst("(?<=[0-9])(%|ms)$", ""));
      } catch (NumberFormatException e) {
        value = Double.NaN;
      }
      if (!(value >= least && value <= most)) {
        throw new UsageException(
            "--"
                + option
                + " "
                + pair.getKey()
                + "="
                + pair.getValue()
                + " (expected: a number of "
                + (long) least
                + " to "
                + (long) most
                + ")");
      }
      numbers.put(pair.getKey(), value);
    }
    return numbers;
  }

  /** {@code NAME=VALUE} each. */
  static Map<String, String> pairs(List<String> words) throws UsageException {
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
}
