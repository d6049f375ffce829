package io.meridian.proxy.routing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.Coordinates;
import io.meridian.config.Edge;
import io.meridian.geo.Location;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ClientEstimatesTest {
  private static final long NOW = 1_800_000_000L;
  private static final byte[] HERE = {10, 1, 2, 3};
  private static final Location BERLIN =
      new Location("EU", "DE", "BE", "Berlin", 52.5, 13.4, 10, "");

  private static final String WORLD =
      """
      edge: { location: { latitude: 50.11, longitude: 8.68 } }
      regions:
        - { name: eu, location: { latitude: 50.11, longitude: 8.68 }, endpoints: [{ url: "http://127.0.0.1:80" }] }
        - { name: us, location: { latitude: 38.95, longitude: -77.45 }, endpoints: [{ url: "http://127.0.0.2:80" }] }
      fences: [{ name: us-only, when: { paths: [/us] }, allow: [us] }]
      routes: [{ name: r, latency_from: client, fence: us-only }]
      """;

  private final Scene scene = Scene.of(WORLD).rtts(20, 80);
  private final List<RoutedRegion> regions = scene.snapshot().regions();
  private final ClientEstimates clients = new ClientEstimates(2, null);

  private static RouteQuery query(byte[] address, Location place) {
    RouteQuery query = Scene.get();
    query.address = address;
    query.location = place;
    query.asn = 64500;
    query.epochSeconds = NOW;
    return query;
  }

  private double estimate(byte[] address, Location place, int region, long now) {
    RouteQuery query = query(address, place);
    query.epochSeconds = now;
    clients.fill(query, regions);
    return query.clientMillis[region];
  }

  private String order(RouteQuery query) {
    return Scene.text(Router.decide(scene.route(), query, scene.snapshot().with(clients)));
  }

  private void report(byte[] address, Location place, int region, double millis, int times) {
    for (int i = 0; i < times; i++) {
      assertTrue(clients.report(address, place, 64500, regions.get(region), millis, NOW));
    }
  }

  @Test
  void distance_speaks_where_nobody_has_reported() {
    assertEquals("eu > us", order(query(HERE, BERLIN)));
    assertEquals(21, estimate(HERE, BERLIN, 0, NOW), 1);
    assertEquals(127, estimate(HERE, BERLIN, 1, NOW), 5);
    assertEquals("eu > us", order(query(HERE, Location.UNKNOWN)), "as the edge has it");
  }

  @Test
  void what_clients_of_a_network_report_orders_its_regions() {
    report(HERE, BERLIN, 0, 180, 10);
    report(HERE, BERLIN, 1, 95, 10);
    assertEquals("us > eu", order(query(HERE, BERLIN)));
    assertEquals("us > eu", order(query(new byte[] {10, 1, 2, 99}, BERLIN)));
    assertEquals("us", order(fenced(query(HERE, BERLIN))));
  }

  private static RouteQuery fenced(RouteQuery like) {
    RouteQuery query = Scene.request("GET", "/us");
    query.address = like.address;
    query.location = like.location;
    return query;
  }

  @Test
  void others_of_the_country_are_believed_the_less_the_wider_the_group() {
    double before = estimate(new byte[] {10, 9, 9, 9}, BERLIN, 1, NOW);
    for (int i = 0; i < 40; i++) {
      report(new byte[] {10, 1, (byte) i, 1}, BERLIN, 1, 200, 1);
    }
    double own = estimate(new byte[] {10, 1, 5, 77}, BERLIN, 1, NOW);
    double sameNetwork = estimate(new byte[] {10, 9, 9, 9}, BERLIN, 1, NOW);
    RouteQuery other = query(new byte[] {10, 9, 9, 9}, BERLIN);
    other.asn = 64501;
    clients.fill(other, regions);
    assertTrue(own > sameNetwork && sameNetwork > other.clientMillis[1], own + " " + sameNetwork);
    assertTrue(other.clientMillis[1] > before, other.clientMillis[1] + " " + before);
  }

  @Test
  void one_network_that_lies_moves_the_country_by_little_and_its_own_clients_a_lot() {
    for (int i = 0; i < 50; i++) {
      report(new byte[] {10, 2, (byte) i, 1}, BERLIN, 1, 100, 1);
    }
    double before = estimate(new byte[] {10, 3, 3, 3}, BERLIN, 1, NOW);
    report(HERE, BERLIN, 1, 9000, 1);
    assertEquals(before, estimate(new byte[] {10, 3, 3, 3}, BERLIN, 1, NOW), before * 0.05);
    assertTrue(estimate(HERE, BERLIN, 1, NOW) > 2 * before);
  }

  @Test
  void what_was_heard_fades() {
    report(HERE, BERLIN, 0, 200, 20);
    double fresh = estimate(HERE, BERLIN, 0, NOW);
    double later = estimate(HERE, BERLIN, 0, NOW + 6 * 3600);
    double much = estimate(HERE, BERLIN, 0, NOW + 48 * 3600);
    assertTrue(fresh > 150 && later < fresh && much < later, fresh + " " + later + " " + much);
    assertEquals(21, much, 1);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 20, false",
    "1, 60, true",
    "0, 0.05, false",
    "0, 0.5, false",
    "0, 2, true",
    "0, 10001, false",
    "0, NaN, false"
  })
  void nothing_is_faster_than_light(int region, double millis, boolean taken) {
    assertEquals(taken, clients.report(HERE, BERLIN, 0, regions.get(region), millis, NOW));
  }

  @Test
  void a_network_is_heard_once_in_ten_seconds() {
    assertTrue(clients.hear(HERE, NOW));
    assertFalse(clients.hear(new byte[] {10, 1, 2, 200 - 256}, NOW + 9));
    assertTrue(clients.hear(new byte[] {10, 1, 3, 3}, NOW));
    assertTrue(clients.hear(HERE, NOW + 10));
    byte[] v6 = new byte[16];
    assertTrue(clients.hear(v6, NOW));
    v6[6] = 1;
    assertFalse(clients.hear(v6, NOW), "the same /48");
    v6[5] = 1;
    assertTrue(clients.hear(v6, NOW));
  }

  @Test
  void a_flood_of_networks_takes_no_more_memory() {
    SplittableRandom random = new SplittableRandom(7);
    for (int i = 0; i < 200_000; i++) {
      byte[] address = new byte[4];
      random.nextBytes(address);
      clients.hear(address, NOW);
    }
    assertTrue(clients.networks() <= 1 << 16, "networks: " + clients.networks());
  }

  @Test
  void with_nothing_to_learn_it_learns_nothing() {
    assertFalse(ClientEstimates.NONE.hear(HERE, NOW));
    assertFalse(ClientEstimates.NONE.report(HERE, BERLIN, 0, regions.getFirst(), 50, NOW));
  }

  private static Scene weighted(String route) {
    return Scene.of(
            """
            edge: { location: { latitude: 50.11, longitude: 8.68 } }
            regions:
              - { name: a, weight: 3, location: { latitude: 52, longitude: 9 }, endpoints: [{ url: "http://127.0.0.1:80" }] }
              - { name: b, weight: 1, location: { latitude: 51, longitude: 12 }, endpoints: [{ url: "http://127.0.0.2:80" }] }
              - { name: c, weight: 9, location: { latitude: 39, longitude: -77 }, endpoints: [{ url: "http://127.0.0.3:80" }] }
            routes: [{ name: r, latency_from: client, %s }]
            """
                .formatted(route))
        .rtts(80, 20, 21);
  }

  @Test
  void weights_divide_what_is_within_the_band_of_the_clients_nearest() {
    RouteQuery berlin = query(HERE, BERLIN);
    assertEquals(
        "{a=0.75, b=0.25}",
        Scene.rounded(weighted("band: 10ms").shares(berlin, 20_000)).toString());
    assertEquals(
        "{b=1.0}",
        Scene.rounded(weighted("band: 0ms, band_ratio: 0%").shares(berlin, 1000)).toString());
    Scene down = weighted("band: 10ms").down("b");
    assertEquals("{a=1.0}", Scene.rounded(down.shares(berlin, 1000)).toString());
    RouteQuery nowhere = query(HERE, Location.UNKNOWN);
    assertEquals(
        "{b=0.1, c=0.9}",
        Scene.rounded(weighted("band: 10ms").shares(nowhere, 20_000)).toString(),
        "as from the edge, with the same band");
  }

  @Test
  void scatter_moves_nothing_and_a_real_change_does() {
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < 40; i++) { // ten seconds apart, give or take 15 %
      for (int region = 0; region < 2; region++) {
        double millis = (region == 0 ? 52 : 50) * (0.85 + 0.3 * random.nextDouble());
        clients.report(HERE, Location.UNKNOWN, 0, regions.get(region), millis, NOW + i * 10L);
      }
    }
    RouteQuery before = query(HERE, Location.UNKNOWN);
    before.epochSeconds = NOW + 400;
    String first = order(before);
    int changes = 0;
    for (int i = 41; i < 400; i++) {
      for (int region = 0; region < 2; region++) {
        double millis = (region == 0 ? 52 : 50) * (0.85 + 0.3 * random.nextDouble());
        clients.report(HERE, Location.UNKNOWN, 0, regions.get(region), millis, NOW + i * 10L);
      }
      RouteQuery now = query(HERE, Location.UNKNOWN);
      now.epochSeconds = NOW + i * 10L;
      changes += order(now).equals(first) ? 0 : 1;
    }
    assertEquals(0, changes);
    int leader = first.startsWith("eu") ? 0 : 1;
    int reports = 0;
    RouteQuery later = query(HERE, Location.UNKNOWN);
    for (; reports < 20 && order(later).equals(first); reports++) {
      later.epochSeconds = NOW + 4000 + reports * 10L;
      clients.report(
          HERE, Location.UNKNOWN, 0, regions.get(leader), 300, NOW + 4000 + reports * 10L);
    }
    assertTrue(reports < 12, "after " + reports + " reports");
  }

  @Test
  void the_way_to_the_edge_is_as_clients_report_it_else_by_distance() {
    Edge edge = new Edge("fra-1", new Coordinates(50.11, 8.68));
    ClientEstimates known = new ClientEstimates(2, edge);
    RouteQuery query = query(HERE, BERLIN);
    known.fill(query, regions);
    assertEquals(21, ClientEstimates.toEdge(query, edge.location()), 1);
    for (int i = 0; i < 10; i++) {
      assertTrue(known.reportEdge(HERE, BERLIN, 64500, 60, NOW));
    }
    assertFalse(known.reportEdge(HERE, BERLIN, 64500, 0.5, NOW), "faster than light");
    known.fill(query, regions);
    assertEquals(57, ClientEstimates.toEdge(query, edge.location()), 4);
    assertEquals(127, query.clientMillis[1], 5, "regions are not the edge");
    query.location = Location.UNKNOWN;
    known.fill(query, regions);
    assertTrue(ClientEstimates.toEdge(query, null) > 50, "a network may be known without a place");
  }
}
