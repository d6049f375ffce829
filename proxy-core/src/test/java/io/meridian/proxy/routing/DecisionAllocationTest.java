package io.meridian.proxy.routing;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Decisions make no garbage, whatever the policy and the pins. */
class DecisionAllocationTest {
  private static final int DECISIONS = 20_000;

  private static final String REGIONS =
      """
      regions:
        - { name: a, weight: 3, bias: 5, location: { latitude: 50, longitude: 0 }, endpoints: [{ url: "http://127.0.0.1:80" }] }
        - { name: b, dial: 50%, location: { latitude: 52, longitude: 9 }, endpoints: [{ url: "http://127.0.0.2:80" }] }
        - { name: c, dial: 20%, emergency: true, location: { latitude: 70, longitude: 99 }, endpoints: [{ url: "http://127.0.0.3:80" }] }
      fences:
        - { name: f, when: { client_country: [DE], hosts: ["*.test"], paths: [/x] }, allow: [b, c] }
        - { name: g, when: { headers: [{ name: X-Tenant }] }, deny: [c] }
      """;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "policy: latency",
        "policy: latency, pin_header: true, canary: { region: c, cookie: { name: z }, percent: 5% }",
        "policy: geo",
        "policy: geo, affinity: { by: client }",
        "policy: weighted, affinity: { by: client }",
        "policy: priority, affinity: { name: id, key_file: KEY }",
        "policy: follow_the_sun, primary: b",
        "policy: geolocation, geolocation: [{ country: DE, regions: b }, { prefix: 10.0.0.0/8, regions: c }]",
      })
  void a_decision_allocates_nothing(String route) throws Exception {
    Path key = java.nio.file.Files.createTempFile("affinity", ".key");
    java.nio.file.Files.writeString(key, "secret");
    Scene scene =
        Scene.of(
            REGIONS
                + "routes: [{ name: r, fence: [f, g], "
                + route.replace("KEY", key.toString())
                + " }]\n",
            Map.of(key, new byte[] {1}));
    RoutingSnapshot snapshot = scene.snapshot();
    RouteQuery[] queries = {
      Scene.at(Scene.get("Cookie: a=1; id=b.xyz; z=2", "X-Tenant: 1"), 48, 11),
      Scene.from(Scene.request("POST", "/x/y"), "EU", "DE", "BY"),
      Scene.trusted(Scene.at(Scene.get("X-Meridian-Prefer-Region: b"), 10, -60)),
    };
    run(scene.route(), queries, snapshot);
    long least = Long.MAX_VALUE;
    for (int i = 0; i < 5; i++) { // what the JVM itself makes on this thread comes now and then
      least = Math.min(least, run(scene.route(), queries, snapshot));
    }
    assertTrue(least < DECISIONS, least + " bytes for " + DECISIONS + " decisions");
  }

  private static long run(CompiledRoute route, RouteQuery[] queries, RoutingSnapshot snapshot) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    int forwarded = 0;
    for (int i = 0; i < DECISIONS; i++) {
      RouteQuery query = queries[i % queries.length];
      query.random += 0x9e3779b97f4a7c15L;
      forwarded += Router.decide(route, query, snapshot) instanceof RouteDecision.Forward ? 1 : 0;
    }
    long used = threads.getCurrentThreadAllocatedBytes() - before;
    assertTrue(forwarded > 0);
    return used;
  }
}
