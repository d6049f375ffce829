package io.meridian.proxy.demo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.meridian.config.Geo;
import io.meridian.geo.GeoService;
import java.net.InetAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class DemoPartsTest {
  @Test
  void the_clients_live_where_the_embedded_database_says() throws Exception {
    try (GeoService geo = GeoService.open(new Geo(null, null, List.of()))) {
      for (DemoClient client : DemoClient.ALL) {
        byte[] address = InetAddress.getByName(client.address()).getAddress();
        assertEquals(client.country(), geo.places().locate(address).country(), client.address());
      }
    }
  }

  @Test
  void regions_stand_nearest_first() {
    List<DemoRegion> regions = DemoRegion.ALL;
    for (int i = 1; i < regions.size(); i++) {
      assertTrue(regions.get(i - 1).roundTripMillis() < regions.get(i).roundTripMillis());
    }
  }

  @Test
  void shares_are_those_of_the_last_counts_only() {
    Shares shares = new Shares(2);
    assertArrayEquals(new double[] {0, 0}, shares.next(new long[] {5, 5}));
    assertArrayEquals(new double[] {0.75, 0.25}, shares.next(new long[] {8, 6}));
    assertArrayEquals(new double[] {0, 1}, shares.next(new long[] {8, 9}));
  }

  @Test
  void totals_come_from_the_metrics() {
    String metrics =
        """
        # TYPE meridian_requests_total counter
        meridian_requests_total{listener="l",route="a",method="GET",code="200",} 1.2E3
        meridian_requests_total{listener="l",route="a",method="GET",code="451",} 2.0
        meridian_requests_total{listener="l",route="b",method="GET",code="503",} 3.0
        meridian_failovers_total{from="a",to="b",reason="reset",} 4.0
        """;
    assertEquals(new Totals(1205, 3, 2, 4), Totals.of(metrics));
    assertEquals(
        "1205 requests, 3 failed, 4 failovers, 2 refused by the fence",
        Totals.of(metrics).toString());
  }

  @Test
  void spans_of_time_need_a_unit() {
    assertEquals(Duration.ofMillis(300), Spans.parse("300ms"));
    assertEquals(Duration.ofMinutes(2), Spans.parse("2m"));
    assertThrows(IllegalArgumentException.class, () -> Spans.parse("30"));
    assertThrows(IllegalArgumentException.class, () -> Spans.parse("-1s"));
  }

  @Test
  void a_frame_shows_each_region_in_a_table_and_on_one_line() {
    Frame.Row row = new Frame.Row("eu-west", "Dublin", "healthy", 26.9, 0.5, "healed (3 s ago)");
    Frame frame = new Frame(7, new Totals(10, 0, 0, 1), List.of(row));
    String table = String.join("\n", frame.table());
    assertTrue(table.contains("eu-west       Dublin     healthy      26.9 ms"), table);
    assertTrue(table.contains("50 %  healed (3 s ago)"), table);
    assertTrue(table.endsWith("7 s: 10 requests, 0 failed, 1 failovers"), table);
    assertEquals(
        "  7 s  10 requests, 0 failed, 1 failovers; eu-west healthy 26.9 ms 50 %", frame.line());
  }
}
