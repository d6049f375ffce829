package io.meridian.proxy.simulation;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/** Configuration files as nobody would write them, all valid. */
final class RandomConfig {
  private final SplittableRandom random;
  private final List<String> regions = new ArrayList<>();
  private final List<Integer> endpoints = new ArrayList<>();

  RandomConfig(SplittableRandom random) {
    this.random = random;
    int count = random.nextInt(1, 6);
    for (int i = 0; i < count; i++) {
      regions.add("region-" + (char) ('a' + i));
      endpoints.add(random.nextInt(3) == 0 ? random.nextInt(1, 4) : 1);
    }
  }

  int regionCount() {
    return regions.size();
  }

  String region(int index) {
    return regions.get(index);
  }

  int endpoints(int region) {
    return endpoints.get(region);
  }

  static String host(int region, int endpoint) {
    return "10.20." + region + "." + (endpoint + 1);
  }

  /** Clients of 10.1.0.0/16 are those that fences bind. */
  String yaml() {
    StringBuilder text = new StringBuilder("version: 1\naccess_log: off\nlisteners:\n");
    text.append("  - { name: public, address: \"10.0.0.1:80\" }\nregions:\n");
    for (int r = 0; r < regions.size(); r++) {
      int dial = random.nextInt(8) == 0 ? random.nextInt(3) * 50 : 100;
      text.append("  - { name: ")
          .append(regions.get(r))
          .append(", dial: ")
          .append(dial)
          .append('%');
      if (random.nextInt(4) == 0) {
        text.append(", weight: ").append(random.nextInt(1, 10));
      }
      text.append(", endpoints: [");
      for (int e = 0; e < endpoints.get(r); e++) {
        text.append(e == 0 ? "" : ", ")
            .append("{ url: \"http://")
            .append(host(r, e))
            .append(":80\" }");
      }
      text.append("] }\n");
    }
    health(text);
    fences(text);
    routes(text);
    failover(text);
    text.append("timeouts: { connect: ").append(random.nextInt(200, 2_000));
    text.append("ms, response_body: ").append(random.nextInt(300, 1_500));
    text.append("ms, request_body: ").append(random.nextInt(500, 3_000));
    text.append("ms, upstream_idle: ").append(random.nextInt(100, 5_000)).append("ms }\n");
    if (random.nextInt(6) == 0) {
      text.append("limits: { upstream_connections: ").append(random.nextInt(1, 4)).append(" }\n");
    }
    return text.toString();
  }

  private void health(StringBuilder text) {
    text.append("health: { ");
    text.append(random.nextInt(3) == 0 ? "http: { path: /healthz }" : "tcp: {}");
    text.append(", interval: ").append(random.nextInt(400, 2_000));
    text.append("ms, burst_interval: ").append(random.nextInt(100, 300));
    text.append("ms, timeout: ").append(random.nextInt(200, 400)).append("ms }\n");
  }

  private void fences(StringBuilder text) {
    text.append("fences:\n");
    for (int f = 0; f < 2; f++) {
      String list = String.join(", ", some());
      text.append("  - { name: fence-")
          .append(f)
          .append(", when: { client_prefix: [\"10.1.0.0/16\"] }, ");
      text.append(random.nextBoolean() ? "allow" : "deny")
          .append(": [")
          .append(list)
          .append("] }\n");
    }
  }

  private void routes(StringBuilder text) {
    text.append("routes:\n");
    for (int r = 0; r < 3; r++) {
      text.append("  - { name: route-")
          .append(r)
          .append(", match: { paths: [\"/r")
          .append(r)
          .append("/\"] }");
      if (random.nextInt(3) == 0) {
        text.append(", policy: priority, regions: [")
            .append(String.join(", ", regions))
            .append(']');
      } else if (random.nextInt(3) == 0) {
        text.append(", regions: [").append(String.join(", ", some())).append(']');
      }
      if (random.nextInt(2) == 0) {
        text.append(", fence: fence-").append(random.nextInt(2));
      }
      int deadline = random.nextInt(4) == 0 ? random.nextInt(50, 500) : random.nextInt(500, 4_000);
      text.append(", deadline: ").append(deadline).append("ms }\n");
    }
  }

  private void failover(StringBuilder text) {
    text.append("failover: { ");
    if (random.nextInt(2) == 0) {
      text.append(
          String.format(
              Locale.ROOT,
              "attempts: %d, race: %b, hedge: %b, replay_on_503: %b, ",
              random.nextInt(1, 7),
              random.nextInt(5) > 0,
              random.nextInt(5) > 0,
              random.nextInt(5) > 0));
    }
    if (random.nextInt(4) == 0) {
      text.append("retry_on: [502, 503], ");
    }
    if (random.nextInt(3) == 0) {
      text.append("budget: ").append(random.nextInt(0, 101)).append("%, budget_floor: ");
      text.append(random.nextInt(0, 20)).append(", ");
    }
    if (random.nextInt(3) == 0) {
      text.append("replay_body: ").append(random.nextInt(0, 20_000)).append(", ");
    }
    text.append("replay_total: ").append(random.nextInt(5) == 0 ? 70_000 : 1_000_000);
    text.append(", hold: ").append(random.nextInt(3) * 1_000).append("ms }\n");
  }

  private List<String> some() {
    List<String> chosen = new ArrayList<>();
    for (String region : regions) {
      if (random.nextBoolean()) {
        chosen.add(region);
      }
    }
    return chosen.isEmpty() ? List.of(regions.getFirst()) : chosen;
  }
}
