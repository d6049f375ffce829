package io.meridian.config;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What must hold between a route's {@code data}, its cookies, its regions and the probes. */
final class DataRules {
  private final Binding file;
  private final Faults faults;
  private final RouteRules rules;

  DataRules(Binding file, Faults faults, RouteRules rules) {
    this.file = file;
    this.faults = faults;
    this.rules = rules;
  }

  void check(Binding route) {
    Binding data = route.get("data");
    if (!data.given()) {
      return;
    }
    Binding lag = data.get("max_lag");
    if (lag.given() && !file.get("health").get("replica").get("lag_header").given()) {
      faults.add(
          lag.at(), lag.path(), "no lag is known (expected: a field in health.replica.lag_header)");
    }
    Binding written = data.get("read_your_writes");
    Binding region = written.get("region");
    if (region.given() && region.as(String.class) != null) {
      rules.regionExists(region);
      Set<String> served = rules.served(route);
      String name = region.as(String.class);
      if (served != null && name != null && rules.known(name) && !served.contains(name)) {
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
    home(data.get("home"));
    cookies(route, data);
  }

  private void home(Binding home) {
    if (!home.given()) {
      return;
    }
    Binding header = home.get("header");
    Binding answer = home.get("answer_header");
    Binding key = home.get("key_file");
    if (answer.given() && !key.given()) {
      faults.add(
          home.at(), key.path(), "missing (expected: the file with the key, with answer_header)");
    } else if (key.given() && !answer.given()) {
      faults.add(
          key.at(), key.path(), "given without answer_header, so that no cookie is ever set");
    } else if (!header.given() && !answer.given() && home.sound()) {
      faults.add(home.at(), home.path(), "names no home (expected: header or answer_header)");
    }
  }

  /** Cookies of one route are told apart by name, and browsers must take them. */
  private void cookies(Binding route, Binding data) {
    Set<Object> names = new HashSet<>();
    for (Binding part :
        List.of(route.get("affinity"), data.get("read_your_writes"), data.get("home"))) {
      if (!part.given() || part.get("name").value() == null) {
        continue;
      }
      Binding name = part.get("name");
      if (!names.add(String.valueOf(name.value()))) {
        faults.add(
            name.at(),
            name.path(),
            "\"" + name.value() + "\" is the name of another cookie of the route");
      }
      boolean open =
          part.get("same_site").value() == Route.SameSite.NONE
              && part.get("secure").value() != Route.Secure.ALWAYS;
      if (open && !part.path().endsWith("affinity")) {
        Binding site = part.get("same_site");
        faults.add(
            site.at(),
            site.path(),
            "none without TLS: browsers refuse such a cookie (expected: secure: always beside it)");
      }
    }
  }
}
