package io.meridian.config;

import io.meridian.config.Node.Place;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What must hold between a route's policy, the keys that belong to it, and the regions. */
final class PolicyRules {
  private static final List<String> CONDITIONS =
      List.of("prefix", "asn", "subdivision", "country", "continent");

  private final Binding file;
  private final Faults faults;
  private final RouteRules rules;

  PolicyRules(Binding file, Faults faults, RouteRules rules) {
    this.file = file;
    this.faults = faults;
    this.rules = rules;
  }

  void check(Binding route) {
    Route.Policy policy = route.get("policy").as(Route.Policy.class);
    Set<String> served = rules.served(route);
    belongs(route, "weights", policy, Route.Policy.WEIGHTED);
    belongs(route, "geolocation", policy, Route.Policy.GEOLOCATION);
    belongs(route, "primary", policy, Route.Policy.FOLLOW_THE_SUN);
    belongs(route, "group", policy, Route.Policy.GROUPS);
    if (route.get("promotion").given() && policy != Route.Policy.PRIORITY) {
      belongs(route, "promotion", policy, Route.Policy.PRIORITY);
    }
    weights(route, served, policy);
    latencyFrom(route, policy);
    band(route, policy);
    steer(route, served);
    for (Binding primary : route.get("primary").items()) {
      within(primary, served);
    }
    geolocation(route, served);
    if (policy == Route.Policy.GEO && served != null) {
      placed(route, served);
    }
    Binding canary = route.get("canary");
    if (canary.given()) {
      canary(canary);
    }
    Binding affinity = route.get("affinity");
    if (affinity.given()) {
      affinity(affinity);
    }
  }

  /** A key that goes with one policy: needed there, useless elsewhere. */
  private void belongs(
      Binding route, String key, Route.@Nullable Policy policy, Route.Policy wanted) {
    Binding part = route.get(key);
    if (policy == null) {
      return;
    }
    if (part.given() && policy != wanted) {
      faults.add(
          part.at(),
          part.path(),
          "given although policy is "
              + Words.word(policy)
              + " (expected: policy: "
              + Words.word(wanted)
              + ")");
    } else if (!part.given() && policy == wanted && wanted != Route.Policy.WEIGHTED) {
      Binding at = route.get("policy");
      faults.add(
          at.at(),
          part.path(),
          "missing (expected: it goes with policy: " + Words.word(wanted) + ")");
    }
  }

  private void steer(Binding route, @Nullable Set<String> served) {
    Binding steer = route.get("steer");
    if (!steer.given() || !steer.sound()) {
      return;
    }
    if (!file.get("edge").get("location").given()) {
      faults.add(
          steer.at(),
          steer.path(),
          "where this edge is is not said, so that nothing can be compared (expected:"
              + " edge.location)");
    }
    boolean somewhere =
        file.get("regions").items().stream()
            .anyMatch(region ->
                region.get("public_url").given()
                    && (served == null
                        || served.contains(String.valueOf(region.get("name").value()))));
    if (!somewhere) {
      faults.add(
          steer.at(),
          steer.path(),
          "none of the route's regions has an address of its own (expected: a public_url)");
    }
  }

  private void latencyFrom(Binding route, Route.@Nullable Policy policy) {
    Binding from = route.get("latency_from");
    if (!from.given() || policy == null) {
      return;
    }
    if (policy != Route.Policy.LATENCY && policy != Route.Policy.FOLLOW_THE_SUN) {
      faults.add(
          from.at(),
          from.path(),
          "given although policy is "
              + Words.word(policy)
              + " (expected: policy: latency or follow_the_sun)");
    }
  }

  /**
   * A band means something where round trips order regions, if only for clients without a place.
   */
  private void band(Binding route, Route.@Nullable Policy policy) {
    if (policy == null) {
      return;
    }
    boolean used =
        switch (policy) {
          case LATENCY, FOLLOW_THE_SUN, GEO, GROUPS -> true;
          case GEOLOCATION, WEIGHTED, PRIORITY -> false;
        };
    for (String key : List.of("band", "band_ratio")) {
      Binding band = route.get(key);
      if (band.given() && !used) {
        faults.add(
            band.at(),
            band.path(),
            "given although policy is "
                + Words.word(policy)
                + " (expected: policy: latency, follow_the_sun, geo or groups)");
      }
    }
  }

  private void weights(Binding route, @Nullable Set<String> served, Route.@Nullable Policy policy) {
    Binding weights = route.get("weights");
    Map<Object, Place> places = new HashMap<>();
    for (Binding weight : weights.items()) {
      Binding region = weight.get("region");
      within(region, served);
      unique(region, places);
    }
    if (policy != Route.Policy.WEIGHTED || served == null) {
      return;
    }
    for (String name : served) {
      Integer weight = weight(weights, name);
      if (weight == null || weight > 0) {
        return;
      }
    }
    Binding at = weights.given() ? weights : route.get("policy");
    faults.add(at.at(), at.path(), "every region's weight is 0 (expected: one that is not)");
  }

  /** Null: not known, or left to the default. */
  private @Nullable Integer weight(Binding weights, String region) {
    for (Binding weight : weights.items()) {
      if (region.equals(weight.get("region").value())) {
        return weight.get("weight").as(Integer.class);
      }
    }
    for (Binding known : file.get("regions").items()) {
      if (region.equals(known.get("name").value())) {
        return known.get("weight").as(Integer.class);
      }
    }
    return null;
  }

  private void geolocation(Binding route, @Nullable Set<String> served) {
    Map<Object, Place> places = new HashMap<>();
    for (Binding rule : route.get("geolocation").items()) {
      List<Binding> given = CONDITIONS.stream().map(rule::get).filter(Binding::given).toList();
      if (given.size() > 1) {
        Binding second = given.get(1);
        faults.add(
            second.at(),
            second.path(),
            "given beside "
                + CONDITIONS.stream().filter(c -> rule.get(c).given()).findFirst().orElse("")
                + " (expected: one condition a rule)");
      } else if (given.isEmpty() && rule.sound()) {
        Place first = places.putIfAbsent("", rule.at());
        if (first != null) {
          faults.add(
              rule.at(),
              rule.path(),
              "has no condition (expected: one such rule, for all others; first at line "
                  + first.line()
                  + ")");
        }
      }
      for (Binding condition : given) {
        condition.items().forEach(value -> unique(value, places));
      }
      if (rule.get("asn").given() && !file.get("geo").get("asn").given()) {
        Binding asn = rule.get("asn");
        faults.add(asn.at(), asn.path(), "no ASN is known (expected: a database in geo.asn)");
      }
      rule.get("regions").items().forEach(region -> within(region, served));
    }
  }

  private void unique(Binding part, Map<Object, Place> places) {
    Object value = part.value();
    Place first = value == null ? null : places.putIfAbsent(value, part.at());
    if (first != null) {
      faults.add(
          part.at(),
          part.path(),
          "\""
              + value
              + "\" is taken (expected: once in the route); first at line "
              + first.line());
    }
  }

  /** A region that exists, and is one of the route's. */
  private void within(Binding region, @Nullable Set<String> served) {
    String name = region.as(String.class);
    rules.regionExists(region);
    if (name != null && served != null && !served.contains(name) && exists(name)) {
      faults.add(
          region.at(),
          region.path(),
          "\""
              + name
              + "\" is none of the route's regions (expected: one of "
              + String.join(", ", served)
              + ")");
    }
  }

  private boolean exists(String region) {
    return file.get("regions").items().stream()
        .anyMatch(item -> region.equals(item.get("name").value()));
  }

  private void placed(Binding route, Set<String> served) {
    for (Binding region : file.get("regions").items()) {
      Object name = region.get("name").value();
      if (name != null && served.contains(name.toString()) && !region.get("location").given()) {
        Binding policy = route.get("policy");
        faults.add(
            policy.at(),
            policy.path(),
            "geo, but where "
                + name
                + " is is not said (expected: every region of the route has a"
                + " location)");
      }
    }
  }

  private void canary(Binding canary) {
    rules.regionExists(canary.get("region"));
    Integer percent = canary.get("percent").as(Integer.class);
    boolean idle =
        !canary.get("header").given()
            && !canary.get("cookie").given()
            && percent != null
            && percent == 0;
    if (idle && canary.sound()) {
      faults.add(
          canary.at(), canary.path(), "takes no request (expected: a header, cookie or percent)");
    }
  }

  private void affinity(Binding affinity) {
    Route.By by = affinity.get("by").as(Route.By.class);
    Binding key = affinity.get("key_file");
    if (by == Route.By.COOKIE && !key.given()) {
      faults.add(
          affinity.at(), key.path(), "missing (expected: the file with the key, with by: cookie)");
    } else if (by == Route.By.CLIENT && key.given()) {
      faults.add(key.at(), key.path(), "given although by is client (expected: by: cookie)");
    }
    boolean open =
        affinity.get("same_site").value() == Route.SameSite.NONE
            && affinity.get("secure").value() != Route.Secure.ALWAYS;
    if (open) {
      Binding site = affinity.get("same_site");
      faults.add(
          site.at(),
          site.path(),
          "none without TLS: browsers refuse such a cookie (expected: secure: always beside it)");
    }
  }
}
